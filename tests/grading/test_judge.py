"""Verdicts follow from intervals, and preview replicates never lead to one."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from scipy.stats import ttest_rel
from tests.support.measured_runs import RUNS, judge, measure
from tests.support.tiny_study import (
    study,
    write_model,
)

from regrade.grading.comparisons import show
from regrade.grading.judge import Judgement
from regrade.grading.measurements import Measurements

# Three replicates


@pytest.mark.parametrize(
    ("bar", "verdict"),
    [("0.03", "reproduced"), ("0.052", "inconclusive"), ("0.08", "not reproduced")],
)
def test_the_interval_of_paired_margins_decides(tmp_path: Path, bar: str, verdict: str) -> None:
    measurements = measure(tmp_path, {"A": [0.66, 0.64, 0.65], "B": [0.71, 0.692, 0.704]})
    text = f"max(B.validation_accuracy) - max(A.validation_accuracy) >= {bar}"
    found = judge(text, measurements)
    assert (found.verdict, found.replicates, found.scale) == (verdict, 3, "full")


def test_evidence_shows_values_margin_and_interval(tmp_path: Path) -> None:
    measurements = measure(tmp_path, {"A": [0.66, 0.64, 0.65], "B": [0.71, 0.692, 0.704]})
    text = "max(B.validation_accuracy) - max(A.validation_accuracy) >= 0.03"
    assert judge(text, measurements).evidence == (
        "max(B.validation_accuracy) - max(A.validation_accuracy) = 0.052 >= 0.03: holds;"
        " margin +0.022 [+0.017, +0.027], paired t, 2 df, 3 seeds"
    )


def test_replicates_are_paired_by_seed(tmp_path: Path) -> None:
    """Run to run the accuracies scatter widely; seed by seed B is always 0.01 ahead."""
    measurements = measure(tmp_path, {"A": [0.5, 0.6, 0.7], "B": [0.511, 0.609, 0.71]})
    text = "max(B.validation_accuracy) > max(A.validation_accuracy)"
    assert judge(text, measurements).verdict == "reproduced"


def test_only_seeds_that_all_runs_share_count(tmp_path: Path) -> None:
    measurements = measure(tmp_path, {"A": [0.5, 0.51, 0.52], "B": [0.7, 0.712]})
    text = "max(B.validation_accuracy) > max(A.validation_accuracy)"
    found = judge(text, measurements)
    assert (found.verdict, found.replicates) == ("reproduced", 2)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("max(A.validation_accuracy) >= 0.5", "reproduced"),
        ("max(A.validation_accuracy) > 0.5", "not reproduced"),
        ("argmax(A.validation_accuracy) == 2", "reproduced"),
        ("argmax(A.validation_accuracy) != 2", "not reproduced"),
        ("0.4 < max(A.validation_accuracy) <= 0.5", "reproduced"),
    ],
)
def test_equal_replicates_are_decided_by_value(tmp_path: Path, text: str, verdict: str) -> None:
    assert judge(text, measure(tmp_path, {"A": [0.5, 0.5, 0.5]})).verdict == verdict


@pytest.mark.parametrize(
    "text",
    [
        "max(A.validation_accuracy) >= 0.4",
        "argmax(A.validation_accuracy) <= 2.5",
        "1.2 * argmax(A.validation_accuracy) <= 3",
        "abs(argmax(A.validation_accuracy) - argmax(B.validation_accuracy)) <= 1",
        "abs(argmax(B.validation_accuracy) - argmax(A.validation_accuracy)) <= 1",
    ],
)
def test_two_equal_replicates_are_no_certainty(tmp_path: Path, text: str) -> None:
    found = judge(text, measure(tmp_path, {"A": [0.5, 0.5], "B": [0.6, 0.6]}))
    assert found.verdict == "inconclusive", found


def test_two_replicates_of_which_one_is_infinite_decide_nothing(tmp_path: Path) -> None:
    measurements = measure(tmp_path, {"A": [0.1] * 2}, train_loss=[2.5, "nan"])
    found = judge("last(A.train_loss) > 2.2", measurements)
    assert (found.verdict, found.would_decide) == ("inconclusive", "about 3 seeds of each run")


def test_an_equality_has_no_p_value(tmp_path: Path) -> None:
    found = judge("argmax(A.validation_accuracy) == 2", measure(tmp_path, {"A": [0.5] * 3}))
    assert (found.verdict, found.p) == ("reproduced", None)


def test_replicates_without_a_seed_in_common_are_no_fault(tmp_path: Path) -> None:
    losses = [{"seed": seed, "initial_loss": 2.3} for seed in (7, 8)]
    measurements = measure(tmp_path, {"A": [0.5] * 3}, train_loss=[2, 1])
    write_model(tmp_path, "A", per_seed=losses)
    found = judge("A.initial_loss > last(A.train_loss)", measurements)
    assert (found.verdict, "no seed is common" in found.evidence) == ("not measured", True)


def test_an_equality_needs_all_replicates(tmp_path: Path) -> None:
    measurements = measure(tmp_path, {"A": [0.5, 0.5, 0.05]})
    found = judge("argmax(A.validation_accuracy) == 2", measurements)
    assert found.verdict == "inconclusive"
    assert "2 of 3 seeds" in found.evidence


def test_a_diverged_loss_is_above_every_bar(tmp_path: Path) -> None:
    measurements = measure(tmp_path, {"A": [0.1] * 3}, train_loss=[2.5, "nan"])
    found = judge("last(A.train_loss) > 2.2", measurements)
    assert (found.verdict, "= inf > 2.2" in found.evidence) == ("reproduced", True)


def test_the_paired_interval_is_that_of_scipy(tmp_path: Path) -> None:
    one, other = [0.66, 0.64, 0.65], [0.71, 0.692, 0.704]
    found = judge(
        "max(B.validation_accuracy) > max(A.validation_accuracy)",
        measure(tmp_path, {"A": one, "B": other}),
    )
    assert found.p == pytest.approx(ttest_rel(other, one).pvalue)


# One replicate


@pytest.mark.parametrize(
    "text",
    [
        "max(A.validation_accuracy) > 0.1",
        "last(A.train_loss) < 1.5",
        "argmax(A.validation_accuracy) > 1",
        "argmax(A.validation_accuracy) == 2",
        "last(A.train_loss) < first(A.train_loss)",
        "max(A.validation_accuracy) > 0.1 or last(A.train_loss) < 9",
    ],
)
def test_one_seed_alone_decides_nothing_that_is_trained(tmp_path: Path, text: str) -> None:
    """Neither the binomial error of its images nor the plain value stands in for a spread."""
    found = judge(text, measure(tmp_path, {"A": [0.5]}, train_loss=[2, 1]))
    assert (found.verdict, found.p) == ("inconclusive", None)


# Preview, missing, untrained


@pytest.mark.parametrize(
    "text",
    [
        "max(A.validation_accuracy) > 0.1",
        "max(A.validation_accuracy) < 0.1",
        "max(A.validation_accuracy) > 0.1 or A.parameters == 1",
        "A.parameters == 30730 and last(A.train_loss) < 9",
        "not last(A.train_loss) > 9",
        "argmax(A.validation_accuracy) == 2",
        "share_within(A.weights, 0.001) > 0.1",
    ],
)
def test_preview_gives_no_verdict_on_anything_trained(tmp_path: Path, text: str) -> None:
    measurements = measure(tmp_path, {"A": [0.5] * 3}, scale="preview", train_loss=[2, 1])
    found = judge(text, measurements)
    assert found == Judgement(
        "not measured", "only at preview scale (1.00% of the recipe): A", 3, "preview", "trained"
    )


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("max(A.validation_accuracy) > 0.1 or A.parameters == 30730", "reproduced"),
        ("A.parameters == 1 and last(A.train_loss) < 9", "not reproduced"),
    ],
)
def test_what_a_count_settles_needs_no_training(tmp_path: Path, text: str, verdict: str) -> None:
    measurements = measure(tmp_path, {"A": [0.5] * 3}, scale="preview", train_loss=[2, 1])
    found = judge(text, measurements)
    assert (found.verdict, found.replicates, found.scale, found.p) == (verdict, None, None, None)


def test_one_run_at_preview_scale_is_enough_for_no_verdict(tmp_path: Path) -> None:
    measure(tmp_path, {"A": [0.5]})
    measure(tmp_path, {"B": [0.9]}, scale="preview")
    measurements = Measurements(study(RUNS), tmp_path, {"A": [0], "B": [0]})
    text = "max(B.validation_accuracy) > max(A.validation_accuracy)"
    assert judge(text, measurements).verdict == "not measured"


def test_preview_replicates_beside_full_ones_are_left_out(tmp_path: Path) -> None:
    measure(tmp_path, {"A": [0.9, 0.9, 0.9]}, scale="preview")
    measure(tmp_path, {"A": [0.5, 0.51]})
    measurements = Measurements(study(RUNS), tmp_path, {"A": [0, 1, 2]})
    found = judge("max(A.validation_accuracy) < 0.6", measurements)
    assert (found.verdict, found.replicates, found.scale) == ("reproduced", 2, "full")


def test_a_run_without_replicates_is_not_measured(tmp_path: Path) -> None:
    found = judge("max(C.validation_accuracy) > 0", measure(tmp_path, {"A": [0.5]}))
    assert (found.verdict, found.evidence) == ("not measured", "there is no replicate of C")


def test_a_run_that_is_only_counted_is_not_measured(tmp_path: Path) -> None:
    measurements = Measurements(study({"A": {"measure_only": "no code"}}), tmp_path, {})
    found = judge("max(A.validation_accuracy) > 0", measurements)
    assert (found.verdict, found.evidence) == (
        "not measured",
        "A is counted, not trained: no code",
    )


def test_what_a_replicate_lacks_is_not_measured(tmp_path: Path) -> None:
    found = judge("last(A.test_loss) > 0", measure(tmp_path, {"A": [0.5]}))
    assert (found.verdict, found.evidence) == ("not measured", "not measured: A has no test_loss")


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("A.parameters == 30730", "reproduced"),
        ("A.parameters / A.macs < 1", "not reproduced"),
        ("A.feature_sizes == [32, 16]", "reproduced"),
        ("A.feature_sizes == [32]", "not reproduced"),
        ("separable_saving(3, 9) == 4.5", "reproduced"),
    ],
)
def test_counts_are_judged_without_training(tmp_path: Path, text: str, verdict: str) -> None:
    write_model(tmp_path, "A", feature_sizes=[32, 16])
    found = judge(text, Measurements(study(RUNS), tmp_path, {}))
    assert (found.verdict, found.replicates, found.scale) == (verdict, None, None)


def test_initial_values_have_the_interval_of_their_own_seeds(tmp_path: Path) -> None:
    losses = [{"seed": seed, "initial_loss": 2.3 + 0.001 * seed} for seed in range(3)]
    write_model(tmp_path, "A", per_seed=losses)
    measurements = Measurements(study(RUNS), tmp_path, {})
    assert judge("2.29 <= A.initial_loss <= 2.32", measurements).verdict == "reproduced"
    assert judge("A.initial_loss > 2.301", measurements).verdict == "inconclusive"
    assert judge("A.initial_loss > 2.4", measurements).replicates == 3


def test_values_before_training_on_made_up_images_decide_nothing(tmp_path: Path) -> None:
    measurements = measure(tmp_path, {"A": [0.66]})
    losses = [{"seed": seed, "initial_loss": 2.3 + 0.001 * seed} for seed in range(3)]
    write_model(tmp_path, "A", per_seed=losses, data_source="synthetic")
    found = judge("2.29 <= A.initial_loss <= 2.32", measurements)
    assert found.verdict == "not measured"
    assert found.evidence == "fed with synthetic images before training: A"


def test_a_network_that_was_not_fed_before_training_is_not_measured(tmp_path: Path) -> None:
    write_model(tmp_path, "A", per_seed=[])
    found = judge("A.initial_loss > 2", Measurements(study(RUNS), tmp_path, {}))
    assert (found.verdict, found.evidence) == ("not measured", "A was not fed before training")


# Logic


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("{yes} and {yes}", "reproduced"),
        ("{yes} and {maybe}", "inconclusive"),
        ("{no} and {maybe}", "not reproduced"),
        ("{yes} or {maybe}", "reproduced"),
        ("{no} or {maybe}", "inconclusive"),
        ("{no} or {no}", "not reproduced"),
        ("not {maybe}", "inconclusive"),
        ("not ({no} or {maybe} and {no})", "reproduced"),
        ("{missing} or {yes}", "reproduced"),
        ("{missing} and {no}", "not reproduced"),
        ("{missing} and {maybe}", "not measured"),
    ],
)
def test_predicates_follow_kleenes_logic(tmp_path: Path, text: str, verdict: str) -> None:
    parts = {
        "yes": "max(A.validation_accuracy) > 0.5",
        "no": "max(A.validation_accuracy) > 0.9",
        "maybe": "max(A.validation_accuracy) > 0.7",
        "missing": "last(A.test_loss) > 1",
    }
    measurements = measure(tmp_path, {"A": [0.69, 0.70, 0.71]})
    assert judge(text.format(**parts), measurements).verdict == verdict


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (82030.0, "82030"),
        (0.05160001, "0.0516"),
        (math.inf, "inf"),
        (((8, 3), (8,)), "[[8, 3], [8]]"),
    ],
)
def test_values_are_shown_shortly(value: float, text: str) -> None:
    assert show(value) == text
