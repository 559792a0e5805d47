"""What a report's text says of its numbers: ratios, gains, percentages and sizes in megabytes.

The numbers are those that it prints, with what their digits leave open, and what its layer tables
and settings count to. A statement is found where none of them makes it (interval arithmetic:
Moore, Kearfott and Cloud 2009, Introduction to Interval Analysis, chapters 2 and 5).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

from regrade.grading.counting import counted
from regrade.grading.printed import left_open
from regrade.grading.published_side import enclose
from regrade.grading.sources import FLOAT_BYTES, PublishedSource
from regrade.grading.spans import OPERATORS, Band, Span
from regrade.grading.values import NotAvailable
from regrade.studies.expressions import Reference, parse, reference
from regrade.studies.resolve import resolve, resolved_name
from regrade.studies.study import Stated, Study
from regrade.studies.vocabulary import PRINTED_UNITS

MEGABYTES = {"MB": 1e6, "MiB": 2.0**20}
"""What reports call a megabyte."""
HUNDRED = Span(100.0, 100.0)


class ToldSource(PublishedSource):
    """What the report prints, and what its layer tables and settings count to; no curves."""

    def __init__(self, study: Study) -> None:
        super().__init__(study, Path())
        self._told = study
        self._runs = {run.name: run for run in resolve(study)}

    def span(self, node: ast.expr) -> Span | None:
        """Return all values that print like this, else the one that is counted."""
        printed = super().span(node)
        wanted = reference(node)
        if printed is not None or wanted is None:
            return printed
        count = counted(
            self._runs[resolved_name(self._told, wanted.run, wanted.variant)], wanted.name
        )
        return None if count is None else Span(count, count)

    def band(self, wanted: Reference) -> Band:
        """Refuse curves: what is read off them is no printed number."""
        raise NotAvailable(f"{wanted.name} is not printed")


def value(of: Span, _: Span | None) -> Iterator[tuple[Span, str]]:
    """Hold a number that the text repeats, or works out, against the one that it comes from.

    Source: statcheck recomputes what is derived from what it is derived from: Nuijten et al.
    (2016), Behavior Research Methods 48, 1205-1226.
    """
    yield of, ""


def ratio(of: Span, to: Span | None) -> Iterator[tuple[Span, str]]:
    """Hold "double", "three times" or "9x" against the quotient of the two numbers.

    Source: Moore, Kearfott and Cloud (2009), Introduction to Interval Analysis, chapter 2.
    """
    if to is not None:
        yield OPERATORS[ast.Div](of, to), "their ratio is"


def gain(of: Span, to: Span | None) -> Iterator[tuple[Span, str]]:
    """Hold "improved by 7 points" against the difference of the two numbers.

    Source: Moore, Kearfott and Cloud (2009), Introduction to Interval Analysis, chapter 2.
    """
    if to is not None:
        yield OPERATORS[ast.Sub](of, to), "their difference is"


def percent(of: Span, to: Span | None) -> Iterator[tuple[Span, str]]:
    """Hold "27 % less" against the relative difference of the two numbers.

    Source: Moore, Kearfott and Cloud (2009), Introduction to Interval Analysis, chapter 2.
    """
    if to is not None:
        relative = OPERATORS[ast.Sub](OPERATORS[ast.Div](of, to), Span(1.0, 1.0))
        yield OPERATORS[ast.Mult](relative, HUNDRED), "their difference in percent is"


def megabytes(of: Span, _: Span | None) -> Iterator[tuple[Span, str]]:
    """Hold the size of a network in megabytes against four bytes a parameter.

    A megabyte may be 1,000,000 bytes or 1,048,576.

    Source: IEEE Standard 754 (2019): single precision has 32 bits; IEC 80000-13 (2008): MB, MiB.
    """
    for name, size in MEGABYTES.items():
        scale = FLOAT_BYTES / size
        yield Span(of.low * scale, of.high * scale), f"in {name} the parameters are"


KINDS: dict[str, Callable[[Span, Span | None], Iterator[tuple[Span, str]]]] = {
    "value": value,
    "ratio": ratio,
    "gain": gain,
    "percent": percent,
    "megabytes": megabytes,
}
"""What a statement may stand for, by its kind: each reading, and how it is told."""


def contradictions(study: Study) -> Iterator[tuple[Stated, str]]:
    """Yield each statement that the report's own numbers exclude, and what they give instead."""
    source = ToldSource(study)
    for stated in study.stated.values():
        try:
            of, to = (_number(text, source) for text in (stated.of, stated.to))
        except NotAvailable:
            continue
        if of is None:
            continue
        readings = list(KINDS[stated.kind](of, to))
        said = _said(stated)
        if all(found.low > said.high or found.high < said.low for found, _ in readings):
            found, how = readings[0]
            yield stated, f"“{stated.words}” ({stated.source}): {_tell(stated, found, how)}"


def _number(text: str | None, source: ToldSource) -> Span | None:
    if text is None:
        return None
    found = enclose(parse(text), source)
    return found if isinstance(found, Span) else None


def _said(stated: Stated) -> Span:
    """Return all values that print like the statement."""
    factor = PRINTED_UNITS[stated.unit].factor if stated.unit else 1.0
    printed = Decimal(stated.printed)
    below, above = left_open(printed, truncated=stated.rounding == "truncated")
    return Span(float(printed - below) * factor, float(printed + above) * factor)


def _tell(stated: Stated, found: Span, how: str) -> str:
    factor = PRINTED_UNITS[stated.unit].factor if stated.unit else 1.0
    low, high = (f"{end / factor:.5g}" for end in (found.low, found.high))
    shown = low if low == high else f"{low} to {high}"
    of = stated.of if stated.to is None else f"{stated.of} and {stated.to}"
    return f"{of}: {how} {shown}" if how else f"{of} is {shown}"
