"""Replicates of this call are held against recorded ones of the same recipe."""

from __future__ import annotations

from pathlib import Path

import pytest
from scipy.stats import t
from tests.support.tiny_study import study, write_replicate

from regrade.evidence import Recorded
from regrade.grading.agreement import agreement_rows
from regrade.grading.measurements import Measurements


def row(
    folder: Path,
    ours: list[float],
    theirs: list[float],
    column: str = "validation_accuracy",
    accuracy: float = 0.02,
    **options: object,
) -> dict | None:
    """Compare accuracies of trained and recorded replicates, by seed."""
    results, records = folder / "results", folder / "records"
    for place, values, more in ((results, ours, options), (records, theirs, {})):
        for seed, value in enumerate(values):
            write_replicate(place, "A", seed, **{column: [value]}, **more)
    recorded = Recorded(str(records), {}, {"A": list(range(len(theirs)))})
    tolerances = {"accuracy": accuracy, "loss": 0.1, "time": None, "reason": "R"}
    told = study({"A": {}}, tolerances=tolerances)
    found = Measurements(told, results, {"A": list(range(len(ours)))}, recorded)
    rows = {one["quantity"]: one for one in agreement_rows(found)}
    return rows.get(f"last({column})")


def test_the_difference_of_the_means_has_students_interval(tmp_path: Path) -> None:
    found = row(tmp_path, [0.70, 0.72], [0.69, 0.73])
    # Pooled variance of (0.01, 0.01, 0.02, 0.02) about their means, with two degrees of freedom.
    half = t.ppf(0.975, 2) * ((2 * 0.01**2 + 2 * 0.02**2) / 2 * (1 / 2 + 1 / 2)) ** 0.5
    assert (found["low"], found["high"]) == pytest.approx((-half, half))
    assert found["verdict"] == "no difference found"


def test_that_no_difference_is_found_is_no_agreement(tmp_path: Path) -> None:
    """Nine points between one replicate and two."""
    found = row(tmp_path, [0.70], [0.60, 0.62])
    assert found["low"] < 0 < found["high"] and found["verdict"] == "no difference found"


def test_means_agree_that_are_shown_to_lie_within_the_tolerance(tmp_path: Path) -> None:
    """Two one-sided tests at 5 %: on either side of where their t is Student's quantile."""
    ours, theirs = [0.698, 0.700, 0.702, 0.704], [0.699, 0.701, 0.703, 0.697]
    error = (2 / 4 * (sum((x - 0.701) ** 2 for x in ours) + 0.00002) / 6) ** 0.5
    least = 0.001 + t.ppf(0.95, 6) * error
    for factor, verdict in ((1.01, "agrees"), (0.99, "no difference found")):
        found = row(tmp_path / verdict, ours, theirs, accuracy=factor * least)
        assert found["margin"] == pytest.approx(factor * least)
        assert found["verdict"] == verdict


def test_losses_agree_within_a_share_of_the_recorded_one(tmp_path: Path) -> None:
    found = row(tmp_path, [2.01, 2.02], [1.99, 2.0], column="validation_loss")
    assert found["margin"] == pytest.approx(0.1 * 1.995) and found["verdict"] == "agrees"


def test_far_apart_they_differ(tmp_path: Path) -> None:
    assert row(tmp_path, [0.70, 0.701], [0.60, 0.601])["verdict"] == "differs"


def test_the_same_seed_may_give_the_same_bits(tmp_path: Path) -> None:
    found = row(tmp_path, [0.7, 0.8], [0.7, 0.6, 0.65])
    assert (found["same_bits"], found["trained_replicates"], found["recorded_replicates"]) == (
        1, 2, 3,
    )  # fmt: skip


def test_one_of_each_leaves_it_open(tmp_path: Path) -> None:
    assert row(tmp_path, [0.7], [0.6])["verdict"] == "inconclusive"


@pytest.mark.parametrize(("ours", "theirs"), [([0.7] * 3, [0.6] * 2), ([0.7] * 2, [0.6])])
def test_samples_without_a_spread_of_their_own_leave_it_open(
    tmp_path: Path, ours: list[float], theirs: list[float]
) -> None:
    """Whatever float arithmetic makes of their means: 0.7 thrice has another than 0.7 twice."""
    found = row(tmp_path, ours, theirs)
    assert found["verdict"] == "inconclusive" and "low" not in found


@pytest.mark.parametrize("options", [{"scale": "preview"}, {"source": "synthetic"}])
def test_previews_and_synthetic_images_are_not_compared(tmp_path: Path, options: dict) -> None:
    assert row(tmp_path, [0.7, 0.71], [0.7, 0.71], **options) is None
