"""The interval of a margin over seeds, and what it says: pooled, paired, Welch's, Monte Carlo."""

from __future__ import annotations

import ast
import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy

from regrade.grading.estimates import Estimate, Estimates
from regrade.grading.evaluate import evaluate, evaluate_number
from regrade.grading.intervals import CONFIDENCE, Interval, around, mean, seeds_to_decide
from regrade.grading.linear import Sum, as_sum
from regrade.grading.sources import MeasuredSource
from regrade.grading.spread import deviation
from regrade.grading.terms import is_random, is_whole, terms
from regrade.grading.values import NotAvailable, Value
from regrade.studies.expressions import Reference

DRAWS = 4000
"""Of a Monte Carlo interval."""
SEED = 20160701


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


class TermsSource:
    """Knows terms by the dump of their expression, and whatever depends on no seed.

    The value of a term may be an array of draws.
    """

    def __init__(self, values: Mapping[str, Any], untrained: MeasuredSource) -> None:
        self._values = values
        self._untrained = untrained

    def known(self, node: ast.expr) -> Value | None:
        """Return the value of a term."""
        return self._values.get(ast.dump(node))

    def value(self, wanted: Reference) -> Value:
        """Return what a run is asked for."""
        return self._untrained.value(wanted)


def measure(node: ast.expr, estimates: Estimates, confidence: float = CONFIDENCE) -> Measured:
    """Find the interval of a margin.

    Raises
    ------
    NotAvailable
        When something in it has no value.
    """
    found = {ast.dump(term): estimates.of(term) for term in terms(node)}
    untrained = MeasuredSource(estimates.measurements, None)
    total = as_sum(node, set(found), lambda part: _constant(part, untrained))
    used = {key: found[key] for key in (total.weights if total else found)}
    if not used:
        value = total.constant if total else evaluate_number(node, untrained)
        return _exact(value, "no chance in it")
    seeds = sorted(set.intersection(*(set(one.values) for one in used.values())), key=str)
    if not all(one.is_finite for one in used.values()):
        return _of_diverged(node, seeds, estimates)
    # What stands on both sides cancels, whatever it is.
    means = dict.fromkeys(found, 0.0) | _means(used)
    centre = evaluate_number(node, TermsSource(means, untrained))
    are_independent = sum(len(one.runs) for one in used.values()) == len(
        frozenset.union(*(one.runs for one in used.values()))
    )
    known = are_independent and all(one.spread is not None for one in used.values())
    if known and _all_pooled(used):
        return _independent(node, total, used, centre, untrained, confidence)
    if len(seeds) > 1:
        return _paired(node, seeds, estimates, confidence, alone=len(used) == 1)
    if known:
        return _independent(node, total, used, centre, untrained, confidence)
    return Measured(centre, None, 1.0, 1.0, _why_none(used), 2)


def _means(used: Mapping[str, Estimate]) -> dict[str, float]:
    return {key: one.mean for key, one in used.items()}


def _constant(node: ast.expr, untrained: MeasuredSource) -> float | None:
    if is_random(node):
        return None
    value = evaluate(node, untrained)
    return float(value) if isinstance(value, int | float) else None


def _exact(value: float, rule: str) -> Measured:
    value = 0.0 if math.isclose(value, 0.0, abs_tol=1e-12) else value
    return Measured(value, Interval(value, value), float(value <= 0), float(value >= 0), rule)


def _of_diverged(node: ast.expr, seeds: list, estimates: Estimates) -> Measured:
    """Decide by the range of all replicates: an infinite loss has no standard deviation."""
    values = _by_seed(node, seeds, estimates)
    if len(values) < 2:
        return Measured(math.inf, None, 1.0, 1.0, "one replicate, which diverged: no interval", 2)
    span = Interval(min(values), max(values))
    above, below = float(span.low <= 0), float(span.high >= 0)
    rule = f"range of {len(values)} seeds, of which some diverged"
    return Measured(mean(values), span, above, below, rule)


def _by_seed(node: ast.expr, seeds: list, estimates: Estimates) -> list[float]:
    return [evaluate_number(node, MeasuredSource(estimates.measurements, seed)) for seed in seeds]


def _paired(
    node: ast.expr, seeds: list, estimates: Estimates, confidence: float, *, alone: bool
) -> Measured:
    """Student's t of the margins seed by seed: runs with the same seed share their luck."""
    values = _by_seed(node, seeds, estimates)
    rule = f"{'own' if alone else 'paired'} t, {len(values) - 1} df, {len(values)} seeds"
    error = deviation(values, whole=is_whole(node)) / math.sqrt(len(values))
    if error == 0:
        return _exact(mean(values), f"no spread, {len(values)} seeds")
    student = Student(mean(values), error, len(values) - 1, len(values))
    return student.measured(rule, confidence)


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
        is_open = interval.low <= 0 <= interval.high
        return Measured(
            self.centre,
            interval,
            float(scipy.stats.t.sf(ratio, self.freedom)),
            float(scipy.stats.t.cdf(ratio, self.freedom)),
            rule,
            self._seeds_needed() if is_open else None,
        )

    def _seeds_needed(self) -> int | None:
        deviation = self.error * math.sqrt(self.seeds)
        positive = Interval(0.0, math.inf)
        return seeds_to_decide(self.centre, deviation, self.freedom, self.seeds, positive)


