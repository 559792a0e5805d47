"""Accuracies and error rates in expressions: shares of images, which are fractions."""

from __future__ import annotations

import ast
import itertools

from regrade.studies.functions import FUNCTIONS
from regrade.studies.vocabulary import ATTRIBUTES


def error_of(node: ast.expr) -> ast.expr | None:
    """Return the accuracy that an error rate is one minus of: `1 - max(D03.test_accuracy)`."""
    match node:
        case ast.BinOp(left=ast.Constant(value=1), op=ast.Sub(), right=right):
            return right if is_share(right) else None
    return None


def percent_error_of(node: ast.expr) -> ast.expr | None:
    """Return the accuracy that an error rate in percent is a hundred minus of."""
    match node:
        case ast.BinOp(left=ast.Constant(value=100), op=ast.Sub(), right=right):
            return right if is_share(right) else None
    return None


def is_share(node: ast.expr) -> bool:
    """Whether an expression is an accuracy of one run: a share of scored images."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) if name in ATTRIBUTES:
            return ATTRIBUTES[name].accuracy
        case ast.Call(func=ast.Name(id=name), args=[first, *_]) if name in FUNCTIONS:
            return FUNCTIONS[name].level and is_share(first)
    return False


def percent_mistake(node: ast.Compare) -> str | None:
    """Say what is wrong where an accuracy, or a difference of two, is compared with percents."""
    for left, right in itertools.pairwise((node.left, *node.comparators)):
        for side, other in ((left, right), (right, left)):
            value = other.value if isinstance(other, ast.Constant) else None
            if isinstance(value, int | float) and value > 1 and _is_of_shares(side):
                told = f"accuracies are fractions here: {value:g} % is {value / 100:g}"
                return f"{ast.unparse(node)!r}: {told}"
    return None


def _is_of_shares(node: ast.expr) -> bool:
    match node:
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return is_share(right) and (is_share(left) or error_of(node) is not None)
    return is_share(node)
