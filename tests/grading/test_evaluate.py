"""Expressions have the values that one finds by hand, on the published and the measured side."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rv_histogram
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
from regrade.grading.functions import IMPLEMENTATIONS
from regrade.grading.measurements import Measurements
from regrade.grading.sources import MeasuredSource, PublishedSource
from regrade.grading.values import Histogram, NotAvailable, read_curves, read_histogram
from regrade.studies.expressions import Reference, parse
from regrade.studies.vocabulary import FUNCTIONS

NAN, INF = math.nan, math.inf


class Table:
    """A source of series and values that are given by name, whatever the run."""

    def __init__(self, **values: object) -> None:
        self.values = values

    def known(self, node: object) -> None:
        """Nothing."""

    def value(self, wanted: Reference) -> object:
        return self.values[wanted.name]


def series(*values: float) -> pd.Series:
    index = pd.RangeIndex(1, len(values) + 1)
    return pd.Series(values, index=index, dtype=float, name="train_loss")


def histogram(counts: list[int]) -> Histogram:
    edges = np.linspace(-0.002, 0.002, 5)
    return Histogram(edges, rv_histogram((np.array(counts, float), edges), density=False))


TABLE = Table(
    train_loss=series(4, 2, 3, 1),
    validation_loss=series(1, 3, 3, 0),
    test_loss=series(2, NAN, INF, 5),
    train_accuracy=series(0.1, 0.2, NAN, 0.4),
    validation_accuracy=series(0.5, 0.7, 0.7, 0.6),
    seconds=series(1, 2, 4, 7),
    selected_epoch=3,
    weights=histogram([1, 1, 1, 1]),
    parameter_shapes=((8, 3), (8,)),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("first(A.train_loss)", 4),
        ("last(A.train_loss)", 1),
        ("at(A.train_loss, 2)", 2),
        ("at(A.train_loss, argmin(A.train_loss))", 1),
        ("selected(A.train_loss)", 3),
        ("max(A.train_loss)", 4),
        ("max(1, 5, 3)", 5),
        ("min(A.train_accuracy)", 0.1),
        ("min(1, -5)", -5),
        ("argmax(A.validation_accuracy)", 2),
        ("argmin(A.validation_loss)", 4),
        ("max(A.test_loss)", INF),
        ("argmin(A.test_loss)", 1),
        ("mean(A.train_loss)", 2.5),
        ("mean(A.train_loss, 2, 3)", 2.5),
        ("mean(A.train_accuracy, 2, 4)", 0.3),
        ("std(A.train_loss, 1, 2)", math.sqrt(2)),
        ("slope(A.seconds, 1, 2)", 1),
        ("slope(A.train_accuracy, 1, 4)", 0.1),
        ("detrended_std(A.train_accuracy, 1, 4)", 0),
        ("detrended_std(A.seconds, 2, 4)", 0.5 * math.sqrt(2 / 3)),
        ("median_change(A.train_loss, 1, 4)", 2),
        ("median_change(A.train_loss, 2, 3)", 1),
        ("max(smooth(A.seconds, 3))", 13 / 3),
        ("argmax(smooth(A.seconds, 3))", 3),
        ("first(smooth(A.train_accuracy, 3))", 0.15),
        ("length(smooth(A.seconds, 2))", 3),
        ("last(smooth(A.test_loss, 2))", INF),
        ("rises(A.train_loss, 0.5, 1)", 1),
        ("rises(A.train_loss, 0.5, 3)", 0),
        ("rises(A.train_loss, 1, 1)", 0),
        ("epochs_to(A.validation_accuracy, 0.6)", 2),
        ("epochs_to(A.validation_accuracy, 0.9)", INF),
        ("length(A.train_accuracy)", 4),
        ("length([1, 2])", 2),
        ("share_below(A.train_loss, A.validation_loss)", 0.25),
        ("share_below(A.train_loss, A.validation_loss, 2, 3)", 0.5),
        ("rank_correlation(A.seconds)", 1),
        ("rank_correlation([1, 2, 3], [9, 8, 1])", -1),
        ("correlation([1, 2, 3], [2, 4, 6])", 1),
        ("share_within(A.weights, 0.001)", 0.5),
        ("ks_distance(A.weights, A.weights)", 0),
        ("standard_error(0.5, 100)", 0.05),
        ("separable_saving(3, 9)", 4.5),
        ("abs(-2)", 2),
        ("floor(2.9)", 2),
        ("log(1)", 0),
        ("sqrt(9) + 2 * 3 ** 2 / 6 - 1", 5),
    ],
)
def test_functions_have_the_values_found_by_hand(text: str, expected: float) -> None:
    assert evaluate(parse(text), TABLE) == pytest.approx(expected, abs=1e-12)


def test_ks_distance_is_the_largest_gap_of_the_distribution_functions() -> None:
    table = Table(weights=histogram([4, 0, 0, 0]), parameters=histogram([0, 0, 2, 2]))
    assert evaluate(parse("ks_distance(A.weights, A.parameters)"), table) == pytest.approx(1)


def test_lists_are_compared_as_tuples() -> None:
    assert evaluate(parse("[[8, 3], [8]]"), TABLE) == ((8, 3), (8,))
    assert evaluate(parse("A.parameter_shapes"), TABLE) == ((8, 3), (8,))


@pytest.mark.parametrize(
    "text",
    [
        "last(smooth(A.train_loss, 9))",
        "at(A.train_loss, 5)",
        "at(A.train_loss, 1.5)",
        "at(A.train_accuracy, 3)",
        "mean(A.train_loss, 3, 5)",
        "mean(A.train_loss, 0, 2)",
        "std(A.train_loss, 2, 2)",
        "slope(A.test_loss, 1, 4)",
        "rank_correlation([1, 1, 1], [1, 2, 3])",
        "correlation([1, 2], [1, 2, 3])",
        "1 / 0",
        "(-1) ** 0.5",
        "10 ** 400",
        "log(0)",
        "floor(epochs_to(A.validation_accuracy, 2))",
    ],
)
def test_what_is_undefined_is_not_available(text: str) -> None:
    with pytest.raises(NotAvailable):
        evaluate(parse(text), TABLE)


def test_every_function_of_the_vocabulary_is_implemented() -> None:
    assert set(IMPLEMENTATIONS) | {"selected", "spread"} == set(FUNCTIONS)


def test_an_empty_cell_is_missing_and_a_nan_loss_is_infinite(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    write_curves(path, first_epoch=0, train_loss=[1.0, "nan", None], lr=[0.1, 0.1, 0.01])
    frame = read_curves(path, first_epoch=0)
    assert list(frame.index) == [1, 2, 3]
    assert list(frame["train_loss"])[:2] == [1.0, INF]
    assert math.isnan(frame["train_loss"][3])
    assert frame["lr"][3] == 0.01


def test_an_epoch_without_a_row_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("epoch,train_loss\n1,3\n3,1\n")
    assert math.isnan(read_curves(path)["train_loss"][2])


@pytest.mark.parametrize("text", ["loss\n1\n", "epoch,train_loss\n1,abc\n", "epoch,lr\n0,1\n"])
def test_a_damaged_curve_is_the_users_to_mend(tmp_path: Path, text: str) -> None:
    path = tmp_path / "c.csv"
    path.write_text(text)
    with pytest.raises(UserError, match=r"c\.csv"):
        read_curves(path)


def test_weights_beyond_the_last_edge_still_count(tmp_path: Path) -> None:
    write_replicate(tmp_path, "A", 0, weights=[1, 1, 1, 1, 1, 3], train_loss=[1])
    weights = read_histogram(tmp_path / "runs" / "tiny" / "A" / "seed-0" / "weights.csv")
    assert evaluate(
        parse("share_within(A.weights, 0.001)"), Table(weights=weights)
    ) == pytest.approx(2 / 8)


# The published side


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


# The measured side


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
