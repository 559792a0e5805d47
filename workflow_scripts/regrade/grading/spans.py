"""Interval arithmetic: what printed digits and reading errors leave open in an expression.

Every operation encloses all values that its arguments allow (Moore, Kearfott and Cloud 2009,
Introduction to Interval Analysis, chapters 2 and 5); correlations are looked at by draws.
"""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from regrade.grading.functions import IMPLEMENTATIONS, window
from regrade.grading.values import NotAvailable

DRAWS = 1000
"""Of values that a correlation is looked at for."""


@dataclass(frozen=True)
class Span:
    """All values from low to high."""

    low: float
    high: float

    @property
    def is_point(self) -> bool:
        """Whether it is a single value."""
        return self.low == self.high


@dataclass(frozen=True)
class Band:
    """A curve between two others."""

    low: pd.Series
    high: pd.Series

    @property
    def centre(self) -> pd.Series:
        """The curve in the middle."""
        return pd.Series((self.low + self.high) / 2, name=self.low.name)

    @property
    def half(self) -> float:
        """The largest distance from the middle."""
        return float(((self.high - self.low) / 2).max())


Open: TypeAlias = "Span | Band | tuple"
"""A number, a series or a list, as far as it is known."""


def add(one: Span, other: Span) -> Span:
    """Add two numbers."""
    return Span(one.low + other.low, one.high + other.high)


def negative(one: Span) -> Span:
    """Change the sign."""
    return Span(-one.high, -one.low)


def _corners(operation: Callable[[float, float], float]) -> Callable[[Span, Span], Span]:
    def apply(one: Span, other: Span) -> Span:
        pairs = itertools.product((one.low, one.high), (other.low, other.high))
        values = [operation(*pair) for pair in pairs]
        return Span(min(values), max(values))

    return apply


def divide(one: Span, other: Span) -> Span:
    """Divide; undefined where the divisor may be 0."""
    if other.low <= 0 <= other.high:
        raise NotAvailable("a divisor that the digits do not tell from 0")
    return _corners(lambda a, b: a / b)(one, other)


def power(one: Span, other: Span) -> Span:
    """Raise to a power: that of a number of both signs turns at 0."""
    found = _corners(lambda a, b: float(a) ** float(b))(one, other)
    turns = one.low < 0 < one.high and other.low % 2 == 0
    return Span(0.0, found.high) if turns else found


OPERATORS = {
    ast.Add: add,
    ast.Sub: lambda one, other: add(one, negative(other)),
    ast.Mult: _corners(lambda a, b: a * b),
    ast.Div: divide,
    ast.Pow: power,
}


def _rising(name: str) -> Callable[..., Open]:
    """Take a function that rises with every value: its ends are those of its arguments."""
    function = IMPLEMENTATIONS[name]

    def apply(*arguments: Any) -> Open:
        low = function(*(argument.low for argument in arguments))
        high = function(*(argument.high for argument in arguments))
        return Band(low, high) if isinstance(low, pd.Series) else Span(low, high)

    return apply


def _extreme_epoch(band: Band, *, largest: bool) -> Span:
    """Find the epochs that may have the largest (smallest) value."""
    can = band.high >= band.low.max() if largest else band.low <= band.high.min()
    epochs = band.low.index[can]
    return Span(int(epochs[0]), int(epochs[-1]))


def _epochs_to(band: Band, value: Span) -> Span:
    function = IMPLEMENTATIONS["epochs_to"]
    return Span(function(band.high, value.low), function(band.low, value.high))


def _rises(band: Band, threshold: Span, start: Span) -> Span:
    low, high = band.low.loc[start.low :], band.high.loc[start.low :]
    sure = (low - high.shift() > threshold.high).sum()
    return Span(int(sure), int((high - low.shift() > threshold.low).sum()))


def _share_below(below: Band, above: Band, *epochs: Span) -> Span:
    function, ends = IMPLEMENTATIONS["share_below"], [epoch.low for epoch in epochs]
    return Span(function(below.high, above.low, *ends), function(below.low, above.high, *ends))


def _lipschitz(name: str, factor: Callable[[int], float]) -> Callable[..., Span]:
    """Take a function that changes by at most `factor(epochs)` times the largest error."""

    def apply(band: Band, start: Span, end: Span) -> Span:
        value = IMPLEMENTATIONS[name](band.centre, start.low, end.low)
        room = band.half * factor(len(window(band.centre, start.low, end.low)))
        return Span(max(0.0, value - room), value + room)

    return apply


