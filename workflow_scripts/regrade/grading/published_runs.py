"""What a published number stands for: a single run, the mean of several, the best of several.

The single run is the rule of Patil, Peng and Leek (2016). A mean of several runs is compared as two
samples are (Welch 1947, Biometrika 34, 28-35), the best of several by the distribution of the
largest of so many further runs (order statistics: David and Nagaraja 2003, Order Statistics,
chapter 2), with mean and spread as uncertain as they are (Weerahandi 1993, JASA 88, 899-905).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import scipy

from regrade.grading.estimates import Estimate
from regrade.grading.intervals import CONFIDENCE, Interval, around
from regrade.studies.expressions import quantity
from regrade.studies.published import PublishedNumber
from regrade.studies.shares import error_of
from regrade.studies.vocabulary import NATS, PRINTED_UNITS

POINTS = 400
"""Of each of the two distributions that are integrated over."""


@dataclass(frozen=True)
class Expected:
    """What our replicates say of such a published number."""

    centre: float
    """What such a number is on average."""
    interval: Interval | None
    """Where that average lies with 95 %."""
    prediction: Interval | None
    """Where such a number lies with 95 %."""
    told: str = ""
    """How the intervals came about, where it is no single run."""
    average: str = "the mean"
    """What the centre and its interval are of."""


def stands_for(number: PublishedNumber) -> str:
    """Tell what a number is of; nothing where it is a single run."""
    if number.best_of:
        return f"best of {number.best_of} runs"
    if not number.runs:
        return ""
    return f"mean of {number.runs} runs" + (f", ± {number.spread}" if number.spread else "")


def expected(number: PublishedNumber, estimate: Estimate) -> Expected:
    """Return what our replicates say of a number like the published one."""
    known = estimate.spread is not None and estimate.is_finite
    if known and number.best_of:
        return _best(number.best_of, estimate, largest=not is_lower_better(number))
    if known and number.runs:
        return _mean(number, estimate)
    return expected_of_one(estimate)


def expected_of_one(estimate: Estimate) -> Expected:
    """Return what our replicates say of a single run."""
    return Expected(estimate.mean, estimate.interval(), estimate.prediction())


def is_lower_better(number: PublishedNumber) -> bool:
    """Whether the best of several is the lowest: of losses and error rates."""
    is_error = error_of(quantity(number.quantity, "RUN")) is not None
    return is_error or PRINTED_UNITS[number.unit].unit is NATS


def _mean(number: PublishedNumber, estimate: Estimate) -> Expected:
    """Compare two means: the published spread counts with its runs, else ours stands for it."""
    ours, runs = estimate.known, number.runs or 1
    if number.spread is None:
        error = ours.deviation * math.sqrt(1 / len(estimate.values) + 1 / runs)
        freedom, rule = float(ours.freedom), "two samples with our spread"
    else:
        theirs = number.spread * PRINTED_UNITS[number.unit].factor
        variances = (estimate.standard_error**2, theirs**2 / runs)
        error = math.sqrt(sum(variances))
        freedom = sum(variances) ** 2 / (
            variances[0] ** 2 / ours.freedom + variances[1] ** 2 / (runs - 1)
        )
        rule = "Welch's two samples"
    told = f"{rule}, t with {freedom:.3g} df"
    return Expected(estimate.mean, estimate.interval(), around(estimate.mean, error, freedom), told)


def _best(count: int, estimate: Estimate, *, largest: bool) -> Expected:
    """Return where the best of so many runs lies; the lowest is the largest of the opposites."""
    sign = 1.0 if largest else -1.0
    spread, seeds = estimate.known, len(estimate.values)
    rise, of_mean, of_one = _largest(count, spread.freedom, seeds)
    centre, scale = sign * estimate.mean, spread.deviation

    def placed(ends: tuple[float, float]) -> Interval:
        found = sorted(sign * (centre + scale * end) for end in ends)
        return Interval(*found)

    told = f"the largest of {count} runs" if largest else f"the smallest of {count} runs"
    return Expected(
        centre=sign * (centre + scale * rise),
        interval=placed(of_mean),
        prediction=placed(of_one),
        told=f"distribution of {told}",
        average="the expected best",
    )


@cache
def _largest(
    count: int, freedom: int, seeds: int
) -> tuple[float, tuple[float, float], tuple[float, float]]:
    """Return expected value, its interval and that of the largest of so many runs.

    In units of the spread, from the mean of our seeds.
    """
    places = (np.arange(POINTS) + 0.5) / POINTS
    spreads = np.sqrt(freedom / scipy.stats.chi2.ppf(places, freedom))[:, None]
    shifts = scipy.stats.norm.ppf(places)[None, :] / math.sqrt(seeds)
    rise = expected_largest(count)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(spreads * (shifts + rise), (tail, 1 - tail))

    def at(share: float) -> float:
        def below(value: float) -> float:
            return float(np.mean(scipy.stats.norm.cdf(value / spreads - shifts) ** count)) - share

        return float(scipy.optimize.brentq(below, -1e3, 1e3))

    return rise, (float(low), float(high)), (at(tail), at(1 - tail))


@cache
def expected_largest(count: int) -> float:
    """Return the mean of the largest of so many standard normal numbers."""
    places = (np.arange(POINTS * POINTS) + 0.5) / (POINTS * POINTS)
    return float(np.mean(scipy.stats.norm.ppf(places ** (1 / count))))
