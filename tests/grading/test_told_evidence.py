"""What the evidence of a verdict says is read back as it was written."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.measured_runs import judge, measure

from regrade.grading.told_evidence import Span, read
from regrade.studies.expressions import parse

BEST_A, BEST_B = "max(A.validation_accuracy)", "max(B.validation_accuracy)"
THREE = {"A": [0.66, 0.64, 0.65], "B": [0.71, 0.692, 0.704]}


def told(predicate: str, results: Path) -> list:
    return read(parse(predicate), judge(predicate, measure(results, THREE)).evidence)


def test_values_outcome_and_interval_come_back(tmp_path: Path) -> None:
    (one,) = told(f"{BEST_B} - {BEST_A} >= 0.03", tmp_path)
    assert (one.left, one.right, one.outcome, one.helps) == (0.052, 0.03, "holds", True)
    assert one.margin == Span(0.022, 0.017, 0.027, 95)


@pytest.mark.parametrize(
    ("predicate", "outcomes", "helps"),
    [
        (f"0.6 <= {BEST_A} <= 0.61", ["holds", "fails"], [True, False]),
        (f"{BEST_A} < 0.6 or {BEST_B} > 0.6", ["fails", "holds"], [False, True]),
        (f"not {BEST_A} > {BEST_B}", ["fails"], [True]),
        (f"abs({BEST_A} - 0.65) <= 0.01", ["undecided"], [None]),
    ],
)
def test_each_comparison_is_told_and_whether_it_helps(
    tmp_path: Path, predicate: str, outcomes: list, helps: list
) -> None:
    found = told(predicate, tmp_path)
    assert [one.outcome for one in found] == outcomes
    assert [one.helps for one in found] == helps


def test_two_one_sided_tests_keep_their_confidence(tmp_path: Path) -> None:
    (one,) = told(f"abs({BEST_A} - 0.65) <= 0.01", tmp_path)
    assert one.margin and one.margin.confidence == 90


def test_sides_that_are_cut_short_are_told_apart(tmp_path: Path) -> None:
    longer = f"min({BEST_A}, {BEST_B}, {BEST_A} + 0.0001)"
    first, second = told(f"{longer} < 0.7 and {BEST_B} > {longer}", tmp_path)
    assert (first.left, first.right) == (0.65, 0.7)
    assert (second.left, second.right) == (0.702, 0.65)


def test_what_has_no_value_is_left_out(tmp_path: Path) -> None:
    predicate = f"C.parameters == 5 and {BEST_A} > 0.6"
    (one,) = read(parse(predicate), f"not published: C.parameters · {BEST_A} = 0.66 > 0.6: holds")
    assert one.left == 0.66 and one.margin is None


def test_what_stands_on_both_sides_cancels(tmp_path: Path) -> None:
    (one,) = told(f"{BEST_A} + {BEST_B} > {BEST_A} + 0.6", tmp_path)
    assert one.outcome == "holds" and one.margin and one.margin.centre == 0.102
