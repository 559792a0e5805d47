"""The terms of an expression: what one run gives as a whole, seed by seed."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from regrade.studies.expressions import Reference, reference, references
from regrade.studies.functions import FUNCTIONS
from regrade.studies.rewriting import rewrite
from regrade.studies.vocabulary import COUNT, EPOCH, NATS, PER_SEED, Kind


def is_random(node: ast.expr) -> bool:
    """Tell whether the value of an expression differs from seed to seed."""
    return any(map(is_random_reference, references(node)))


def step(node: ast.expr) -> float:
    """Return the step in which an expression changes: 1 for an epoch, a count, and their sums.

    Numbers beside them change nothing of it, factors scale it; 0 where no step is known.
    """
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return float(FUNCTIONS[name].unit in (EPOCH, COUNT))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return step(operand)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=right):
            return _of_sum(left, right)
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _scaled(left, right) or _scaled(right, left)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            factor = number_of(right)
            return step(left) / abs(factor) if factor else 0.0
    found = reference(node)
    return float(found is not None and found.attribute.unit is EPOCH)


def _of_sum(left: ast.expr, right: ast.expr) -> float:
    steps = [step(part) for part in (left, right) if number_of(part) is None]
    return max(steps) if steps and all(steps) else 0.0


def _scaled(number: ast.expr, node: ast.expr) -> float:
    factor = number_of(number)
    return abs(factor) * step(node) if factor is not None else 0.0


def number_of(node: ast.expr) -> float | None:
    """Return the value of a number as it is written, with its sign."""
    match node:
        case ast.Constant(value=int() | float() as value):
            return float(value)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -float(value)
    return None


def function_name(call: ast.Call) -> str:
    """Return the name of the function that is called."""
    return ast.unparse(call.func)


def is_series(node: ast.expr) -> bool:
    """Tell whether an expression is a series by epoch."""
    if isinstance(node, ast.Call):
        return FUNCTIONS[function_name(node)].gives is Kind.SERIES
    found = reference(node)
    return found is not None and found.attribute.kind is Kind.SERIES


def is_level(node: ast.expr) -> bool:
    """Tell whether an expression is a level of accuracy or loss: what can be pooled over runs."""
    if isinstance(node, ast.Call):
        if not FUNCTIONS[function_name(node)].level or reference(node.args[0]) is None:
            return False
        return all(isinstance(a, ast.Constant) for a in node.args[1:]) and _scored(node.args[0])
    return reference(node) is not None and not is_series(node) and _scored(node)


def _scored(node: ast.expr) -> bool:
    found = reference(node)
    if found is None or not found.attribute.trained:
        return False
    return found.attribute.accuracy or is_loss(found)


def is_loss(found: Reference) -> bool:
    """Tell whether an attribute is a loss."""
    return found.attribute.unit is NATS


def terms(node: ast.expr) -> Iterator[ast.expr]:
    """Split an expression into terms of one run each.

    A level is a term of its own. Whatever else one run alone gives (a trend, a difference inside
    the run) is a term as a whole, so that what its parts have in common does not count twice; so
    is what compares the curves or weights of several runs point by point.
    """
    if not is_random(node):
        return
    if is_level(node) or _is_of_one_run(node) or _takes_curves(node):
        yield node
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield from terms(child)


def _is_of_one_run(node: ast.expr) -> bool:
    """Tell whether all that is random in an expression is one run's, and more than one level."""
    random = [found for found in references(node) if is_random_reference(found)]
    if len({(found.run, found.variant) for found in random}) > 1:
        return False
    levels = {ast.dump(part) for part in _levels(node)}
    return len(levels) != 1 or len(list(_levels(node))) != len(random)


def _takes_curves(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and any(map(_is_curve, node.args))


def _is_curve(node: ast.expr) -> bool:
    found = reference(node)
    return is_series(node) or (found is not None and found.attribute.kind is Kind.HISTOGRAM)


def _levels(node: ast.expr) -> Iterator[ast.expr]:
    if is_level(node):
        yield node
    elif reference(node) is None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                yield from _levels(child)


def is_random_reference(found: Reference) -> bool:
    """Tell whether what is asked differs from seed to seed."""
    return found.attribute.trained or found.name in PER_SEED


def of_run(node: ast.expr, run: str, variant: str | None) -> ast.expr:
    """Ask another run for the same."""
    return rewrite(node, lambda found: replace(found, run=run, variant=variant))


def form(node: ast.expr) -> str:
    """Name what a term asks for, whichever the run."""
    return ast.unparse(of_run(node, "RUN", None))


class _Replace(ast.NodeTransformer):
    def __init__(self, old: ast.expr, new: ast.expr) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> Any:
        return copy.deepcopy(self.new) if node is self.old else super().visit(node)


def replaced(node: ast.expr, old: ast.expr, new: ast.expr) -> ast.expr:
    """Return an expression with one of its parts replaced."""
    return _Replace(old, new).visit(_fresh(node, old))


def _fresh(node: ast.expr, keep: ast.expr) -> ast.expr:
    """Copy an expression, but for one part, which stays the very same."""
    return copy.deepcopy(node, {id(keep): keep})
