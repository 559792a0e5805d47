"""Whole-number arithmetic in study files: `4 * width`, `inputs // 16`; no text is executed."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from functools import cache

LONGEST = 100
"""Characters of an expression."""
LARGEST = 10**12
"""The largest number, so that a short text cannot stand for an endless one."""
OPERATORS: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
}
"""What may stand between two numbers."""
ALLOWED = "allowed: whole numbers, names, +, -, *, // and parentheses"


class ExpressionError(ValueError):
    """A text that is no whole-number arithmetic, or that has no value; the message says why."""


def names_in(text: str) -> frozenset[str]:
    """Return the names of an expression.

    Raises
    ------
    ExpressionError
        When it holds anything but whole-number arithmetic.
    """
    nodes = ast.walk(parse(text))
    return frozenset(node.id for node in nodes if isinstance(node, ast.Name))


def value_of(text: str, known: Mapping[str, object]) -> int:
    """Return the value of an expression whose names are all known."""
    return _value(parse(text), known, text)


def partly(text: str, known: Mapping[str, object]) -> int | str:
    """Return the value of an expression, or what is left of it where names are not known."""
    if names_in(text) <= known.keys():
        return value_of(text, known)
    return ast.unparse(_Substitution(known, text).visit(_parse(text)))


@cache
def parse(text: str) -> ast.expr:
    """Read an expression; the tree is shared: nobody may change it."""
    node = _parse(text)
    for part in ast.walk(node):
        if not _is_allowed(part):
            raise ExpressionError(f"{text!r} is no whole-number arithmetic; {ALLOWED}")
    return node


def _parse(text: str) -> ast.expr:
    if len(text) > LONGEST:
        raise ExpressionError(f"{text[:LONGEST]!r}... is longer than {LONGEST} characters")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ExpressionError(f"{text!r} cannot be read; {ALLOWED}") from None


def _is_allowed(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return type(node.value) is int
    if isinstance(node, ast.BinOp):
        return type(node.op) in OPERATORS
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.USub)
    return isinstance(node, (ast.Name, ast.USub, ast.Load, *OPERATORS))


def _value(node: ast.expr, known: Mapping[str, object], text: str) -> int:
    match node:
        case ast.Constant(value=int(number)):
            found = number
        case ast.Name():
            found = _known(node.id, known, text)
        case ast.UnaryOp():
            found = -_value(node.operand, known, text)
        case ast.BinOp():
            left, right = _value(node.left, known, text), _value(node.right, known, text)
            if isinstance(node.op, ast.FloorDiv) and right == 0:
                raise ExpressionError(f"{text!r} divides by 0")
            found = OPERATORS[type(node.op)](left, right)
        case _:
            raise ExpressionError(f"{text!r} is no whole-number arithmetic; {ALLOWED}")
    if abs(found) > LARGEST:
        raise ExpressionError(f"{text!r} is larger than {LARGEST}")
    return found


def _known(name: str, known: Mapping[str, object], text: str) -> int:
    if name not in known:
        allowed = f"; known: {', '.join(known)}" if known else ""
        raise ExpressionError(f"{text!r} speaks of {name!r}, which is unknown here{allowed}")
    found = known[name]
    if type(found) is not int:
        raise ExpressionError(f"{text!r} needs whole numbers, but {name} is {found!r}")
    return found


class _Substitution(ast.NodeTransformer):
    """Writes known numbers in the place of their names."""

    def __init__(self, known: Mapping[str, object], text: str) -> None:
        self.known, self.text = known, text

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Return the number of a known name, and other names as they are."""
        if node.id not in self.known:
            return node
        return ast.Constant(_known(node.id, self.known, self.text))

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """Work out what has become numbers alone."""
        self.generic_visit(node)
        if isinstance(node.left, ast.Constant) and isinstance(node.right, ast.Constant):
            return ast.Constant(_value(node, {}, self.text))
        return node
