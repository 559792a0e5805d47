"""Expressions have the values that one finds by hand."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rv_histogram
from tests.support.tiny_study import (
    write_curves,
    write_replicate,
)

from regrade.errors import UserError
from regrade.grading.evaluate import evaluate
from regrade.grading.functions import IMPLEMENTATIONS
from regrade.grading.values import Histogram, NotAvailable, read_curves, read_histogram
from regrade.studies.expressions import Reference, parse
from regrade.studies.functions import FUNCTIONS

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
        ("total(A.seconds)", 14),
        ("total(A.seconds, 2, 3)", 6),
        ("median(A.seconds)", 3),
        ("median(A.seconds, 1, 3)", 2),
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
        "total(A.train_accuracy)",
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
