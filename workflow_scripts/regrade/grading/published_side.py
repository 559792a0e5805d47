"""Comparisons on the published side: what the printed digits decide, and what they leave open."""

from __future__ import annotations

import ast

from regrade.grading.comparisons import OUTCOMES, Comparison, equal
from regrade.grading.evaluate import selected_epoch
from regrade.grading.findings import Finding, certain
from regrade.grading.sources import PublishedSource
from regrade.grading.spans import FUNCTIONS, OPERATORS, Open, Span, negative
from regrade.grading.values import NotAvailable
from regrade.studies.expressions import reference


def compare_published(comparison: Comparison, source: PublishedSource) -> Finding:
    """Decide a comparison by all values that print as the report's."""
    try:
        text = comparison.text(*comparison.sides(source))
        left, right = (enclose(side, source) for side in (comparison.left, comparison.right))
    except NotAvailable as reason:
        return certain(None, str(reason), missing=(str(reason),))
    truth = _decide(comparison, left, right)
    evidence = f"{text}: {OUTCOMES[truth]}"
    if truth is None:
        evidence += f" by the digits, which allow {_show(left)} and {_show(right)}"
    return certain(truth, evidence)


def _decide(comparison: Comparison, left: Open, right: Open) -> bool | None:
    """Return the truth if it is the same for all values that the digits leave open."""
    if isinstance(comparison.op, ast.Eq | ast.NotEq):
        are_equal = _equal(left, right)
        return are_equal if are_equal is None else are_equal == isinstance(comparison.op, ast.Eq)
    if not isinstance(left, Span) or not isinstance(right, Span):
        raise ValueError("what is no number has no order")
    ends = [(left.low, right.high), (left.high, right.low)]
    truths = {comparison.holds(*pair) for pair in ends}
    return truths.pop() if len(truths) == 1 else None


def _equal(left: Open, right: Open) -> bool | None:
    """Tell whether two numbers, or two lists element by element, are equal for all that is open."""
    if isinstance(left, tuple) and isinstance(right, tuple):
        if len(left) != len(right):
            return False
        parts = set(map(_equal, left, right))
        return False if False in parts else None if None in parts else True
    if not isinstance(left, Span) or not isinstance(right, Span):
        return False
    if left.is_point and right.is_point:
        return equal(left.low, right.low)
    return False if left.high < right.low or right.high < left.low else None


def _show(span: Open) -> str:
    if not isinstance(span, Span):
        return "a list"
    return f"{span.low:.4g}" if span.is_point else f"{span.low:.4g} to {span.high:.4g}"


def enclose(node: ast.expr, source: PublishedSource) -> Open:
    """Return all values of an expression that the printed digits allow.

    Raises
    ------
    NotAvailable
        When a part is not published, or the expression may be undefined.
    """
    found = source.span(node)
    if found is not None:
        return found
    try:
        return _compute(node, source)
    except (ArithmeticError, ValueError) as error:
        raise NotAvailable(f"{ast.unparse(node)} is undefined: {error}") from error


def _number(node: ast.expr, source: PublishedSource) -> Span:
    found = enclose(node, source)
    if isinstance(found, Span):
        return found
    raise ValueError("it is no number")


def _compute(node: ast.expr, source: PublishedSource) -> Open:
    match node:
        case ast.Constant(value=int() | float() as value):
            return Span(value, value)
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return tuple(enclose(element, source) for element in elements)
        case ast.Attribute() if (wanted := reference(node)) is not None:
            return source.band(wanted)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return negative(_number(operand, source))
        case ast.BinOp(left=left, op=op, right=right):
            return OPERATORS[type(op)](_number(left, source), _number(right, source))
        case ast.Call(func=ast.Name(id="selected"), args=[series]):
            epoch = enclose(selected_epoch(series), source)
            return FUNCTIONS["at"](enclose(series, source), epoch)
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return FUNCTIONS[name](*(enclose(argument, source) for argument in arguments))
    raise ValueError("it is no quantity")
