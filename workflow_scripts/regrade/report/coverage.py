"""How often the rules are right: the simulated shares, and where a small plot draws them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from regrade.errors import UserError
from regrade.report.formatting import count, percent

AXES = {"0.95": (0.90, 1.0, (0.93, 0.97)), "<= 0.05": (0.0, 0.10, (0.0, 0.05))}
"""By what is wanted: both ends of the axis, and the band that a share should lie in."""


@dataclass(frozen=True)
class Line:
    """A simulated share, with positions along its axis in percent."""

    group: str
    cases: str
    share: str
    interval: str
    x: float
    x_low: float
    x_high: float


@dataclass(frozen=True)
class Panel:
    """The shares of one kind, and the band that they should lie in."""

    what: str
    band_low: float
    band_high: float
    axis: str
    lines: list[Line]


def panels(path: Path) -> list[Panel]:
    """Read the simulated shares.

    Raises
    ------
    UserError
        When the file cannot be read.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        return list(_panels(rows))
    except (OSError, KeyError, ValueError) as error:
        raise UserError(f"{path}: cannot be read: {error!r}") from None


def _panels(rows: list[dict[str, str]]) -> Iterator[Panel]:
    for (what, wanted), found in groupby(rows, key=lambda row: (row["what"], row["wanted"])):
        low, high, band = AXES[wanted]

        yield Panel(
            what=what,
            band_low=_place(band[0], low, high),
            band_high=_place(band[1], low, high),
            axis=f"{percent(low, 0)} to {percent(high, 0)}, wanted {percent(band[0], 0)}"
            f" to {percent(band[1], 0)}",
            lines=[_line(row, low, high) for row in found],
        )


def _place(share: float, start: float, end: float) -> float:
    """Tell where on an axis a share stands, in percent of its length."""
    return round(100 * (min(max(share, start), end) - start) / (end - start), 2)


def _line(row: dict[str, str], start: float, end: float) -> Line:
    share, low, high = (float(row[name]) for name in ("share", "low", "high"))
    return Line(
        group=row["group"],
        cases=count(int(row["cases"])),
        share=percent(share, 1),
        interval=f"{percent(low, 1)} to {percent(high, 1)}",
        x=_place(share, start, end),
        x_low=_place(low, start, end),
        x_high=_place(high, start, end),
    )
