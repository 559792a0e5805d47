"""The interval of a margin over seeds, and what it says: pooled, paired, Welch's, Monte Carlo."""

from __future__ import annotations

import ast
import math
from collections import defaultdict
from collections.abc import Mapping

from regrade.grading.estimates import FEWEST_INFINITE, Estimate, Estimates
from regrade.grading.evaluate import evaluate, evaluate_number
from regrade.grading.intervals import CONFIDENCE, Interval, mean
from regrade.grading.linear import Sum, as_sum
from regrade.grading.measured import Measured, Student, count_seeds, exact
from regrade.grading.monte_carlo import DRAWS, TermsSource, monte_carlo
from regrade.grading.sources import MeasuredSource
from regrade.grading.spread import FEWEST_EQUAL, deviation
from regrade.grading.terms import is_random, step, terms


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
        return exact(value, "no chance in it")
    seeds = sorted(set.intersection(*(set(one.values) for one in used.values())), key=str)
    if not all(one.is_finite for one in used.values()):
        return _of_infinite(node, seeds, estimates)
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


def _of_infinite(node: ast.expr, seeds: list, estimates: Estimates) -> Measured:
    """Decide by the range of all replicates: an infinite loss has no standard deviation.

    There is no p-value: by the sign test alone six replicates on one side would be needed.
    """
    values = _by_seed(node, seeds, estimates)
    if len(values) < FEWEST_INFINITE:
        rule = f"{count_seeds(len(values))}, of which some are infinite"
        return Measured(math.inf, None, 1.0, 1.0, rule, FEWEST_INFINITE)
    span = Interval(min(values), max(values))
    above, below = float(span.low <= 0), float(span.high >= 0)
    rule = f"range of {count_seeds(len(values))}, of which some are infinite"
    return Measured(mean(values), span, above, below, rule)


def _by_seed(node: ast.expr, seeds: list, estimates: Estimates) -> list[float]:
    return [evaluate_number(node, MeasuredSource(estimates.measurements, seed)) for seed in seeds]


def _paired(
    node: ast.expr, seeds: list, estimates: Estimates, confidence: float, *, alone: bool
) -> Measured:
    """Student's t of the margins seed by seed: runs with the same seed share their luck."""
    values = _by_seed(node, seeds, estimates)
    rule = f"{'own' if alone else 'paired'} t, {len(values) - 1} df, {len(values)} seeds"
    error = deviation(values, step(node)) / math.sqrt(len(values))
    if error == 0:
        return _of_equal(mean(values), len(values), f"{len(values)} seeds")
    student = Student(mean(values), error, len(values) - 1, len(values))
    return student.measured(rule, confidence)


def _independent(
    node: ast.expr,
    total: Sum | None,
    used: Mapping[str, Estimate],
    centre: float,
    untrained: MeasuredSource,
    confidence: float,
) -> Measured:
    """Add the variances of independent runs."""
    fewest = min(len(one.values) for one in used.values())
    if total is None:
        drawn = monte_carlo(node, used, untrained, confidence)
        means = "pooled t means" if _all_pooled(used) else "t means"
        rule = f"{DRAWS} draws of {means}, {_freedoms(used)} df, {_seeds(used)}"
        return Measured(centre, *drawn, rule)
    error, freedom = satterthwaite(total.weights, used)
    if error == 0:
        return _of_equal(centre, fewest, _seeds(used))
    origins = {one.known.origin for one in used.values()}
    name = "pooled" if origins == {"pooled"} else "own" if len(used) == 1 else "Welch"
    student = Student(centre, error, freedom, fewest)
    return student.measured(f"{name} t, {freedom:.3g} df, {_seeds(used)}", confidence)


def _of_equal(centre: float, fewest: int, told: str) -> Measured:
    """Take a value that all replicates have as it is, if there are enough of them."""
    if fewest < FEWEST_EQUAL:
        rule = f"equal replicates, {told}, which say nothing of a further one"
        return Measured(centre, None, 1.0, 1.0, rule, FEWEST_EQUAL)
    return exact(centre, f"no spread, {told}")


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


def _all_pooled(used: Mapping[str, Estimate]) -> bool:
    return all(one.known.origin == "pooled" for one in used.values())


def _freedoms(used: Mapping[str, Estimate]) -> str:
    return " and ".join(
        str(value) for value in sorted({one.known.freedom for one in used.values()})
    )


def _seeds(used: Mapping[str, Estimate]) -> str:
    counts = sorted({len(one.values) for one in used.values()})
    return f"{counts[0]} to {counts[-1]} seeds" if len(counts) > 1 else count_seeds(counts[0])


def _why_none(used: Mapping[str, Estimate]) -> str:
    reasons = {one.obstacle for one in used.values() if one.spread is None and one.obstacle}
    if not reasons:
        return "fewer than two seeds in common"
    return f"one replicate and no pooled spread ({'; '.join(sorted(reasons))})"
