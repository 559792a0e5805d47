"""A margin as the replicates give it: its centre, its interval, and the chances of both sides."""

from __future__ import annotations

import math
from dataclasses import dataclass

import scipy

from regrade.grading.intervals import CONFIDENCE, Interval, around, seeds_to_decide


@dataclass(frozen=True)
class Measured:
    """A margin as the replicates give it."""

    centre: float
    interval: Interval | None
    """None where no interval is to be had."""
    above: float
    """One-sided p-value of the margin being above 0 (small: it is)."""
    below: float
    """The same of its being below 0."""
    rule: str
    """How the interval came about, or why there is none."""
    seeds_needed: int | None = None
    """Seeds of each run with which it would be decided; None if it is, or nobody knows."""

    @property
    def is_exact(self) -> bool:
        """Whether there is no chance in it."""
        return self.interval is not None and self.interval.is_point


def exact(value: float, rule: str) -> Measured:
    """Return a margin without chance; what lies at 0 but for rounding errors is 0."""
    value = 0.0 if math.isclose(value, 0.0, abs_tol=1e-12) else value
    return Measured(value, Interval(value, value), float(value <= 0), float(value >= 0), rule)


@dataclass(frozen=True)
class Student:
    """A margin with a t distribution."""

    centre: float
    error: float
    freedom: float
    seeds: int
    """Of the run with the fewest."""

    def measured(self, rule: str, confidence: float) -> Measured:
        """Return its interval and its p-values."""
        ratio = self.centre / self.error
        interval = around(self.centre, self.error, self.freedom, confidence)
        above = float(scipy.stats.t.sf(ratio, self.freedom))
        below = float(scipy.stats.t.cdf(ratio, self.freedom))
        # That it fails always takes the 95 % interval, also of one of two one-sided tests.
        is_open = above > (1 - confidence) / 2 and below > (1 - CONFIDENCE) / 2
        needed = self._seeds_needed(confidence) if is_open else None
        return Measured(self.centre, interval, above, below, rule, needed)

    def _seeds_needed(self, confidence: float) -> int | None:
        deviation = self.error * math.sqrt(self.seeds)
        return seeds_to_decide(
            self.centre,
            deviation,
            self.freedom,
            self.seeds,
            Interval(0.0, math.inf),
            confidence if self.centre > 0 else CONFIDENCE,
        )


def count_seeds(seeds: int) -> str:
    """Write a number of seeds."""
    return "1 seed" if seeds == 1 else f"{seeds} seeds"
