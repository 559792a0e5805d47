"""Student's intervals: where a mean lies, and where a single further run may lie."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

CONFIDENCE = 0.95
MOST_SEEDS = 1000
"""Where a search for the number of seeds that would decide ends."""


@dataclass(frozen=True)
class Interval:
    """From low to high, both included."""

    low: float
    high: float

    def __str__(self) -> str:
        """Write both ends with their signs."""
        return f"[{self.low:+.3g}, {self.high:+.3g}]"

    @property
    def is_point(self) -> bool:
        """Whether it has no width."""
        return self.low == self.high

    def lies_in(self, other: Interval) -> bool:
        """Tell whether all of it is in another interval."""
        return other.low <= self.low and self.high <= other.high

    def misses(self, other: Interval) -> bool:
        """Tell whether none of it is in another interval."""
        return self.high < other.low or self.low > other.high


def mean(values: Sequence[float]) -> float:
    """Return the mean of replicates; NaN where infinities of both signs meet."""
    return sum(values) / len(values)


def around(
    centre: float, standard_error: float, freedom: float, confidence: float = CONFIDENCE
) -> Interval:
    """Return Student's t interval about an estimate; a point where it has no error.

    Student (1908), Biometrika 6, 1-25.
    """
    if standard_error == 0:
        return Interval(centre, centre)
    half = float(scipy.stats.t.ppf((1 + confidence) / 2, freedom)) * standard_error
    return Interval(centre - half, centre + half)


def of_single_run(centre: float, deviation: float, freedom: float, replicates: int) -> Interval:
    """Return where one further run lies with 95 %: the prediction interval.

    `centre ± t s sqrt(1 + 1/n)`: Patil, Peng and Leek (2016), Perspectives on Psychological
    Science 11, 539-544, ask whether a published result is one such run.
    """
    return around(centre, deviation * math.sqrt(1 + 1 / replicates), freedom)


def seeds_to_decide(
    centre: float,
    deviation: float,
    freedom: float,
    replicates: int,
    bar: Interval,
    confidence: float = CONFIDENCE,
) -> int | None:
    """Count the seeds with which the interval of the mean would no longer reach over the bar.

    Mean and spread are taken to stay as they are; None where no number up to `MOST_SEEDS` does.
    """
    seeds = np.arange(replicates + 1, MOST_SEEDS + 1)
    errors = deviation / np.sqrt(seeds)
    half = scipy.stats.t.ppf((1 + confidence) / 2, freedom + seeds - replicates) * errors
    low, high = centre - half, centre + half
    inside = (bar.low <= low) & (high <= bar.high)
    decided = seeds[inside | (high < bar.low) | (low > bar.high)]
    return int(decided[0]) if len(decided) else None
