"""Spreads over seeds in predicates: `spread(last(B.test_loss)) < spread(last(A.test_loss))`.

They are of all replicates together, where all else in a predicate is of one seed at a time.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass


@dataclass(frozen=True)
class Side:
    """A side of a comparison of spreads: a number, or a number of times a spread."""

    factor: float
    of: ast.expr | None
    """What the spread is of; None for a number."""


def has_spread(node: ast.AST) -> bool:
    """Whether an expression asks for a spread over seeds."""
    return any(
        isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id == "spread"
        for part in ast.walk(node)
    )


def as_side(node: ast.expr) -> Side | None:
    """Read a side of a comparison of spreads; None where it is none."""
    match node:
        case ast.Constant(value=int() | float() as value) if value > 0:
            return Side(float(value), None)
        case ast.Call(func=ast.Name(id="spread"), args=[of]) if not has_spread(of):
            return Side(1.0, of)
        case ast.BinOp(
            left=ast.Constant(value=int() | float() as value), op=ast.Mult(), right=right
        ) if value > 0:
            inner = as_side(right)
            return Side(value * inner.factor, inner.of) if inner and inner.of else None
    return None
