"""Predicates on a report's own numbers."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from tests.support.tiny_study import (
    TWO_VARIANTS,
    number,
    study,
    write_curves,
)

from regrade.grading.judge import judge_published
from regrade.grading.sources import PublishedSource
from regrade.studies.expressions import parse
from regrade.studies.rewriting import as_told
from regrade.studies.study import Study


def published(tmp_path: Path) -> tuple[Study, PublishedSource]:
    write_curves(tmp_path / "b.csv", validation_accuracy=["0.5000", "0.6000"])
    best = {"numbers": [number("max(validation_accuracy)", "0.7122")]}
    curve = {"curves": [{"file": "b.csv", "source": "Fig. 1"}]}
    runs = {"A": {"published": best}, "B": {"published": curve}, "C": TWO_VARIANTS}
    return study(runs), PublishedSource(study(runs), tmp_path)


@pytest.mark.parametrize(
    ("text", "verdict", "evidence"),
    [
        (
            "max(A.validation_accuracy) - max(B.validation_accuracy) >= 0.112",
            "holds",
            "max(A.validation_accuracy) - max(B.validation_accuracy) = 0.1122 >= 0.112: holds",
        ),
        (
            "max(A.validation_accuracy) - max(B.validation_accuracy) >= 0.1122",
            "undecided",
            "max(A.validation_accuracy) - max(B.validation_accuracy) = 0.1122 >= 0.1122:"
            " undecided by the digits, which allow 0.1121 to 0.1123 and 0.1122",
        ),
        (
            "max(A.validation_accuracy) < 0.7",
            "fails",
            "max(A.validation_accuracy) = 0.7122 < 0.7: fails",
        ),
        (
            "last(A.validation_accuracy) < 0.7",
            "not published",
            "not published: A.validation_accuracy",
        ),
        ("not log(10) == 2.5", "holds", "log(10) = 2.303 == 2.5: fails"),
    ],
)
def test_predicates_on_the_reports_own_numbers(
    tmp_path: Path, text: str, verdict: str, evidence: str
) -> None:
    found = judge_published(parse(text), published(tmp_path)[1])
    assert (found.verdict, found.evidence) == (verdict, evidence)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("spread(max(A.validation_accuracy)) < spread(max(B.validation_accuracy))", "undecided"),
        ("spread(max(A.validation_accuracy)) <= 0.0029", "undecided"),
        ("spread(max(A.validation_accuracy)) <= 0.0036", "holds"),
        ("[max(A.validation_accuracy), max(B.validation_accuracy)] == [0.912, 0.922]", "undecided"),
        ("[max(A.validation_accuracy), max(B.validation_accuracy)] != [0.912, 0.922]", "undecided"),
        ("[max(A.validation_accuracy), max(B.validation_accuracy)] == [0.912, 0.93]", "fails"),
        ("[max(A.validation_accuracy), max(B.validation_accuracy)] != [0.912, 0.93]", "holds"),
        ("at(C.learning_rate, 1) > at(C.learning_rate, 2)", "holds"),
        ("rank_correlation(C.train_loss) > 0.5", "undecided"),
    ],
)
def test_digits_of_spreads_lists_rates_and_trends(tmp_path: Path, text: str, verdict: str) -> None:
    write_curves(
        tmp_path / "c.csv", lr=["1e-1", "0.001"] * 5, train_loss=[1 + 0.01 * n for n in range(10)]
    )
    curve = {"file": "c.csv", "source": "Fig. 1", "reading_error": {"loss": 0.05}}
    best = {
        name: number("max(validation_accuracy)", printed, "percent", runs=3, spread=0.3)
        for name, printed in {"A": "91.2", "B": "92.2"}.items()
    }
    runs = {name: {"published": {"numbers": [one]}} for name, one in best.items()}
    found = study(runs | {"C": {"published": {"curves": [curve]}}})
    assert judge_published(parse(text), PublishedSource(found, tmp_path)).verdict == verdict


def test_what_is_published_can_decide_without_the_rest(tmp_path: Path) -> None:
    text = "max(A.validation_accuracy) > 0.9 and last(A.validation_accuracy) > 0.9"
    assert judge_published(parse(text), published(tmp_path)[1]).verdict == "fails"


def test_as_told_rewrites_bare_references_alone(tmp_path: Path) -> None:
    tiny = published(tmp_path)[0]
    node = parse("C.parameters + C.as_run.macs > max(A.train_loss)")
    assert ast.unparse(as_told(node, tiny)) == (
        "C.as_told.parameters + C.as_run.macs > max(A.train_loss)"
    )
