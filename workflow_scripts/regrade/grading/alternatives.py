"""Orderings as joint differences: a margin with `max`, `min` or `abs` is several margins.

`A > max(B, C)` says `A > B and A > C`; `abs(D) <= m` says `D <= m and -D <= m`: two one-sided
tests. Each of these margins is a smooth expression, whose interval is known.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from regrade.grading.terms import function_name, is_random, is_series, number_of, replaced


@dataclass(frozen=True)
class Margin:
    """A margin: the comparison holds where it is positive."""

    node: ast.expr
    is_equivalence: bool = False
    """Whether it is one of two one-sided tests."""


@dataclass(frozen=True)
class Several:
    """Margins that must all be positive, or of which one must."""

    parts: tuple[Margin | Several, ...]
    need_all: bool


def alternatives(node: ast.expr, *, is_equivalence: bool = False) -> Margin | Several:
    """Write a margin without `max`, `min` and `abs` of numbers that differ from seed to seed."""
    found = next(_choices(node, rising=True), None)
    if found is None:
        return Margin(node, is_equivalence)
    choice, rising = found
    options, is_largest = _options(choice)
    need_all = rising != is_largest
    is_equivalence |= need_all and function_name(choice) == "abs"
    parts = [
        alternatives(replaced(node, choice, option), is_equivalence=is_equivalence)
        for option in options
    ]
    return Several(tuple(parts), need_all)


def _options(choice: ast.Call) -> tuple[list[ast.expr], bool]:
    """Return the numbers of which a function takes one, and whether it takes the largest."""
    if function_name(choice) == "abs":
        (number,) = choice.args
        return [number, ast.UnaryOp(ast.USub(), number)], True
    return list(choice.args), function_name(choice) == "max"


def _choices(node: ast.expr, *, rising: bool) -> Iterator[tuple[ast.Call, bool]]:
    """Find the choices that a margin rises or falls with, and which of the two."""
    match node:
        case ast.Call(func=ast.Name(id="abs" | "max" | "min"), args=[first, *_]):
            if is_random(node) and not is_series(first):
                yield node, rising
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            yield from _choices(operand, rising=not rising)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            yield from _choices(left, rising=rising)
            yield from _choices(right, rising=rising)
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            yield from _choices(left, rising=rising)
            yield from _choices(right, rising=not rising)
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            if (factor := number_of(left)) is not None:
                yield from _choices(right, rising=rising == (factor >= 0))
            elif (factor := number_of(right)) is not None:
                yield from _choices(left, rising=rising == (factor >= 0))
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            if (factor := number_of(right)) is not None:
                yield from _choices(left, rising=rising == (factor >= 0))
