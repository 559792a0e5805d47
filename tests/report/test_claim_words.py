"""Claims are told in sentences, with the values and the units of the graded tables."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.rendered import make
from tests.support.report_results import STUDY

from regrade.report import claim_words
from regrade.report.quantities import describe
from regrade.report.study_results import Row

BEST_A, BEST_B = "max(A.validation_accuracy)", "max(B.validation_accuracy)"


def row(predicate: str, **more: object) -> Row:
    empty = {"evidence_published": f"not published: {predicate}", "on_published": "not published"}
    return {"predicate": predicate, "replicates": 3, **empty, **more}


def plainly(text: str | None) -> str:
    return (text or "").replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{MINUS SIGN}", "-")


@pytest.mark.parametrize(
    ("predicate", "evidence", "verdict", "sentence"),
    [
        (
            f"{BEST_B} > {BEST_A}",
            f"{BEST_B} = 0.7 > {BEST_A} = 0.72: fails; margin -0.02 [-0.03, -0.01], own t, 3 seeds",
            "not reproduced",
            "the best validation accuracy of B is 70 %, not above that of A, 72 %"
            " (-2 points [-3, -1])",
        ),
        (
            f"{BEST_B} < {BEST_A}",
            f"{BEST_B} = 0.7 < {BEST_A} = 0.72: holds; margin +0.02 [+0.01, +0.03], own t, 3 seeds",
            "reproduced",
            "the best validation accuracy of B is 70 %, below that of A, 72 % (-2 points [-3, -1])",
        ),
        (
            f"{BEST_B} - {BEST_A} >= 0.03",
            f"{BEST_B} - {BEST_A} = 0.04 >= 0.03: undecided; margin +0.01 [-0.01, +0.03], own t",
            "inconclusive",
            "the best validation accuracy of B minus A is +4 points [2, 6],"
            " not clearly at least 3 points",
        ),
        (
            "A.largest_batch_norm_shift <= 0.05",
            "A.largest_batch_norm_shift = 0.85 <= 0.05: fails;"
            " margin -0.8 [-0.9, -0.7], own t, 2 df",
            "not reproduced",
            "the largest batch norm shift of A is 0.85 [0.75, 0.95], more than 0.05",
        ),
        (
            "1.7 <= B.parameters / A.parameters <= 2.5",
            "1.7 <= B.parameters / A.parameters = 5.5: holds"
            " · B.parameters / A.parameters = 5.5 <= 2.5: fails",
            "not reproduced",
            "the parameters of B over A are 5.5, more than 2.5",
        ),
        (
            f"abs({BEST_B} - {BEST_A}) <= 0.02",
            f"abs({BEST_B} - {BEST_A}) = 0.0512 <= 0.02: fails",
            "not reproduced",
            "the distance in best validation accuracy of B and A is 5.12 points,"
            " more than 2 points",
        ),
        (
            "last(A.train_loss) > 1.5 * last(B.train_loss)",
            "last(A.train_loss) = 0.5 > 1.5 * last(B.train_loss) = 0.6: fails",
            "not reproduced",
            "the final training loss of A is 0.5, not above 0.6, 1.5 × final training loss of B",
        ),
        (
            f"not {BEST_B} > {BEST_A}",
            f"{BEST_B} = 0.7 > {BEST_A} = 0.6: holds",
            "not reproduced",
            "the best validation accuracy of B is 70 %, above that of A, 60 %",
        ),
    ],
)
def test_a_comparison_is_a_sentence(
    predicate: str, evidence: str, verdict: str, sentence: str
) -> None:
    told = claim_words.in_measurements(row(predicate, evidence=evidence, on_measured=verdict))
    assert plainly(told) == sentence


def test_only_what_decides_is_told_and_the_rest_is_counted() -> None:
    runs = ("A", "B", "C", "D")
    predicate = " and ".join(f"{run}.parameters == 5" for run in (*runs, "E"))
    evidence = " · ".join(f"{run}.parameters = 4 == 5: fails" for run in runs)
    evidence += " · E.parameters = 5 == 5: holds"
    claim = row(predicate, evidence=evidence, on_measured="not reproduced", replicates=None)
    assert claim_words.measured(claim) == (
        "By our count, the parameters of A are 4, not 5; the parameters of B are 4, not 5;"
        " and 2 more comparisons of this kind."
    )


def test_both_sides_are_told_once_where_they_say_the_same() -> None:
    told = {"evidence": "A.steps_per_epoch = 195 == 196: fails", "replicates": None}
    claim = row("A.steps_per_epoch == 196", on_measured="not reproduced", **told)
    claim |= {"evidence_published": told["evidence"], "on_published": "fails"}
    assert claim_words.both(claim) == (
        "In the report and by our count, the steps an epoch of A are 195, not 196."
    )


def test_what_cannot_be_put_in_words_is_shown_as_it_stands() -> None:
    evidence = "spread(last(A.test_accuracy)) < 0.1: one seed has no spread: no interval"
    claim = row("spread(last(A.test_accuracy)) < 0.1", evidence=evidence)
    assert claim_words.measured(claim | {"on_measured": "inconclusive"}) == (
        f"Measured from 3 seeds, {evidence}."
    )
    missing = claim | {"on_measured": "not measured", "evidence": "there is no replicate of A"}
    assert claim_words.measured(missing) == "Not measured: there is no replicate of A."
    assert claim_words.published(missing).startswith("The report gives no numbers")


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        (f"max({BEST_A}, {BEST_B}, max(C.validation_accuracy))",
         "best validation accuracy of A, B and C"),
        (f"min({BEST_A}, {BEST_B})", "worst best validation accuracy of A and B"),
        ("max(last(A.train_loss), min(B.train_loss))",
         "the highest of final training loss of A and lowest training loss of B"),
        ("epochs_to(A.as_told.test_accuracy, 0.6)",
         "epoch in which the test accuracy reaches 60 % of A as told"),
        ("at(A.train_loss, argmin(A.test_loss))",
         "training loss at the epoch of the lowest test loss of A"),
        (f"{BEST_A} - 0.05", "best validation accuracy − 5 points of A"),
        ("(A.convolutions - 1) / 2", "(convolutions − 1) / 2 of A"),
        ("A.parameters - (B.parameters + 5)", "parameters of A − (parameters + 5 of B)"),
        ("max(A.test_loss, 2, 5)", "highest test loss, epochs 2 to 5 of A"),
    ],
)  # fmt: skip
def test_quantities_of_several_runs_are_described(expression: str, words: str) -> None:
    assert plainly(describe(expression)) == plainly(words)


def test_findings_are_told_whole_on_the_front_page_and_in_the_summary(tmp_path: Path) -> None:
    refuted = """\
  c4: {sentence: Decay hurts., source: text,
       predicate: max(B.validation_accuracy) < max(A.validation_accuracy)}
"""
    report = make(tmp_path, study=STUDY.replace("errata:", refuted + "errata:"))
    front = plainly((report / "index.html").read_text(encoding="utf-8"))
    told = "Measured from 2 seeds, the best validation accuracy of B is"
    summary = (report.parent / "exports" / "summary.md").read_text(encoding="utf-8")
    for text in (front, plainly(summary)):
        assert "Decay hurts." in text and told in text and "…" not in text
