"""Reading the evidence of a verdict back: what became of each comparison of a predicate.

The tables hold evidence as text, so that people can read it; pages take its values from there and
evaluate nothing again.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from regrade.grading.comparisons import SYMBOLS, Comparison, is_plain, side_label
from regrade.grading.findings import SEPARATOR
from regrade.grading.verdicts import Verdict

_VALUE = r"[-+]?(?:\d[\d.]*(?:e[-+]?\d+)?|inf|nan)"
_NUMBER = re.compile(_VALUE)
_END = re.compile(rf"({_VALUE}): (holds|fails|undecided)(.*)")
_MARGIN = re.compile(rf"; margin ({_VALUE}) \[({_VALUE}), ({_VALUE})\]( \(90 %\))?")


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
        if self.outcome == Verdict.UNDECIDED:
            return None
        return (self.outcome == Verdict.HOLDS) == self.wanted


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
    before, between = _label(comparison.left), f" {SYMBOLS[type(comparison.op)]} "
    between += _label(comparison.right)
    for piece in pieces:
        if piece.startswith(before):
            left, found, rest = piece[len(before) :].partition(between)
            told = _END.match(rest)
            if found and told and _NUMBER.fullmatch(left):
                margin = _margin(told[3])
                return Told(comparison, wanted, float(left), float(told[1]), told[2], margin)
    return None


def _label(side: ast.expr) -> str:
    """Return what evidence shows of a side before its value; of a number that is all."""
    return "" if is_plain(side) else f"{side_label(side)} = "


def _margin(rest: str) -> Span | None:
    found = _MARGIN.match(rest)
    if found is None:
        return None
    return Span(float(found[1]), float(found[2]), float(found[3]), 90 if found[4] else 95)
