"""Printed numbers: the values that their last digit leaves open."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from regrade.studies.published import PublishedNumber
from regrade.studies.study import Run
from regrade.studies.vocabulary import COUNT, EPOCH, PRINTED_UNITS

WHOLE = tuple(name for name, printed in PRINTED_UNITS.items() if printed.unit in (COUNT, EPOCH))
"""Units of whole numbers."""
LARGE = ("thousand", "million", "billion")
"""Those that are not told by the digits alone."""

OPEN_END = 1e-4
"""How near to an end that is not included a value may come, in units of the last digit."""


@dataclass(frozen=True)
class Printed:
    """A printed number in the units of our files (fractions, nats, seconds, counts)."""

    number: PublishedNumber
    value: float
    low: float
    """The smallest true value that prints like this."""
    high: float
    """The largest one."""
    precision: float
    """Half the width of what the last digit leaves open."""

    @property
    def told(self) -> str:
        """The digits, with the unit where they count in thousands or more."""
        unit = f" {self.number.unit}" if self.number.unit in LARGE else ""
        return f"{self.number.printed}{unit}"

    @property
    def ends(self) -> tuple[float, float]:
        """The smallest and the largest true value; a count or an epoch is a whole number.

        The value that would print as the next number is not among them.
        """
        low, high = self.low, self.high
        if self.number.rounding != "digitised":
            margin = OPEN_END * 2 * self.precision
            low, high = (low + margin, high) if low < 0 else (low, high - margin)
        return (math.ceil(low), math.floor(high)) if self.number.unit in WHOLE else (low, high)

    def prints(self, exact: float) -> bool:
        """Tell whether an exact value prints as this number."""
        if self.number.rounding == "digitised":
            return self.low <= exact <= self.high
        printed = Decimal(self.number.printed)
        mode = ROUND_DOWN if self.number.rounding == "truncated" else ROUND_HALF_UP
        shown = Decimal(repr(exact)) / _unit(self.number)
        return shown.quantize(last_place(printed), mode) == printed


def last_place(printed: Decimal) -> Decimal:
    """Return one unit of the last printed digit.

    Raises
    ------
    ValueError
        Where what is printed is no finite number.
    """
    exponent = printed.as_tuple().exponent
    if not isinstance(exponent, int):
        raise ValueError(f"{printed} is no finite number")
    return Decimal(1).scaleb(exponent)


def left_open(printed: Decimal, *, truncated: bool) -> tuple[Decimal, Decimal]:
    """Return how far below and above what is printed the true value may lie, by its last digit."""
    step = last_place(printed)
    if not truncated:
        return step / 2, step / 2
    return (step, Decimal(0)) if printed < 0 else (Decimal(0), step)


def _unit(number: PublishedNumber) -> Decimal:
    return Decimal(repr(PRINTED_UNITS[number.unit].factor))


def read_printed(number: PublishedNumber, run: Run) -> Printed:
    """Read a number that the report gives of a run.

    A rounded number leaves half a unit of its last digit open to both sides, a truncated one a
    whole unit away from zero, a digitised one its uncertainty. An epoch counts from 1, also
    where the report's own count starts at 0.
    """
    printed = Decimal(number.printed)
    if number.unit == "epoch" and counts_from_zero(run):
        printed += 1
    below, above = left_open(Decimal(number.printed), truncated=number.rounding == "truncated")
    if number.rounding != "truncated" and number.uncertainty is not None:
        below = above = Decimal(repr(number.uncertainty))
    unit = _unit(number)
    return Printed(
        number,
        value=float(printed * unit),
        low=float((printed - below) * unit),
        high=float((printed + above) * unit),
        precision=float((below + above) / 2 * unit),
    )


def read_spread(number: PublishedNumber) -> tuple[float, float, float]:
    """Return the printed spread of a mean, and the smallest and largest that print like it."""
    printed, unit = Decimal(repr(number.spread)), _unit(number)
    below, above = left_open(printed, truncated=False)
    return float(printed * unit), float((printed - below) * unit), float((printed + above) * unit)


def counts_from_zero(run: Run) -> bool:
    """Tell whether the report counts the first epoch of a run as 0."""
    return any(curve.first_epoch == 0 for curve in run.published.curves if curve.role == "primary")