def _slope(band: Band, start: Span, end: Span) -> Span:
    value = IMPLEMENTATIONS["slope"](band.centre, start.low, end.low)
    epochs = np.asarray(window(band.centre, start.low, end.low).index, float)
    away = epochs - epochs.mean()
    room = band.half * float(np.abs(away).sum() / (away**2).sum())
    return Span(value - room, value + room)


def _length(values: Band | tuple) -> Span:
    size = len(values) if isinstance(values, tuple) else len(values.low)
    return Span(size, size)


def _absolute(one: Span) -> Span:
    ends = sorted((abs(one.low), abs(one.high)))
    return Span(0.0 if one.low < 0 < one.high else ends[0], ends[1])


def _standard_error(share: Span, images: Span) -> Span:
    shares = [share.low, share.high, *([0.5] if share.low < 0.5 < share.high else [])]
    values = [IMPLEMENTATIONS["standard_error"](one, images.low) for one in shares]
    return Span(min(values), max(values))


def _drawn(name: str) -> Callable[..., Span]:
    """Take a function of ranks or of lists: by its values at what is printed and at draws around.

    No enclosure of such a function is known. A curve is also tilted as far as it goes, down to each
    of its epochs and up from there, and the other way round: that is where its trend is extreme.
    """

    def apply(*arguments: Open) -> Span:
        function = IMPLEMENTATIONS[name]
        values = [function(*map(_centre, arguments))]
        if not all(map(_is_known, arguments)):
            generator = np.random.default_rng(0)
            drawn = ([_draw(a, generator) for a in arguments] for _ in range(DRAWS))
            values += [function(*these) for these in drawn]
            if len(arguments) == 1 and isinstance(arguments[0], Band):
                values += [function(curve) for curve in _tilted(arguments[0])]
        return Span(min(values), max(values))

    return apply


def _centre(argument: Open) -> object:
    """Return what is printed."""
    if isinstance(argument, tuple):
        return tuple(map(_centre, argument))
    return argument.centre if isinstance(argument, Band) else (argument.low + argument.high) / 2


def _tilted(band: Band) -> Iterator[pd.Series]:
    epochs = np.arange(len(band.low))
    for turn in range(len(epochs) + 1):
        for early, late in ((band.low, band.high), (band.high, band.low)):
            yield pd.Series(early.where(epochs < turn, late), name=band.low.name)


def _is_known(argument: Open) -> bool:
    if isinstance(argument, tuple):
        return all(map(_is_known, argument))
    return argument.half == 0 if isinstance(argument, Band) else argument.is_point


def _draw(argument: Open, generator: np.random.Generator) -> object:
    """Draw from what is open: half of the time an end, where extremes mostly lie."""
    if isinstance(argument, tuple):
        return tuple(_draw(part, generator) for part in argument)
    if isinstance(argument, Band):
        shares = np.clip(generator.uniform(-0.5, 1.5, len(argument.low)), 0, 1)
        width = (argument.high - argument.low) * shares
        return pd.Series(argument.low + width, name=argument.low.name)
    share = min(max(float(generator.uniform(-0.5, 1.5)), 0.0), 1.0)
    return argument.low + (argument.high - argument.low) * share


RISING = (
    "first", "last", "at", "max", "min", "total", "mean", "median", "smooth", "floor", "log",
    "sqrt",
)  # fmt: skip
FUNCTIONS: dict[str, Callable[..., Open]] = {
    **{name: _rising(name) for name in RISING},
    "argmax": lambda band: _extreme_epoch(band, largest=True),
    "argmin": lambda band: _extreme_epoch(band, largest=False),
    "std": _lipschitz("std", lambda n: math.sqrt(n / (n - 1))),
    "detrended_std": _lipschitz("detrended_std", lambda n: math.sqrt(n / (n - 2))),
    "median_change": _lipschitz("median_change", lambda n: 2.0),
    "slope": _slope,
    "rises": _rises,
    "epochs_to": _epochs_to,
    "of_class": lambda values, number: values[int(number.low)],
    "length": _length,
    "share_below": _share_below,
    "rank_correlation": _drawn("rank_correlation"),
    "correlation": _drawn("correlation"),
    "standard_error": _standard_error,
    "separable_saving": _corners(IMPLEMENTATIONS["separable_saving"]),
    "abs": _absolute,
}
"""The functions of predicates, on what is not known exactly; no report publishes histograms."""
