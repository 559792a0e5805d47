"""Evaluating quantities on a source: published, or measured with one seed."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from typing import Any, Protocol

import pandas as pd

from regrade.grading.functions import IMPLEMENTATIONS
from regrade.grading.values import NotAvailable, Value
from regrade.studies.expressions import Reference, reference, references
from regrade.studies.rewriting import attribute

_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Value]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: lambda base, exponent: (1.0 * base) ** (1.0 * exponent),
}


class Source(Protocol):
    """Something that knows values of runs."""

    def known(self, node: ast.expr) -> Value | None:
        """Return the value of a whole expression where the source has it as such."""

    def value(self, wanted: Reference) -> Value:
        """Return what a run is asked for, or raise `NotAvailable`."""


def evaluate(node: ast.expr, source: Source) -> Value:
    """Return the value of an expression that `regrade.studies.expressions.check` has passed.

    What the source knows as a whole is taken as it stands; the rest is computed from its parts.

    Raises
    ------
    NotAvailable
        When a part has no value, or the expression is undefined there (a division by zero).
    """
    value = source.known(node)
    if value is None:
        try:
            value = _compute(node, source)
        except (ArithmeticError, ValueError) as error:
            raise NotAvailable(f"{ast.unparse(node)} is undefined: {error}") from error
    if isinstance(value, complex) or (isinstance(value, float) and math.isnan(value)):
        raise NotAvailable(f"{ast.unparse(node)} is undefined")
    return value


def evaluate_number(node: ast.expr, source: Source) -> float:
    """Return the value of an expression that stands for a number.

    Raises
    ------
    NotAvailable
        As `evaluate` does.
    """
    value = evaluate(node, source)
    if isinstance(value, int | float):
        return value
    raise NotAvailable(f"{ast.unparse(node)} is no number")


def _compute(node: ast.expr, source: Source) -> Value:
    match node:
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return tuple(evaluate(element, source) for element in elements)
        case ast.Attribute() if wanted := reference(node):
            return source.value(wanted)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _negative(evaluate(operand, source))
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATORS[type(op)](evaluate(left, source), evaluate(right, source))
        case ast.Call(func=ast.Name(id="selected"), args=[series]):
            epoch = evaluate(selected_epoch(series), source)
            return IMPLEMENTATIONS["at"](evaluate(series, source), epoch)
        case ast.Call(func=ast.Name(id="spread")):
            raise NotAvailable(f"not published: {ast.unparse(node)}")
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return IMPLEMENTATIONS[name](*(evaluate(argument, source) for argument in arguments))
    raise ValueError("it is no quantity")


def _negative(value: Value) -> Value:
    if isinstance(value, int | float | pd.Series):
        return -value
    raise TypeError(f"{value!r} has no sign")


def selected_epoch(series: ast.expr) -> ast.expr:
    """Ask the run of a series for the epoch that its recipe selected."""
    return attribute(next(references(series)), "selected_epoch")
