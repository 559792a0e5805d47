"""Margins of claims have the intervals of scipy, by whatever rule and spread."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from tests.support.estimates import OTHERS, RUNS, best, estimates, judge
from tests.support.tiny_study import study, write_replicate

from regrade.grading.estimates import Estimates
from regrade.grading.margins import measure
from regrade.grading.measurements import Measurements
from regrade.studies.expressions import parse


def pooled(groups: list[list[float]]) -> tuple[float, int]:
    freedom = sum(len(group) - 1 for group in groups)
    squares = sum((len(group) - 1) * np.var(group, ddof=1) for group in groups)
    return math.sqrt(squares / freedom), freedom


# Rules


def test_one_seed_has_the_interval_of_the_pooled_spread(tmp_path: Path) -> None:
    found = measure(parse(f"{best('A')} - 0.4"), estimates(tmp_path, {"A": [0.5], **OTHERS}))
    deviation, freedom = pooled(list(OTHERS.values()))
    half = stats.t.ppf(0.975, freedom) * deviation
    assert (found.interval.low, found.interval.high) == pytest.approx((0.1 - half, 0.1 + half))
    assert found.rule == f"pooled t, {freedom} df, 1 seed"


def test_a_pooled_difference_has_the_p_value_of_its_t(tmp_path: Path) -> None:
    both = {"A": [0.50, 0.51], "B": [0.515]}
    found = judge(f"{best('B')} > {best('A')}", estimates(tmp_path, {**both, **OTHERS}))
    deviation, freedom = pooled([both["A"], *OTHERS.values()])
    t = (0.515 - 0.505) / (deviation * math.sqrt(1 / 2 + 1 / 1))
    assert found.p == pytest.approx(2 * stats.t.sf(t, freedom))


def test_without_a_pool_and_without_common_seeds_welch_decides(tmp_path: Path) -> None:
    one, other = [0.50, 0.51, 0.52], [0.60, 0.66]
    estimates(tmp_path, {"A": one})
    for seed, value in zip((7, 8), other, strict=True):
        write_replicate(tmp_path, "B", seed, validation_accuracy=[0.1, value])
    both = Estimates(Measurements(study(RUNS), tmp_path, {"A": [0, 1, 2], "B": [7, 8]}))
    found = judge(f"{best('B')} > {best('A')}", both)
    expected = stats.ttest_ind(other, one, equal_var=False)
    assert found.p == pytest.approx(expected.pvalue)
    assert f"Welch t, {expected.df:.3g} df" in found.evidence


def test_what_one_run_gives_twice_is_taken_seed_by_seed(tmp_path: Path) -> None:
    """Accuracies of a run rise and fall together: their difference is known far better."""
    drop = f"last(A.validation_accuracy) - 0.9 * {best('A')}"
    found = measure(parse(drop), estimates(tmp_path, {"A": [0.4, 0.5, 0.6], **OTHERS}))
    expected = stats.ttest_1samp([0.04, 0.05, 0.06], 0).confidence_interval(0.95)
    assert (found.interval.low, found.interval.high) == pytest.approx(tuple(expected))
    assert found.rule == "own t, 2 df, 3 seeds"


def test_a_trend_of_one_seed_is_undecided_whatever_the_pool(tmp_path: Path) -> None:
    """What all epochs of a run have in common does not cancel into certainty."""
    text = "rank_correlation(A.validation_accuracy) > 0.5"
    found = judge(text, estimates(tmp_path, {"A": [0.5], **OTHERS}))
    assert (found.verdict, "no interval" in found.evidence) == ("inconclusive", True)


def test_a_diverged_run_leaves_the_pool_alone(tmp_path: Path) -> None:
    bad = {"C": [0.1, 0.9]}
    with_bad = estimates(tmp_path, {"A": [0.5], **OTHERS, **bad})
    for seed, value in enumerate(bad["C"]):
        columns = {"validation_accuracy": [0.1, value]}
        diverged = {"diverged_at_epoch": 1}
        write_replicate(tmp_path, "C", seed, summary=diverged, **columns)
    found = with_bad.of(parse(best("A")))
    assert (found.spread.origin, found.spread.freedom) == ("pooled", 5)


def test_a_run_with_a_diverged_replicate_has_its_own_spread(tmp_path: Path) -> None:
    """Of its replicates one is nothing like the others, which the pool says all are."""
    found = estimates(tmp_path, {"A": [0.71, 0.70, 0.10], **OTHERS})
    diverged = {"diverged_at_epoch": 1}
    write_replicate(tmp_path, "A", 2, summary=diverged, validation_accuracy=[0.1, 0.1])
    one = found.of(parse(best("A")))
    assert (one.spread.origin, one.spread.freedom, "diverged" in one.obstacle) == ("own", 2, True)
    assert judge(f"{best('A')} > {best('P1')}", found).verdict == "inconclusive"


def test_two_pools_add_as_welch_says_whichever_stands_first(tmp_path: Path) -> None:
    """Runs that score other images have another pool, with degrees of freedom of its own."""
    few = {"B": [0.52], "C": [0.6, 0.603], "P3": [0.45, 0.46], "P4": [0.33, 0.338]}
    found = estimates(tmp_path, {"A": [0.50], **OTHERS, **few})
    for run, values in few.items():
        for seed, value in enumerate(values):
            columns = {"validation_accuracy": [0.1, value]}
            write_replicate(tmp_path, run, seed, summary={"scored_images": 1_000}, **columns)
    one, other = (found.of(parse(best(run))) for run in "AB")
    assert (one.spread.freedom, other.spread.freedom) == (5, 3)
    sums = (f"{best('A')} - {best('B')}", f"{best('B')} - {best('A')}")
    first, second = (measure(parse(text), found) for text in sums)
    assert first.rule == second.rule
    assert (first.interval.low, first.above) == pytest.approx((-second.interval.high, second.below))
    squares = [one.standard_error**2, other.standard_error**2]
    freedom = sum(squares) ** 2 / (squares[0] ** 2 / 5 + squares[1] ** 2 / 3)
    assert f"{freedom:.3g} df" in first.rule


COUNTED = {
    "max(A.train_accuracy)": "train_images",
    "max(A.validation_accuracy)": "scored_images",
    "max(A.test_accuracy)": "test_images",
    "A.last_test_accuracy": "test_images",
    "A.selected_test_accuracy": "test_images",
}


@pytest.mark.parametrize("differs", ["train_images", "scored_images", "test_images"])
@pytest.mark.parametrize("term", COUNTED)
def test_runs_are_pooled_that_score_as_many_images_as_what_is_asked(
    tmp_path: Path, term: str, differs: str
) -> None:
    values = {"A": [0.5], **OTHERS, "P3": [0.45, 0.46, 0.455]}
    for run, accuracies in values.items():
        for seed, value in enumerate(accuracies):
            names = ("train_accuracy", "validation_accuracy", "test_accuracy")
            told = {"selected_test_accuracy": value, "last_test_accuracy": value}
            told |= {differs: 777} if run == "P3" else {}
            columns = {name: [0.1, value] for name in names}
            write_replicate(tmp_path, run, seed, summary=told, **columns)
    seeds = {run: list(range(len(accuracies))) for run, accuracies in values.items()}
    found = Estimates(Measurements(study(RUNS), tmp_path, seeds)).of(parse(term))
    assert found.spread.origin == "pooled"
    assert found.spread.freedom == (5 if COUNTED[term] == differs else 7)


def test_runs_on_another_data_set_are_not_pooled(tmp_path: Path) -> None:
    """CIFAR-100 has as many images as CIFAR-10."""
    values = {"A": [0.5], **OTHERS, "P3": [0.45, 0.46, 0.455]}
    estimates(tmp_path, values)
    other = {"P3": {"recipe": {**RUNS["P3"]["recipe"], "dataset": "cifar100"}}}
    seeds = {run: list(range(len(accuracies))) for run, accuracies in values.items()}
    for runs, freedom in ((RUNS, 7), (RUNS | other, 5)):
        found = Estimates(Measurements(study(runs), tmp_path, seeds)).of(parse(best("A")))
        assert (found.spread.origin, found.spread.freedom) == ("pooled", freedom)


def test_a_ratio_has_the_interval_of_fieller(tmp_path: Path) -> None:
    """Fieller (1954): where the numerator minus the ratio times the denominator is not 0."""
    both = {"A": [0.50, 0.51], "B": [0.60, 0.605]}
    found = measure(
        parse(f"{best('B')} / {best('A')} - 1.1"), estimates(tmp_path, {**both, **OTHERS})
    )
    deviation, freedom = pooled([*both.values(), *OTHERS.values()])
    x, y, variance = 0.6025, 0.505, deviation**2 / 2
    g = stats.t.ppf(0.975, freedom) ** 2 * variance
    root = math.sqrt((x * y) ** 2 - (x**2 - g) * (y**2 - g))
    low, high = ((x * y + sign * root) / (y**2 - g) - 1.1 for sign in (-1, 1))
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), abs=0.002)
    assert found.rule.startswith("4000 draws of pooled t means")


def test_the_same_draws_give_the_same_interval(tmp_path: Path) -> None:
    both = estimates(tmp_path, {"A": [0.5], "B": [0.6], **OTHERS})
    node = parse(f"{best('B')} / {best('A')} - 1.1")
    assert measure(node, both) == measure(node, both)


def test_what_is_inconclusive_says_how_many_seeds_would_decide(tmp_path: Path) -> None:
    """With so many seeds of each run and the same means and spread, it is decided."""
    few = {"A": [0.50, 0.51], "B": [0.51, 0.52]}
    found = judge(f"{best('B')} > {best('A')}", estimates(tmp_path / "few", {**few, **OTHERS}))
    needed = int(found.would_decide.removeprefix("about ").removesuffix(" seeds of each run"))
    deviation, freedom = pooled([*few.values(), *OTHERS.values()])
    ts = [
        0.01 / (deviation * math.sqrt(2 / seeds)) / stats.t.ppf(0.975, freedom + seeds - 2)
        for seeds in (needed - 1, needed)
    ]
    assert ts[0] < 1 <= ts[1]


def test_a_decided_claim_needs_no_more_seeds(tmp_path: Path) -> None:
    far = estimates(tmp_path, {"A": [0.5], "B": [0.7], **OTHERS})
    assert judge(f"{best('B')} > {best('A')}", far).would_decide is None


# Times


@pytest.mark.parametrize(
    ("tolerance", "text", "verdict"),
    [
        (None, "total(A.seconds) > 1", "not measured"),
        (0.5, "total(A.seconds) > 1", "reproduced"),
        (None, "total(A.seconds) > 1 and max(A.validation_accuracy) > 0.4", "not measured"),
        (None, "total(A.seconds) > 1 and max(A.validation_accuracy) > 0.9", "not reproduced"),
    ],
)
def test_times_decide_claims_only_where_the_study_has_a_tolerance_for_them(
    tmp_path: Path, tolerance: float | None, text: str, verdict: str
) -> None:
    for seed, value in enumerate([0.5, 0.51, 0.505]):
        columns = {"validation_accuracy": [0.1, value], "seconds": [3 + value, 4]}
        write_replicate(tmp_path, "A", seed, **columns)
    bars = {"accuracy": 0.02, "loss": 0.1, "time": tolerance, "reason": "R"}
    timed = Measurements(study(RUNS, tolerances=bars), tmp_path, {"A": [0, 1, 2]})
    found = judge(text, Estimates(timed))
    assert found.verdict == verdict
    assert ("not graded" in found.evidence) == (tolerance is None)


# Two one-sided tests


@pytest.mark.parametrize(
    ("margin", "verdict"), [(0.05, "reproduced"), (0.012, "inconclusive"), (0.0, "not reproduced")]
)
def test_about_the_same_takes_two_one_sided_tests(
    tmp_path: Path, margin: float, verdict: str
) -> None:
    both = {"A": [0.50, 0.51, 0.505], "B": [0.523, 0.524, 0.522]}
    text = f"abs({best('B')} - {best('A')}) <= {margin}"
    found = judge(text, estimates(tmp_path, {**both, **OTHERS}))
    assert found.verdict == verdict
    deviation, freedom = pooled([*both.values(), *OTHERS.values()])
    t = (margin - 0.018) / (deviation * math.sqrt(2 / 3))
    if verdict == "reproduced":
        assert found.p == pytest.approx(stats.t.sf(t, freedom))
        low = margin - 0.018 - stats.t.ppf(0.95, freedom) * (margin - 0.018) / t
        assert f"[{low:+.3g}, " in found.evidence and "] (90 %), pooled t" in found.evidence
