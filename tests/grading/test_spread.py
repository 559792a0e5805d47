"""Spread over seeds is pooled where runs share it, and is a run's own where they do not."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from regrade.grading.intervals import Interval, around, of_single_run, seeds_to_decide
from regrade.grading.spread import Pool, deviation, own_spread, pool
from regrade.grading.terms import step
from regrade.studies.expressions import parse

CLOSE = [[0.70, 0.71], [0.65, 0.663, 0.655], [0.60, 0.612]]


def pooled(groups: list[list[float]], *, relative: bool = False) -> Pool:
    """Pool runs A, B and so on."""
    return pool(dict(zip("ABCDEFGH", groups, strict=False)), relative=relative)


def test_a_pool_weighs_variances_by_their_degrees_of_freedom() -> None:
    found = pooled(CLOSE)
    within = sum((len(group) - 1) * np.var(group, ddof=1) for group in CLOSE)
    assert found.freedom == 4
    assert found.deviation == pytest.approx(math.sqrt(within / 4))


def test_the_pooled_variance_of_two_runs_is_that_of_scipys_t_test() -> None:
    one, other, third = [0.70, 0.71, 0.705], [0.65, 0.663, 0.655], [0.70, 0.69, 0.71]
    found = pooled([one, other, third])
    error = found.deviation * math.sqrt(2 / 3)
    expected = stats.ttest_ind(one, other)
    pair = math.sqrt((np.var(one, ddof=1) + np.var(other, ddof=1)) / 2) * math.sqrt(2 / 3)
    assert (np.mean(one) - np.mean(other)) / pair == pytest.approx(expected.statistic)
    assert error == pytest.approx(
        math.sqrt(np.mean([np.var(g, ddof=1) for g in (one, other, third)]) * 2 / 3)
    )


@pytest.mark.parametrize(
    "nothing",
    [[0.5], [0.5, math.inf], [0.1, 0.1], []],
    ids=["one replicate", "one diverged", "all at chance", "none"],
)
def test_runs_without_a_spread_say_nothing_of_it(nothing: list[float]) -> None:
    assert pooled([*CLOSE, nothing]) == pooled(CLOSE)


def test_a_run_that_repeats_another_to_the_digit_counts_once() -> None:
    assert pooled([*CLOSE, CLOSE[0]]) == pooled(CLOSE)


def test_two_runs_are_no_pool() -> None:
    found = pooled(CLOSE[:2])
    assert found.spread("A", 0.7, "q") is None
    assert "2 runs of its study" in found.obstacle


MANY = [[0.7 + 0.001 * (n - 5) ** 3 / 25 for n in range(10)], [0.6 + 0.001 * n for n in range(10)]]


@pytest.mark.parametrize(
    ("groups", "test"),
    [
        ([[0.70, 0.71], [0.60, 0.6001], [0.2, 0.9]], "Bartlett"),
        ([[0.70, 0.7101, 0.72], [0.60, 0.61, 0.59], [0.1, 0.9, 0.2]], "Bartlett"),
        ([*MANY, [0.2 + 0.05 * n for n in range(10)]], "Levene"),
    ],
)
def test_runs_that_differ_in_spread_are_not_pooled(groups: list, test: str) -> None:
    """Levene's test sees nothing of few replicates; Bartlett's does."""
    found = pooled(groups)
    assert found.deviation is None
    assert f"differ in spread ({test}" in found.obstacle


def test_a_run_that_scatters_unlike_the_others_leaves_the_pool() -> None:
    """One replicate that collapsed does not make every verdict of its study undecided."""
    close = [[0.70, 0.71, 0.704], [0.65, 0.663, 0.655], [0.60, 0.612, 0.604], [0.5, 0.508, 0.511]]
    found = pooled([*close, [0.93, 0.94, 0.10], [0.2, 0.20001, 0.20002]])
    assert found.apart == {"E", "F"}
    assert (found.deviation, found.freedom) == (pooled(close).deviation, 8)
    assert found.spread("E", 0.9, "q") is None and "unlike" in found.why_not("E")
    assert found.spread("A", 0.7, "q") is not None


def test_equal_spreads_seldom_look_unlike() -> None:
    """Bonferroni: of 400 pools of equal runs, some 5 % lose a run."""
    rng = np.random.default_rng(3)
    lost = [bool(pooled(rng.normal(0, 1, (8, 3)).tolist()).apart) for _ in range(400)]
    assert sum(lost) <= 32


def test_losses_share_a_relative_spread() -> None:
    small = [0.010, 0.011]
    groups = [[factor * value for value in small] for factor in (1, 10.5, 101)]
    found = pooled(groups, relative=True).spread("A", 2.0, "q")
    assert found.deviation == pytest.approx(2 * np.std(small, ddof=1) / np.mean(small))
    assert pooled(groups).deviation is None


def test_a_single_replicate_has_no_spread_of_its_own() -> None:
    assert own_spread([0.5], "q", 0) is None
    assert own_spread([0.5, 0.6, 0.7], "q", 0).deviation == pytest.approx(0.1)


def test_equal_epochs_are_known_to_half_an_epoch() -> None:
    assert deviation([12, 12], 1) == pytest.approx(math.sqrt(1 / 12))
    assert deviation([0.5, 0.5], 0) == 0


def test_two_equal_accuracies_say_nothing_of_a_third() -> None:
    assert own_spread([0.5, 0.5], "q", 0) is None
    assert own_spread([0.5] * 3, "q", 0).deviation == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("argmax(A.test_loss)", 1), ("2.5 - argmax(A.test_loss)", 1), ("-argmax(A.test_loss)", 1),
        ("argmax(A.test_loss) - argmax(B.test_loss)", 1), ("1.4 * argmax(A.test_loss)", 1.4),
        ("argmax(A.test_loss) / -2", 0.5), ("max(A.test_loss)", 0), ("A.selected_epoch + 1", 1),
        ("argmax(A.test_loss) * max(A.test_loss)", 0),
        ("argmax(A.test_loss) + max(A.test_loss)", 0),
    ],
)  # fmt: skip
def test_the_step_of_an_expression(text: str, expected: float) -> None:
    assert step(parse(text)) == expected


# Intervals


def test_the_interval_of_a_mean_is_students() -> None:
    values = [1.0, 2.0, 3.0]
    found = around(2.0, stats.sem(values), 2)
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_a_single_run_lies_where_its_t_statistic_allows() -> None:
    """With one more run, the difference of it from the mean has variance s^2 (1 + 1/n)."""
    found = of_single_run(0.7, 0.01, 20, 3)
    t = (found.high - 0.7) / (0.01 * math.sqrt(1 + 1 / 3))
    assert stats.t.cdf(t, 20) == pytest.approx(0.975)
    assert 0.7 - found.low == pytest.approx(found.high - 0.7)


def test_the_seeds_that_would_decide_are_the_fewest() -> None:
    bar = Interval(0.68, 0.72)
    found = seeds_to_decide(0.714, 0.01, 20, 3, bar)
    assert around(0.714, 0.01 / math.sqrt(found), 20 + found - 3).lies_in(bar)
    assert not around(0.714, 0.01 / math.sqrt(found - 1), 20 + found - 4).lies_in(bar)


def test_a_mean_on_the_end_of_its_bar_is_never_decided() -> None:
    assert seeds_to_decide(0.72, 0.01, 20, 3, Interval(0.68, 0.72)) is None
