"""An error rate is as good as the accuracy that it is one minus of."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.tiny_study import number, study, write_model, write_replicate

from regrade.grading.graded_study import GradedStudy
from regrade.grading.tables import aggregate
from regrade.report.quantities import describe, is_accuracy
from regrade.studies.expressions import ExpressionError, check, parse

BEST = "max(validation_accuracy)"
ACCURACIES = {"A": [0.70], "B": [0.60, 0.61], "C": [0.65, 0.662], "D": [0.5, 0.507]}
CLAIMS = {
    "c": {
        "sentence": "s",
        "source": "x",
        "predicate": "max(A.validation_accuracy) > max(B.validation_accuracy)",
    },
    "d": {
        "sentence": "s",
        "source": "x",
        "predicate": "1 - max(A.validation_accuracy) < 1 - max(B.validation_accuracy)",
    },
}


def tables(results: Path, *quantities: tuple[str, str]):
    runs = {
        name: {"recipe": {"optimizer": {"kind": "sgd", "learning_rate": 0.01 * place}}}
        for place, name in enumerate(ACCURACIES, 1)
    }
    for run, (quantity, printed) in zip("AB", quantities, strict=True):
        runs[run]["published"] = {"numbers": [number(quantity, printed, "percent")]}
    for run, values in ACCURACIES.items():
        write_model(results, run)
        for seed, value in enumerate(values):
            write_replicate(results, run, seed, validation_accuracy=[0.1, value])
    seeds = {run: list(range(len(values))) for run, values in ACCURACIES.items()}
    return aggregate(GradedStudy(study(runs, claims=CLAIMS), results, results, seeds))


@pytest.mark.parametrize("error", [f"1 - {BEST}", f"100 - {BEST}"])
def test_an_error_rate_has_the_interval_and_the_verdict_of_its_accuracy(tmp_path, error) -> None:
    one = tables(tmp_path / "one", (BEST, "68.0"), (BEST, "60.5"))
    other = tables(tmp_path / "other", (error, "32.0"), (error, "39.5"))
    for accuracy, rate in zip(
        one["numbers"].to_dict("records"), other["numbers"].to_dict("records"), strict=True
    ):
        assert rate["verdict"] == accuracy["verdict"]
        assert rate["spread_origin"] == accuracy["spread_origin"] == "pooled"
        assert rate["published"] == pytest.approx(1 - accuracy["published"])
        assert rate["measured"] == pytest.approx(1 - accuracy["measured"])
        assert rate["low"] == pytest.approx(1 - accuracy["high"])
        assert rate["high"] == pytest.approx(1 - accuracy["low"])
    for found in (one, other):
        assert found["claims"]["on_published"].tolist() == ["holds", "holds"]
    assert one["claims"]["on_measured"].tolist() == other["claims"]["on_measured"].tolist()


def test_an_error_rate_is_called_by_its_name_and_stands_for_its_run() -> None:
    assert describe("1 - max(test_accuracy)") == "lowest test error"
    assert describe("100 - last(validation_accuracy)") == "final validation error"
    assert is_accuracy("1 - max(test_accuracy)") and is_accuracy("100 - selected_test_accuracy")
    assert not is_accuracy("max(test_accuracy) - max(train_accuracy)")
    assert not is_accuracy("1 - max(test_loss)")


def test_percent_in_a_predicate_is_refused_with_the_fraction() -> None:
    with pytest.raises(ExpressionError, match=r"is '1 - max\(A\.test_accuracy\)'"):
        check(parse("100 - max(A.test_accuracy) < 40"), {"A": ()})
