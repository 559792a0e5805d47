"""What quantities of study files are called, and in which unit they are."""

from __future__ import annotations

import ast

from regrade.report import formatting
from regrade.studies.expressions import error_of, parse, percent_error_of
from regrade.studies.vocabulary import ATTRIBUTES, FRACTION, FUNCTIONS, PLAIN, SECONDS, Unit

_SIGNS = {ast.Add: "+", ast.Sub: formatting.MINUS, ast.Mult: formatting.TIMES, ast.Div: "/"}
_EXTREMES = {
    "max": {SECONDS: "longest", FRACTION: "best", PLAIN: "highest"},
    "min": {SECONDS: "shortest", FRACTION: "worst", PLAIN: "lowest"},
}
"""Words for extremes by the unit of what they are of; those without a unit stand for the others."""


def describe(quantity: str) -> str:
    """Write a quantity in words, as far as there are plain ones."""
    return _describe(parse(quantity))


def _describe(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return ATTRIBUTES[name].phrase
        case ast.Attribute(value=ast.Name(id=run), attr=name):
            return f"{_describe(ast.Name(name))} of {run}"
        case ast.BinOp(right=accuracy) if _is_error(node):
            return _as_error(_describe(accuracy))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _SIGNS:
            return f"{_describe(left)} {_SIGNS[type(op)]} {_describe(right)}"
        case ast.Constant(value=int() as number):
            return formatting.count(number)
        case ast.Call(func=ast.Name(id=name), args=[series, *rest]):
            return _describe_call(name, series, rest) or ast.unparse(node)
    return ast.unparse(node)


def _describe_call(name: str, first: ast.expr, others: list[ast.expr]) -> str | None:
    """Write a call by the phrase of its function; two further arguments are a span of epochs."""
    phrase = _phrase(name, first)
    if phrase is None or len(others) not in (max(0, phrase.count("{") - 1), 2):
        return None
    text = phrase.format(*map(_describe, (first, *others)))
    if len(others) == 2:
        text += f", epochs {_describe(others[0])} to {_describe(others[1])}"
    return text


def _phrase(name: str, first: ast.expr) -> str | None:
    """Return the phrase of a function; extremes and sums have one by the unit of what they take."""
    unit = _unit(first)
    if name in _EXTREMES:
        return f"{_EXTREMES[name].get(unit, _EXTREMES[name][PLAIN])} {{}}"
    if name == "total" and unit is SECONDS:
        return "total time"
    return FUNCTIONS[name].phrase


def unit_of(quantity: str) -> Unit:
    """Tell the unit of a quantity's value in our files."""
    return _unit(parse(quantity))


def _unit(node: ast.expr) -> Unit:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) if name in ATTRIBUTES:
            return ATTRIBUTES[name].unit
        case ast.Call(func=ast.Name(id=name), args=[first, *_]):
            unit = FUNCTIONS[name].unit
            return _unit(first) if unit is None else unit
        case ast.BinOp(op=ast.Add() | ast.Sub(), left=left, right=right):
            return _unit(right) if isinstance(left, ast.Constant) else _unit(left)
        case ast.UnaryOp(operand=operand):
            return _unit(operand)
    return PLAIN


def is_accuracy(quantity: str) -> bool:
    """Tell whether a quantity is a share of scored images or an error rate, not a difference."""
    node = parse(quantity)
    if isinstance(node, ast.BinOp):
        return _is_error(node)
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)} & set(ATTRIBUTES)
    return any(ATTRIBUTES[name].accuracy for name in names) and _unit(node) is FRACTION


def _is_error(node: ast.expr) -> bool:
    return bool(error_of(node) or percent_error_of(node))


def _as_error(accuracy: str) -> str:
    """Name the error rate of an accuracy: the best accuracy is the lowest error."""
    for word, turned in (("accuracy", "error"), ("best", "lowest"), ("worst", "highest")):
        accuracy = accuracy.replace(word, turned)
    return accuracy
