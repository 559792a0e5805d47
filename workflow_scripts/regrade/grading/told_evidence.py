"""Reading the evidence of a verdict back: what became of each comparison of a predicate.

The tables hold evidence as text, so that people can read it; pages take its values from there and
evaluate nothing again.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from regrade.grading.comparisons import SYMBOLS, Comparison, side_label

_NUMBER = r"[-+]?(?:\d[\d.]*(?:e[-+]?\d+)?|inf|nan)"
_MARGIN = re.compile(
    rf"; margin ({_NUMBER})(?: \[({_NUMBER}), ({_NUMBER})\])?( \(90 %\))?(, .* no interval)?"
)
SEPARATOR = " · "
"""Between what became of one comparison and of the next."""


@dataclass(frozen=True)
class Span:
    """How far a comparison holds, with its interval: below 0 where it fails."""

    centre: float
    low: float
    high: float
    confidence: int
    """In percent."""


@dataclass(frozen=True)
class Told:
    """What became of a comparison."""

    comparison: Comparison
    wanted: bool
    """Whether the predicate needs it to hold; under a `not` it needs it to fail."""
    left: float
    right: float
    outcome: str
    """`holds`, `fails` or `undecided`."""
    margin: Span | None
    """None where nothing is left to chance, or where there is no interval."""

    @property
    def helps(self) -> bool | None:
        """Whether it speaks for the predicate; None where it is undecided."""
        return None if self.outcome == "undecided" else (self.outcome == "holds") == self.wanted


def read(predicate: ast.expr, evidence: str) -> list[Told]:
    """Return what became of each comparison, in the order of the predicate.

    Left out are those whose evidence has no number on each side: what is not published or not
    measured, lists, and spreads.
    """
    pieces = evidence.split(SEPARATOR)
    found = (_find(*one, pieces) for one in comparisons(predicate))
    return [told for told in found if told]


def comparisons(node: ast.expr, wanted: bool = True) -> Iterator[tuple[Comparison, bool]]:
    """Yield the comparisons of a predicate, and whether it needs each to hold."""
    match node:
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            for link in zip([left, *comparators], ops, comparators, strict=False):
                yield Comparison(*link), wanted
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield from comparisons(operand, not wanted)
        case ast.BoolOp(values=values):
            for value in values:
                yield from comparisons(value, wanted)


def _find(comparison: Comparison, wanted: bool, pieces: list[str]) -> Told | None:
    op = re.escape(SYMBOLS[type(comparison.op)])
    sides = f"{_pattern(comparison.left)} {op} {_pattern(comparison.right)}"
    pattern = re.compile(rf"{sides}: (holds|fails|undecided)(?P<rest>.*)")
    found = next(filter(None, map(pattern.fullmatch, pieces)), None)
    if found is None:
        return None
    left, right, outcome, rest = found.groups()
    return Told(comparison, wanted, float(left), float(right), outcome, _margin(rest))


def _pattern(side: ast.expr) -> str:
    """Match a side as evidence shows it; its group is the value."""
    label = re.escape(side_label(side))
    is_number = isinstance(side, ast.Constant | ast.UnaryOp)
    return f"({label})" if is_number else f"{label} = ({_NUMBER})"


def _margin(rest: str) -> Span | None:
    found = _MARGIN.match(rest)
    if found is None or found[2] is None:
        return None
    return Span(float(found[1]), float(found[2]), float(found[3]), 90 if found[4] else 95)
