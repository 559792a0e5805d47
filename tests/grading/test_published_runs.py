"""A published mean of several runs, or the best of several, is compared as what it is."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from tests.support.graded_numbers import BEST, estimate, table
from tests.support.tiny_study import number

from regrade.grading.estimates import Estimate
from regrade.grading.intervals import Interval
from regrade.grading.numbers import judge_number
from regrade.grading.published_runs import expected, expected_largest, stands_for
from regrade.grading.spread import Spread
from regrade.studies.published import PublishedNumber

BAR = Interval(0.68, 0.72)


def published(printed: str = "70.0", quantity: str = BEST, **more: object) -> PublishedNumber:
    return PublishedNumber.model_validate(number(quantity, printed, "percent", **more))


def test_a_published_mean_is_compared_by_welchs_two_samples() -> None:
    ours = [0.70, 0.71, 0.72, 0.715]
    own = Spread(float(np.std(ours, ddof=1)), 3, "own", "q")
    found = expected(
        published(runs=5, spread=2.0), Estimate(frozenset({"A"}), dict(enumerate(ours)), own)
    )
    theirs = 0.72
    wanted = stats.ttest_ind_from_stats(
        np.mean(ours), own.deviation, 4, theirs, 0.02, 5, equal_var=False
    )
    # The value that is published lies on the end of the interval where the p-value is 5 %.
    half = (found.prediction.high - found.prediction.low) / 2
    freedom = float(found.told.split()[-2])
    t = abs(np.mean(ours) - theirs) / (half / stats.t.ppf(0.975, freedom))
    assert 2 * stats.t.sf(t, freedom) == pytest.approx(wanted.pvalue, rel=1e-2)
    assert found.centre == pytest.approx(np.mean(ours))


def test_a_mean_without_a_spread_takes_ours() -> None:
    found = expected(published(runs=5), estimate(0.70, 0.01, seeds=4))
    half = stats.t.ppf(0.975, 30) * 0.01 * math.sqrt(1 / 4 + 1 / 5)
    assert found.prediction.high - 0.70 == pytest.approx(half)


def test_what_a_single_run_could_give_is_beyond_a_mean_of_many() -> None:
    ours, bar, printed = estimate(0.74, 0.02), Interval(0.70, 0.71), Interval(0.705, 0.7051)
    assert judge_number(ours, bar, printed).verdict == "atypical"
    mean = judge_number(ours, bar, printed, published(runs=20, spread=2.0))
    assert mean.verdict == "not reproduced"
    assert "Welch's two samples, t with" in mean.reason and mean.prediction.low > 0.7051


@pytest.mark.parametrize(("count", "mean"), [(2, 1 / math.sqrt(math.pi)), (5, 1.16296)])
def test_the_largest_of_several_has_the_mean_of_the_tables(count: int, mean: float) -> None:
    """Teichroew (1956), Annals of Mathematical Statistics 27, table I."""
    assert expected_largest(count) == pytest.approx(mean, abs=1e-4)


@pytest.mark.parametrize("quantity", [BEST, f"1 - {BEST}"])
def test_the_best_of_several_lies_where_draws_put_it(quantity: str) -> None:
    seeds, freedom, count = 3, 12, 5
    values = dict.fromkeys(range(seeds), 0.70)
    ours = Estimate(frozenset({"A"}), values, Spread(0.01, freedom, "pooled", "q"))
    found = expected(published(quantity=quantity, best_of=count), ours)
    generator = np.random.default_rng(1)
    spread = 0.01 * np.sqrt(freedom / generator.chisquare(freedom, 200_000))
    mean = 0.70 + spread * generator.standard_normal(200_000) / math.sqrt(seeds)
    runs = mean + spread * generator.standard_normal((count, 200_000))
    best = runs.max(axis=0) if quantity == BEST else runs.min(axis=0)
    low, high = np.quantile(best, (0.025, 0.975))
    assert (found.prediction.low, found.prediction.high) == pytest.approx((low, high), abs=2e-4)
    sign = 1 if quantity == BEST else -1
    expected_best = np.quantile(mean + sign * spread * expected_largest(count), (0.025, 0.975))
    assert (found.interval.low, found.interval.high) == pytest.approx(
        tuple(expected_best), abs=2e-4
    )


def test_a_best_of_several_is_graded_as_one(tmp_path: Path) -> None:
    """An average of 70 % whose best of five is 71.2 % reproduces 71.2, and not the mean's."""
    values = {name: [0.70, 0.71, 0.69, 0.70, 0.705, 0.695] for name in "A"}
    tight = {"accuracy": 0.015, "loss": 0.1, "time": None, "reason": "R"}
    one, best = (
        table(tmp_path, [number(BEST, "0.708", **more)], values, tolerances=tight).iloc[0]
        for more in ({}, {"best_of": 5})
    )
    assert best.verdict == "reproduced" and best.stands_for == "best of 5 runs"
    assert "distribution of the largest of 5 runs" in best.reason
    assert best.measured == pytest.approx(0.70 + one.spread * expected_largest(5), abs=1e-5)
    assert one.stands_for is None and one.measured == pytest.approx(0.70)


@pytest.mark.parametrize(
    ("printed", "verdict"),
    [
        ("71.2", "reproduced"),
        ("69.0", "not reproduced"),
        ("72.5", "atypical"),
        ("72.0", "inconclusive"),
    ],
)
def test_the_reason_speaks_of_the_best_where_that_is_judged(printed: str, verdict: str) -> None:
    """Its interval and its centre are no mean's."""
    value = float(printed) / 100
    bar, digits = Interval(value - 0.006, value + 0.006), Interval(value - 5e-4, value + 5e-4)
    grade = judge_number(
        estimate(0.70, 0.01, seeds=100), bar, digits, published(printed, best_of=5)
    )
    assert grade.verdict == verdict
    assert "the expected best" in grade.reason and "the mean" not in grade.reason
    assert "a single run" not in grade.reason


def test_a_number_tells_what_it_stands_for() -> None:
    assert stands_for(published(runs=5, spread=0.2)) == "mean of 5 runs, ± 0.2"
    assert stands_for(published(best_of=3)) == "best of 3 runs" and stands_for(published()) == ""
