"""What a schema cannot say of numbers, claims, displays and curves: references, kinds, files."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.mistakes import mistakes

from regrade.studies.load import load_study

STUDIES = Path(__file__).parents[2] / "studies"
PREDICATE = "predicate: max(A2.validation_accuracy) > max(A1.validation_accuracy)"


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        (
            ('printed: "0.61"', "printed: 0.61"),
            "runs.A1.published.numbers[0].printed",
            "found 0.61: text belongs here; numbers as text stand in quotes",
        ),
        (
            ("unit: fraction", "unit: fraction, uncertainty: 0.1"),
            "runs.A1.published.numbers[0]",
            "`uncertainty` belongs to digitised numbers",
        ),
        (
            ("unit: fraction", "unit: fraction, rounding: digitised"),
            "runs.A1.published.numbers[0]",
            "`uncertainty` belongs to digitised numbers",
        ),
        (
            ("unit: fraction", "unit: fraction, spread: 0.1"),
            "runs.A1.published.numbers[0].spread",
            "it is over so many `runs`: give their number",
        ),
        (
            ("unit: fraction", "unit: fraction, runs: 3, best_of: 3"),
            "runs.A1.published.numbers[0].best_of",
            "a mean over `runs` or the best, not both",
        ),
        (
            ("unit: fraction", "unit: fraction, runs: 1"),
            "runs.A1.published.numbers[0].runs",
            "found 1",
        ),
        (
            ("unit: fraction", "unit: fraction, variant: as-told"),
            "runs.A1.published.numbers[0].variant",
            "run A1 has no variant 'as-told'",
        ),
        (
            ("quantity: max(validation_accuracy)", "quantity: validation_accuracy"),
            "runs.A1.published.numbers[0].quantity",
            "'validation_accuracy' is a series; a number belongs here",
        ),
        (
            ("      numbers:", "      curves: [{file: a/b.csv, source: s}]\n      numbers:"),
            "runs.A1.published.curves[0].file",
            "curves/a/b.csv",
        ),
        (
            ("runs: [A1]", "runs: [A1, A2]"),
            "displays.figure.runs",
            "found 2 items: at most 1 belongs here",
        ),
        (
            ("kind: loss_and_accuracy, ", "kind: bars, quantity: macz, "),
            "displays.figure.quantity",
            "did you mean 'macs'?",
        ),
        (
            ("kind: loss_and_accuracy, ", "kind: table, quantities: [macs, macz], "),
            "displays.figure.quantities[1]",
            "did you mean 'macs'?",
        ),
        (
            ("kind: loss_and_accuracy, ", "kind: panels, panels: [train_los], "),
            "displays.figure.panels[0]",
            "found 'train_los'; did you mean 'train_loss'?",
        ),
        ((PREDICATE, "note: n"), "claims.better", "either a predicate or `untestable`"),
        ((PREDICATE, PREDICATE + "\n    untestable: u"), "claims.better", "either a predicate or"),
        (
            (PREDICATE, "predicate: max(A1.train_loss)"),
            "claims.better.predicate",
            "is a number; a truth belongs here",
        ),
        (
            (PREDICATE, "predicate: A1.as_run.macs > 1"),
            "claims.better.predicate",
            "run 'A1' has no variant 'as-run'",
        ),
        (
            (
                "claims:\n",
                "errata: {e: {sentence: s, evidence: e, source: s, runs: [B]}}\nclaims:\n",
            ),
            "errata.e.runs[0]",
            "unknown run 'B'",
        ),
        (
            ("runs:\n  A1:", "runs:\n  A 1:"),
            "runs.A 1",
            "found 'A 1'; allowed: a letter, then letters, digits",
        ),
        (("as-told: {stop", "told: {stop"), "runs.A2.variants.told", "allowed: as-told, as-run"),
    ],
)
def test_a_mistake_is_told_with_what_would_be_right(write_study, change, place, words) -> None:
    path = write_study(change)
    told = [line for line in mistakes(path) if f": {place}: " in line]
    assert len(told) == 1
    assert words in told[0]


@pytest.mark.parametrize(
    ("curve", "words"),
    [
        ("epoch,train_loss\n0,2.1\n1,1.9\n", "its epochs count from 0, but first_epoch is 1"),
        ("epoche,train_loss\n1,2.1\n", "unknown column 'epoche'; did you mean 'epoch'?"),
        ("train_loss\n2.1\n", "a column `epoch` of whole numbers belongs in it"),
        ("epoch,train_loss\n1.5,2.1\n", "a column `epoch` of whole numbers belongs in it"),
        ("", "a header and a row an epoch belong in it"),
    ],
)
def test_epochs_of_curves_are_checked_before_anything_is_trained(
    write_study, tmp_path, curve, words
) -> None:
    (tmp_path / "curves").mkdir()
    (tmp_path / "curves" / "a.csv").write_text(curve)
    change = ("      numbers:", "      curves: [{file: a.csv, source: s}]\n      numbers:")
    (told,) = mistakes(write_study(change))
    assert "runs.A1.published.curves[0].file" in told
    assert words in told


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            (PREDICATE, "predicate: max(A2.test_accuracy) > max(A1.validation_accuracy)"),
            "claims.better.predicate: A2-as-run has no test_accuracy: its recipe scores another set"
            " after every epoch (`evaluate: validation`)",
        ),
        (
            (PREDICATE, "predicate: A2.last_test_accuracy > 0.5"),
            "A2-as-run has no last_test_accuracy: its recipe does not test after training",
        ),
    ],
)
def test_what_no_replicate_could_give_is_refused(write_study, change, words) -> None:
    (told,) = mistakes(write_study(change))
    assert words in told


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            ("quantity: max(validation_accuracy)", 'quantity: "at(validation_accuracy, 4)"'),
            "runs.A1.published.numbers[0].quantity: 'at(A1.validation_accuracy, 4)': the recipe has"
            " epochs 1 to 3",
        ),
        (
            ("quantity: max(validation_accuracy)", 'quantity: "at(validation_accuracy, 0)"'),
            "epochs 1 to 3",
        ),
        ((PREDICATE, "predicate: mean(A1.train_loss, 4, 9) < 1"), "epochs 1 to 3"),
        ((PREDICATE, "predicate: mean(A1.train_loss, 1, 2000) < 1"), "epochs 1 to 3"),
        ((PREDICATE, "predicate: A1.parameters > 1.2"), "counts are whole: 1.2 million is 1.2e6"),
        ((PREDICATE, "predicate: at(A2.as_told.train_loss, 5) < 1"), "epochs 1 to 4"),
    ],
)
def test_an_epoch_that_the_recipe_never_reaches_is_refused(write_study, change, words) -> None:
    (told,) = mistakes(write_study(change))
    assert words in told


def test_a_span_may_reach_the_last_epoch(write_study) -> None:
    """Where early stopping leaves fewer, it stands for those that there are."""
    load_study(write_study((PREDICATE, "predicate: mean(A2.train_loss, 2, 5) < 1")))


def test_a_curve_that_is_longer_than_its_recipe_is_refused(write_study, tmp_path) -> None:
    (tmp_path / "curves").mkdir()
    rows = "".join(f"{epoch},2.1\n" for epoch in range(1, 5))
    (tmp_path / "curves" / "a.csv").write_text(f"epoch,train_loss\n{rows}")
    old, new = "      numbers:", "      curves: [{file: a.csv, source: s}]\n      numbers:"
    (told,) = mistakes(write_study((old, new)))
    assert "it has 4 epochs, but the recipe ends after 3" in told
    load_study(write_study((old, new.replace("source: s", "source: s, role: repeat"))))
