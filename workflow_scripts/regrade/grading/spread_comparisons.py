"""Comparisons of spreads over seeds: by the ratio of two variances, or of one and a number.

Each run's own replicates count: a pooled spread is one that runs have in common, which is what
such a claim denies.
"""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass

import scipy

from regrade.grading.estimates import Estimates
from regrade.grading.findings import Finding
from regrade.grading.intervals import CONFIDENCE, Interval
from regrade.grading.spread import FEWEST_SEEDS, Spread, own_spread
from regrade.grading.terms import step
from regrade.grading.values import NotAvailable
from regrade.studies.spreads import Side, as_side


@dataclass(frozen=True)
class Ratio:
    """The ratio of two standard deviations."""

    centre: float
    interval: Interval
    above: float
    """One-sided p-value of its being above 1 (small: it is)."""
    below: float
    rule: str


def ratio_to_spread(one: Spread, other: Spread, factor: float = 1.0) -> Ratio:
    """Compare two spreads by the F distribution of the ratio of their variances.

    Snedecor (1934), Calculation and Interpretation of Analysis of Variance and Covariance; it takes
    replicates to be normal, and independent between the runs.
    """
    ratio = factor * one.deviation / other.deviation
    law = scipy.stats.f(one.freedom, other.freedom)
    rule = f"F with {one.freedom} and {other.freedom} df"
    return _ratio(ratio, law, ratio**2, rule)


def ratio_to_number(one: Spread, number: float) -> Ratio:
    """Compare a spread with a number by the chi-squared distribution of its variance."""
    ratio = one.deviation / number
    law = scipy.stats.chi2(one.freedom, scale=1 / one.freedom)
    return _ratio(ratio, law, ratio**2, f"chi-squared with {one.freedom} df")


def _ratio(ratio: float, law: scipy.stats.rv_continuous, squared: float, rule: str) -> Ratio:
    tail = (1 - CONFIDENCE) / 2
    low, high = (ratio / math.sqrt(float(law.ppf(share))) for share in (1 - tail, tail))
    return Ratio(ratio, Interval(low, high), float(law.sf(squared)), float(law.cdf(squared)), rule)


def compare_spreads(
    left: ast.expr, op: ast.cmpop, right: ast.expr, estimates: Estimates
) -> Finding:
    """Decide whether a spread is below or above another, or a number.

    Raises
    ------
    NotAvailable
        When a spread is 0: replicates that are all equal tell nothing of how they scatter.
    """
    low, high = (left, right) if isinstance(op, ast.Lt | ast.LtE) else (right, left)
    sides = [_side(low), _side(high)]
    found = [_spread(side, estimates) for side in sides]
    if any(one is None for one, side in zip(found, sides, strict=True) if side.of):
        text = f"{ast.unparse(low)} < {ast.unparse(high)}: one seed has no spread: no interval"
        return Finding(1.0, 1.0, (text,), seeds_needed=FEWEST_SEEDS)
    ratio = _compare(found[0], sides[0], found[1], sides[1])
    text = (
        f"{ast.unparse(low)} over {ast.unparse(high)} = {ratio.centre:.3g}"
        f" [{ratio.interval.low:.3g}, {ratio.interval.high:.3g}], {ratio.rule}"
    )
    return Finding(min(1.0, 2 * ratio.below), min(1.0, 2 * ratio.above), (text,))


def _side(node: ast.expr) -> Side:
    side = as_side(node)
    if side is None:
        raise ValueError(f"{ast.unparse(node)!r} is no side of a comparison of spreads")
    return side


def _spread(side: Side, estimates: Estimates) -> Spread | None:
    """Return a run's own spread; None for a number, and where a run has one replicate."""
    if side.of is None:
        return None
    estimate = estimates.of(side.of)
    values = list(estimate.values.values())
    if not estimate.is_finite:
        raise NotAvailable(f"{ast.unparse(side.of)} diverged in a replicate: it has no spread")
    if len(values) > 1 and min(values) == max(values):
        raise NotAvailable(f"{ast.unparse(side.of)} is the same in all replicates")
    return own_spread(values, ast.dump(side.of), step(side.of))


def _compare(one: Spread | None, first: Side, other: Spread | None, second: Side) -> Ratio:
    """Return the ratio of the first side to the second."""
    if one and other:
        return ratio_to_spread(one, other, first.factor / second.factor)
    if one:
        return ratio_to_number(one, second.factor / first.factor)
    if other:
        turned = ratio_to_number(other, first.factor / second.factor)
        ends = Interval(1 / turned.interval.high, 1 / turned.interval.low)
        return Ratio(1 / turned.centre, ends, turned.below, turned.above, turned.rule)
    raise ValueError("two numbers are no comparison of spreads")