def _independent(
    node: ast.expr,
    total: Sum | None,
    used: Mapping[str, Estimate],
    centre: float,
    untrained: MeasuredSource,
    confidence: float,
) -> Measured:
    """Add the variances of independent runs."""
    if total is None:
        return _monte_carlo(node, used, centre, untrained, confidence)
    error, freedom = satterthwaite(total.weights, used)
    if error == 0:
        return _exact(centre, f"no spread, {_seeds(used)}")
    origins = {one.known.origin for one in used.values()}
    name = "pooled" if origins == {"pooled"} else "own" if len(used) == 1 else "Welch"
    student = Student(centre, error, freedom, min(len(one.values) for one in used.values()))
    return student.measured(f"{name} t, {freedom:.3g} df, {_seeds(used)}", confidence)


def satterthwaite(
    weights: Mapping[str, float], used: Mapping[str, Estimate]
) -> tuple[float, float]:
    """Return the standard error of a weighted sum of means, and its degrees of freedom.

    Variances of one source (a pool) have its degrees of freedom together; those of several are
    combined as Welch (1947, Biometrika 34, 28-35) and Satterthwaite (1946, Biometrics Bulletin
    2, 110-114) do.
    """
    variances: dict[str, float] = defaultdict(float)
    freedoms = {}
    for key, one in used.items():
        source = one.known.source
        variances[source] += (weights[key] * one.standard_error) ** 2
        freedoms[source] = one.known.freedom
    total = sum(variances.values())
    if total == 0:
        return 0.0, math.inf
    below = sum(variance**2 / freedoms[source] for source, variance in variances.items())
    return math.sqrt(total), total**2 / below


def _monte_carlo(
    node: ast.expr,
    used: Mapping[str, Estimate],
    centre: float,
    untrained: MeasuredSource,
    confidence: float,
) -> Measured:
    """Draw the means from their t distributions and evaluate the margin at each draw.

    Generalized confidence intervals: Weerahandi (1993), JASA 88, 899-905; Hannig, Iyer and
    Patterson (2006), JASA 101, 254-269. The generator's seed is fixed.
    """
    generator = np.random.default_rng(SEED)
    scales: dict[str, np.ndarray] = {}
    drawn = {}
    for key, one in used.items():
        freedom = one.known.freedom
        if one.known.source not in scales:
            scales[one.known.source] = np.sqrt(freedom / generator.chisquare(freedom, DRAWS))
        normal = generator.standard_normal(DRAWS)
        drawn[key] = one.mean - normal * one.standard_error * scales[one.known.source]
    margins = _evaluate_drawn(node, drawn, untrained)
    tail = (1 - confidence) / 2
    low, high = np.quantile(margins, (tail, 1 - tail))
    return Measured(
        centre,
        Interval(float(low), float(high)),
        float((1 + np.sum(margins <= 0)) / (1 + DRAWS)),
        float((1 + np.sum(margins >= 0)) / (1 + DRAWS)),
        f"{DRAWS} draws of {'pooled ' if _all_pooled(used) else ''}t means, {_freedoms(used)} df,"
        f" {_seeds(used)}",
    )


def _evaluate_drawn(
    node: ast.expr, drawn: Mapping[str, np.ndarray], untrained: MeasuredSource
) -> np.ndarray:
    """Evaluate a margin at all draws: at once where its functions can, else one by one."""
    try:
        with np.errstate(all="ignore"):
            found: Any = evaluate(node, TermsSource(drawn, untrained))
        return np.nan_to_num(np.broadcast_to(found, DRAWS), nan=0.0)
    except (TypeError, NotAvailable):
        return np.array([_at_draw(node, drawn, index, untrained) for index in range(DRAWS)])


def _at_draw(
    node: ast.expr, drawn: Mapping[str, np.ndarray], index: int, untrained: MeasuredSource
) -> float:
    """Evaluate a margin at a draw; what is undefined there counts as 0, which decides nothing."""
    values = {key: float(found[index]) for key, found in drawn.items()}
    try:
        return evaluate_number(node, TermsSource(values, untrained))
    except NotAvailable:
        return 0.0


def _all_pooled(used: Mapping[str, Estimate]) -> bool:
    return all(one.known.origin == "pooled" for one in used.values())


def _freedoms(used: Mapping[str, Estimate]) -> str:
    return " and ".join(
        str(value) for value in sorted({one.known.freedom for one in used.values()})
    )


def _seeds(used: Mapping[str, Estimate]) -> str:
    counts = sorted({len(one.values) for one in used.values()})
    text = f"{counts[0]} to {counts[-1]}" if len(counts) > 1 else str(counts[0])
    return f"{text} seed" if text == "1" else f"{text} seeds"


def _why_none(used: Mapping[str, Estimate]) -> str:
    reasons = {one.obstacle for one in used.values() if one.spread is None and one.obstacle}
    if not reasons:
        return "fewer than two seeds in common"
    return f"one replicate and no pooled spread ({'; '.join(sorted(reasons))})"
