"""What predicates are evaluated on: the published side and the measured side."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.tiny_study import (
    TWO_VARIANTS,
    number,
    study,
    write_curves,
    write_model,
    write_replicate,
)

from regrade.errors import UserError
from regrade.grading.evaluate import evaluate
from regrade.grading.measurements import Measurements
from regrade.grading.sources import MeasuredSource, PublishedSource
from regrade.grading.values import NotAvailable
from regrade.studies.expressions import parse


def published(tmp_path: Path, **run: object) -> PublishedSource:
    return PublishedSource(study({"A": run}), tmp_path)


def test_a_printed_number_goes_before_its_curve(tmp_path: Path) -> None:
    write_curves(tmp_path / "a.csv", validation_accuracy=[0.5, 0.7, 0.6])
    source = published(
        tmp_path,
        published={
            "numbers": [
                number("max(validation_accuracy)", "70.22", "percent"),
                number("last(validation_accuracy)", "0.1", role="repeat"),
                number("first(validation_accuracy)", "0.2", role="peer"),
            ],
            "curves": [{"file": "a.csv", "source": "Fig. 1"}],
        },
    )
    assert evaluate(parse("max(A.validation_accuracy) + 1"), source) == pytest.approx(1.7022)
    assert evaluate(parse("last(A.validation_accuracy)"), source) == 0.6
    assert evaluate(parse("first(A.validation_accuracy)"), source) == 0.5


def test_only_primary_curves_count_and_epochs_start_at_1(tmp_path: Path) -> None:
    write_curves(tmp_path / "a.csv", first_epoch=0, train_loss=[3, 1, 2])
    write_curves(tmp_path / "b.csv", validation_loss=[3, 1, 2])
    curves = [
        {"file": "a.csv", "source": "Fig. 1", "first_epoch": 0},
        {"file": "b.csv", "source": "log", "role": "repeat"},
    ]
    numbers = [number("selected_epoch", "1", "epoch")]
    source = published(tmp_path, published={"curves": curves, "numbers": numbers})
    assert evaluate(parse("argmin(A.train_loss)"), source) == 2
    assert evaluate(parse("A.selected_epoch"), source) == 2
    assert evaluate(parse("selected(A.train_loss)"), source) == 1
    with pytest.raises(NotAvailable, match=r"not published: A\.validation_loss"):
        evaluate(parse("min(A.validation_loss)"), source)


def test_selected_needs_a_published_epoch(tmp_path: Path) -> None:
    write_curves(tmp_path / "a.csv", train_loss=[3, 1, 2])
    source = published(tmp_path, published={"curves": [{"file": "a.csv", "source": "Fig. 1"}]})
    with pytest.raises(NotAvailable, match=r"A\.selected_epoch"):
        evaluate(parse("selected(A.train_loss)"), source)


def test_the_last_epoch_counts_even_where_its_cell_is_empty(tmp_path: Path) -> None:
    write_curves(tmp_path / "a.csv", train_loss=[3, 1, None])
    source = published(tmp_path, published={"curves": [{"file": "a.csv", "source": "Fig. 1"}]})
    assert evaluate(parse("min(A.train_loss)"), source) == 1
    with pytest.raises(NotAvailable):
        evaluate(parse("last(A.train_loss)"), source)


def test_published_counts_are_those_of_the_report_alone(tmp_path: Path) -> None:
    source = published(tmp_path, published={"numbers": [number("macs", "0.55", "billion")]})
    assert evaluate(parse("A.macs"), source) == 5.5e8
    with pytest.raises(NotAvailable, match=r"not published: A\.parameters"):
        evaluate(parse("A.parameters"), source)


def test_numbers_belong_to_the_default_reading_unless_they_name_a_variant(tmp_path: Path) -> None:
    write_curves(tmp_path / "a.csv", train_loss=[3, 1, 2])
    numbers = [
        number("max(validation_accuracy)", "0.5"),
        number("max(validation_accuracy)", "0.9", variant="as-told"),
    ]
    curves = [{"file": "a.csv", "source": "Fig. 1"}]
    source = published(tmp_path, **TWO_VARIANTS, published={"numbers": numbers, "curves": curves})
    assert evaluate(parse("max(A.validation_accuracy)"), source) == 0.5
    assert evaluate(parse("max(A.as_run.validation_accuracy)"), source) == 0.5
    assert evaluate(parse("max(A.as_told.validation_accuracy)"), source) == 0.9
    assert evaluate(parse("min(A.as_run.train_loss)"), source) == 1
    with pytest.raises(NotAvailable, match=r"A\.as_told\.train_loss"):
        evaluate(parse("min(A.as_told.train_loss)"), source)


def test_a_replicate_gives_curves_summary_weights_and_model(tmp_path: Path) -> None:
    write_replicate(
        tmp_path, "A", 7,
        summary={"selected_test_accuracy": 0.61},
        lr=[0.1, 0.1, 0.01], validation_accuracy=[0.5, 0.7, 0.6],
    )  # fmt: skip
    write_model(
        tmp_path,
        "A",
        per_seed=[{"seed": 7, "initial_loss": 2.31}],
        outputs=10,
        parameter_shapes=[["1.weight", [10, 3072]], ["1.bias", [10]]],
    )
    measured = MeasuredSource(Measurements(study({"A": {}}), tmp_path, {"A": [7]}), 7)
    values = {
        "last(A.learning_rate)": 0.01,
        "selected(A.validation_accuracy)": 0.7,
        "A.selected_test_accuracy": 0.61,
        "A.initial_loss": 2.31,
        "A.outputs": 10,
        "share_within(A.weights, 0.001)": 0.5,
    }
    for text, expected in values.items():
        assert evaluate(parse(text), measured) == pytest.approx(expected), text
    assert evaluate(parse("A.parameter_shapes"), measured) == ((10, 3072), (10,))
    for text in ("A.selected_test_loss", "last(A.test_loss)", "A.flattened_features"):
        with pytest.raises(NotAvailable, match="not measured: A has no"):
            evaluate(parse(text), measured)


def test_a_run_that_repeats_a_recipe_reads_the_trained_run(tmp_path: Path) -> None:
    write_replicate(tmp_path, "A", 0, train_loss=[2, 1])
    write_model(tmp_path, "A")
    measured = MeasuredSource(Measurements(study({"A": {}, "B": {}}), tmp_path, {"A": [0]}), 0)
    assert evaluate(parse("last(B.train_loss)"), measured) == 1
    assert evaluate(parse("B.parameters"), measured) == 30_730


def test_bare_names_are_the_default_reading(tmp_path: Path) -> None:
    write_replicate(tmp_path, "A-as-told", 0, train_loss=[9])
    write_replicate(tmp_path, "A-as-run", 0, train_loss=[1])
    tiny = study({"A": TWO_VARIANTS})
    measurements = Measurements(tiny, tmp_path, {"A-as-told": [0], "A-as-run": [0]})
    measured = MeasuredSource(measurements, 0)
    assert evaluate(parse("last(A.train_loss)"), measured) == 1
    assert evaluate(parse("last(A.as_told.train_loss)"), measured) == 9


def test_a_missing_file_of_a_replicate_is_the_users_to_mend(tmp_path: Path) -> None:
    measured = MeasuredSource(Measurements(study({"A": {}}), tmp_path, {"A": [0]}), 0)
    with pytest.raises(UserError, match=r"history\.csv"):
        evaluate(parse("last(A.train_loss)"), measured)
