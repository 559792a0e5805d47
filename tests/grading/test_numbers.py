"""A number is asked two questions: is it our mean, and could a single run give it."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest
from scipy import stats
from tests.support.graded_numbers import BEST, estimate, table
from tests.support.tiny_study import number

from regrade.grading.intervals import Interval
from regrade.grading.numbers import judge_number, verdict_of_number

BAR, PRINTED = Interval(0.68, 0.72), Interval(0.6995, 0.7005)


@pytest.mark.parametrize(
    ("mean", "deviation", "verdict"),
    [
        (0.70, 0.01, "reproduced"),
        (0.72, 0.01, "inconclusive"),
        (0.75, 0.01, "not reproduced"),
        (0.76, 0.03, "atypical"),
        (0.70, 0.05, "inconclusive"),
    ],
)
def test_the_two_questions_give_one_verdict(mean: float, deviation: float, verdict: str) -> None:
    """An average far from the bar, of a run that scatters widely, may still be the same run."""
    assert judge_number(estimate(mean, deviation), BAR, PRINTED).verdict == verdict


def test_an_interval_that_straddles_the_bar_is_never_a_refutation() -> None:
    """Not even where no single run is likely to give the value."""
    mean, single = Interval(0.71, 0.74), Interval(0.71, 0.74)
    assert verdict_of_number(mean, single, BAR, PRINTED) == "inconclusive"


def test_the_intervals_are_those_of_mean_and_single_run() -> None:
    found = judge_number(estimate(0.70, 0.01, seeds=4), BAR, PRINTED)
    t = stats.t.ppf(0.975, 30)
    assert found.interval.high - 0.70 == pytest.approx(t * 0.01 / 2)
    assert found.prediction.high - 0.70 == pytest.approx(t * 0.01 * math.sqrt(1.25))


def test_what_is_inconclusive_says_how_many_seeds_would_decide() -> None:
    found = judge_number(estimate(0.713, 0.01), BAR, PRINTED)
    assert found.verdict == "inconclusive"
    assert f"about {found.seeds_needed} seeds would decide" in found.reason
    more = judge_number(estimate(0.713, 0.01, seeds=found.seeds_needed), BAR, PRINTED)
    assert more.verdict == "reproduced"


def test_evidence_names_rule_and_degrees_of_freedom() -> None:
    found = judge_number(estimate(0.70, 0.01), BAR, PRINTED)
    assert found.reason == (
        "the interval of the mean lies within the bar (pooled spread 0.01, t with 30 df)"
    )


OTHERS = {"B": [0.60, 0.61], "C": [0.65, 0.662], "D": [0.5, 0.507]}


def test_the_table_carries_all_that_pages_show(tmp_path: Path) -> None:
    published = [number(BEST, "70.0", "percent", variant=None)]
    (found,) = table(tmp_path, published, {"A": [0.701], **OTHERS}).to_dict("records")
    assert (found["printed"], found["printed_unit"], found["names_variant"]) == (
        "70.0", "percent", False,
    )  # fmt: skip
    assert (found["bar_low"], found["bar_high"]) == pytest.approx((0.6795, 0.7205))
    assert (found["spread_origin"], found["freedom"], found["replicates"]) == ("pooled", 3, 1)
    half = found["high"] - found["measured"]
    assert half == pytest.approx(stats.t.ppf(0.975, 3) * found["spread"])
    assert found["prediction_high"] - found["measured"] == pytest.approx(half * math.sqrt(2))
    assert found["verdict"] == "inconclusive" and found["seeds_needed"] > 1


def test_a_run_that_says_how_it_scatters_itself_needs_no_pool(tmp_path: Path) -> None:
    alone = {"A": [0.70, 0.71, 0.705]}
    (found,) = table(tmp_path, [number(BEST, "0.705")], alone).to_dict("records")
    assert (found["spread_origin"], found["freedom"]) == ("own", 2)
    assert found["spread"] == pytest.approx(0.005)


@pytest.mark.parametrize(("epoch", "verdict"), [(None, "not measured"), (3, "reproduced")])
def test_epochs_are_graded_by_a_tolerance_of_their_own_or_not_at_all(
    tmp_path: Path, epoch: float | None, verdict: str
) -> None:
    tolerances = {"accuracy": 0.02, "loss": 0.1, "time": None, "epoch": epoch, "reason": "R"}
    published = [number(f"arg{BEST}", "1", "epoch")]
    values = {"A": [0.70, 0.71, 0.705]}
    found = table(tmp_path, published, values, tolerances=tolerances).iloc[0]
    assert (found.verdict, found.measured) == (verdict, 2)
    assert found.reason.startswith("not graded") == (epoch is None)
    assert pd.notna(found.low)
