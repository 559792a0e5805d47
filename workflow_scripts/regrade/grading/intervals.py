"""95 % confidence intervals, of replicates and of a single one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy import stats

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Interval:
    """From low to high, both included."""

    low: float
    high: float

    @property
    def is_point(self) -> bool:
        """Whether it has no width."""
        return self.low == self.high


def mean(values: Sequence[float]) -> float:
    """Give the mean of replicates; NaN where infinities of both signs meet."""
    return sum(values) / len(values)


def student(values: Sequence[float]) -> Interval:
    """Give Student's t interval of the mean of at least two replicates.

    Equal replicates give a point. Where one is infinite (a run diverged) there is no standard
    deviation, and the range of the replicates stands in.
    """
    if len(set(values)) == 1 or not all(map(math.isfinite, values)):
        return Interval(min(values), max(values))
    low, high = stats.t.interval(
        CONFIDENCE, df=len(values) - 1, loc=mean(values), scale=stats.sem(values)
    )
    return Interval(float(low), float(high))


def normal(centre: float, standard_error: float) -> Interval:
    """Give the normal interval about an estimate with a known standard error above 0."""
    low, high = stats.norm.interval(CONFIDENCE, loc=centre, scale=standard_error)
    return Interval(float(low), float(high))


def wilson(share: float, images: int) -> Interval:
    """Give Wilson's interval of a share of so many images."""
    test = stats.binomtest(round(share * images), images)
    found = test.proportion_ci(confidence_level=CONFIDENCE, method="wilson")
    return Interval(float(found.low), float(found.high))
