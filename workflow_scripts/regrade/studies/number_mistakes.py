"""What cannot be right about a printed number: its unit, its size, what it is a mean or best of."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator

from regrade.studies.expressions import parse
from regrade.studies.mistakes import Keys, Mistake
from regrade.studies.published import PublishedNumber
from regrade.studies.quantity_units import printed_units, unit_of
from regrade.studies.shares import error_of, is_share, percent_error_of
from regrade.studies.study import Stated
from regrade.studies.vocabulary import COUNT, FRACTION, NATS, PLAIN, PRINTED_UNITS

OF_THE_END = ("max", "last", "selected")
"""Functions that give what a training comes to: no network of a report ends below one percent."""


def runs_mistakes(keys: Keys, number: PublishedNumber) -> Iterator[Mistake]:
    """Refuse a number that is of several runs in two ways, or of what has no best."""
    if number.spread and not number.runs:
        yield Mistake((*keys, "spread"), "it is over so many `runs`: give their number")
    if number.best_of and number.runs:
        yield Mistake((*keys, "best_of"), "a number is a mean over `runs` or the best, not both")
    if number.best_of and PRINTED_UNITS[number.unit].unit not in (FRACTION, NATS):
        yield Mistake((*keys, "best_of"), "only accuracies, error rates and losses have a best")


def published_mistakes(keys: Keys, number: PublishedNumber) -> Iterator[Mistake]:
    """Refuse a published number that its quantity, an expression without mistakes, cannot have."""
    yield from _size_mistakes(keys, parse(number.quantity), number.printed, number.unit)


def stated_mistakes(keys: Keys, stated: Stated) -> Iterator[Mistake]:
    """Refuse a stated value or gain that its quantity, without mistakes, cannot have."""
    if stated.kind in ("value", "gain"):
        node = parse(stated.of)
        if stated.kind == "gain" and stated.to is not None:
            node = ast.BinOp(node, ast.Sub(), parse(stated.to))
        yield from _size_mistakes(keys, node, stated.printed, stated.unit)


def _size_mistakes(keys: Keys, node: ast.expr, printed: str, unit: str | None) -> Iterator[Mistake]:
    """Hold a printed number against its quantity; one without a unit is in that of our files."""
    of = unit_of(node)
    if of is PLAIN:
        return  # Ratios and products: they may come to any unit.
    if unit is not None and PRINTED_UNITS[unit].unit is not of:
        text = f"found {unit!r}, but {ast.unparse(node)!r} is in {printed_units(of)}"
        yield Mistake((*keys, "unit"), text)
    elif of is FRACTION and not _is_sum(node):
        yield from _share_mistakes(keys, node, printed, unit or FRACTION.value)


def _share_mistakes(keys: Keys, node: ast.expr, printed: str, unit: str) -> Iterator[Mistake]:
    """Refuse a share outside 0 to 1, and a difference of two outside -1 to 1."""
    value = float(printed) * PRINTED_UNITS[unit].factor
    lowest = -1 if _is_difference(node) else 0
    if unit == "percent" and 0 < value < 0.01 and _is_an_end(node):
        yield Mistake((*keys, "unit"), f"found {printed} % of an accuracy: `unit: fraction`?")
    if not lowest <= value <= 1:
        told = f"{printed} as a {unit} is {value * 100:.6g} %"
        if unit == "percent":
            told = f"found {printed} %"
        hint = ": unit: percent?" if unit != "percent" and abs(value) <= 100 else ""
        span = f"{lowest * 100} % to 100 %"
        yield Mistake((*keys, "printed"), f"{told}{hint or f': {span} is possible'}")


def _is_an_end(node: ast.expr) -> bool:
    """Whether a share is the accuracy that a training comes to, over all classes."""
    match node:
        case ast.Call(func=ast.Name(id=name), args=[(ast.Name() | ast.Attribute()) as series]):
            return name in OF_THE_END and is_share(series)
        case ast.Name() | ast.Attribute():
            return is_share(node)
    return False


def count_mistakes(node: ast.expr) -> Iterator[str]:
    """Yield what is wrong where a count, such as of parameters, is compared with a broken number.

    Parameters
    ----------
    node
        A predicate without mistakes.
    """
    for part in ast.walk(node):
        sides = [part.left, *part.comparators] if isinstance(part, ast.Compare) else []
        for left, right in itertools.pairwise(sides):
            for side, other in ((left, right), (right, left)):
                value = other.value if isinstance(other, ast.Constant) else None
                if not isinstance(value, float) or value.is_integer():
                    continue
                if isinstance(side, ast.Attribute) and unit_of(side) is COUNT:
                    told = f"counts are whole: {value:g} million is {value:g}e6"
                    yield f"{ast.unparse(part)!r}: {told}"


def _is_sum(node: ast.expr) -> bool:
    """Whether shares are added up, so that more than all images may come out."""
    return any(
        (isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add))
        or (isinstance(part, ast.Name) and part.id == "total")
        for part in ast.walk(node)
    )


def _is_difference(node: ast.expr) -> bool:
    """Whether a share may be below 0: one minus another, but no error rate."""
    return not (error_of(node) or percent_error_of(node)) and any(
        isinstance(part, ast.Sub | ast.USub) for part in ast.walk(node)
    )
