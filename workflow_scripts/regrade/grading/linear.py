"""Expressions that are weighted sums of terms."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sum:
    """A weighted sum of terms and a constant."""

    constant: float = 0.0
    weights: dict[str, float] = field(default_factory=dict)
    """By the dump of the term."""

    def times(self, factor: float) -> Sum:
        """Multiply by a number."""
        weights = {term: factor * weight for term, weight in self.weights.items()}
        return Sum(factor * self.constant, weights)

    def plus(self, other: Sum) -> Sum:
        """Add another sum."""
        weights = dict(self.weights)
        for term, weight in other.weights.items():
            weights[term] = weights.get(term, 0.0) + weight
        return Sum(
            self.constant + other.constant,
            {term: weight for term, weight in weights.items() if abs(weight) > 1e-12},
        )


def as_sum(
    node: ast.expr, terms: set[str], constant: Callable[[ast.expr], float | None]
) -> Sum | None:
    """Read an expression as a weighted sum; None where it is none.

    Parameters
    ----------
    node
        The expression.
    terms
        The dumps of its terms.
    constant
        Gives the value of a part that depends on no seed, None for any other part.
    """
    if ast.dump(node) in terms:
        return Sum(weights={ast.dump(node): 1.0})
    value = constant(node)
    if value is not None:
        return Sum(value)
    match node:
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = as_sum(operand, terms, constant)
            return inner and inner.times(-1)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
            one, other = as_sum(left, terms, constant), as_sum(right, terms, constant)
            sign = -1 if isinstance(op, ast.Sub) else 1
            return one.plus(other.times(sign)) if one and other else None
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            one, other = as_sum(left, terms, constant), as_sum(right, terms, constant)
            return _product(one, other) if one and other else None
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            one, other = as_sum(left, terms, constant), as_sum(right, terms, constant)
            if one and other and not other.weights and other.constant:
                return one.times(1 / other.constant)
    return None


def _product(one: Sum, other: Sum) -> Sum | None:
    if one.weights and other.weights:
        return None
    return other.times(one.constant) if not one.weights else one.times(other.constant)
