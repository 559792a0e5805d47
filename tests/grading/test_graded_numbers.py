"""Published numbers against replicates: bars, tolerances, previews, digits of counts."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.tiny_study import (
    number,
    row,
    tables,
    write_model,
    write_replicate,
)

BEST = "max(validation_accuracy)"


@pytest.mark.parametrize(
    ("text", "rounding", "verdict"),
    [
        ("2.8", "rounded", "reproduced"),
        ("2.80", "rounded", "reproduced"),
        ("2.79", "truncated", "reproduced"),
        ("2.79", "rounded", "not reproduced"),
        ("2.8", "truncated", "not reproduced"),
        ("2.797610", "rounded", "reproduced"),
        ("2.797611", "rounded", "not reproduced"),
    ],
)
def test_counts_must_print_as_published(
    tmp_path: Path, text: str, rounding: str, verdict: str
) -> None:
    found = row(tmp_path, number("parameters", text, "million", rounding=rounding), [])
    assert (found.verdict, found.measured, found.published) == (verdict, 2797610, float(text) * 1e6)
    assert (found.rule, found.replicates, found.scale) == (
        f"prints as {text} ({rounding})",
        None,
        None,
    )


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ([0.70, 0.71, 0.705], "reproduced"),
        ([0.70, 0.71, 0.72], "inconclusive"),
        ([0.60, 0.61, 0.605], "not reproduced"),
        ([0.7222] * 3, "reproduced"),
        ([0.7224] * 3, "not reproduced"),
    ],
)
def test_three_replicates_against_the_bar(tmp_path: Path, values: list, verdict: str) -> None:
    """The bar reaches from 0.6822 to 0.7223: truncated after four digits, tolerance 0.02."""
    found = row(tmp_path, number(BEST, "0.7022", rounding="truncated"), values)
    assert found.verdict == verdict
    assert (found.replicates, found.scale, found.share) == (len(values), "full", 1.0)
    assert found.low <= found.measured <= found.high


def test_the_bar_takes_precision_and_tolerance(tmp_path: Path) -> None:
    found = row(tmp_path, number(BEST, "70", "percent"), [0.7])
    assert found.rule == "between 0.675 and 0.725: rounded, tolerance 0.02"
    assert (found.published, found.precision, found.unit) == (0.7, 0.005, "fraction")


@pytest.mark.parametrize(
    ("quantity", "unit", "rule"),
    [
        ("last(train_loss)", "nats", "between 0.85 and 1.15: rounded, tolerance 10.00%"),
        ("mean(seconds)", "seconds", "between 0.45 and 1.55: rounded, tolerance 50.00%"),
        ("argmin(train_loss)", "epoch", "between 0.95 and 1.05: rounded, tolerance none"),
        ("initial_loss", "nats", "between 0.85 and 1.15: rounded, tolerance 10.00%"),
        ("initial_l1_norm", "count", "between 0.85 and 1.15: rounded, tolerance 10.00%"),
    ],
)
def test_tolerances_by_kind(tmp_path: Path, quantity: str, unit: str, rule: str) -> None:
    assert row(tmp_path, number(quantity, "1.0", unit), [1.0, 1.1]).rule == rule


@pytest.mark.parametrize(
    ("quantity", "unit"),
    [
        (BEST, "fraction"),
        ("last(train_loss)", "nats"),
        ("last(validation_accuracy) - first(validation_accuracy)", "fraction"),
        ("std(validation_accuracy, 1, 2)", "fraction"),
    ],
)
def test_one_replicate_alone_has_no_interval(tmp_path: Path, quantity: str, unit: str) -> None:
    """The binomial error of scored images says nothing of the spread over seeds."""
    found = row(tmp_path, number(quantity, "0.7", unit), [0.7])
    assert (found.verdict, found.seeds_needed) == ("inconclusive", 2)
    assert found.reason.startswith("one replicate gives no interval")
    assert (found.low, found.prediction_low, found.spread) == (None, None, None)
    assert found.measured is not None


@pytest.mark.parametrize("quantity", [BEST, "last(train_loss)", "selected_epoch", "mean(seconds)"])
@pytest.mark.parametrize("count", [1, 3])
def test_preview_gives_no_verdict_on_trained_numbers(
    tmp_path: Path, quantity: str, count: int
) -> None:
    found = row(tmp_path, number(quantity, "0.7"), [0.7] * count, scale="preview")
    assert (found.verdict, found.scale, found.share) == ("not measured", "preview", 0.01)
    assert "preview" in found.reason
    assert found.low is None


def test_preview_grades_what_needs_no_training(tmp_path: Path) -> None:
    found = row(tmp_path, number("initial_loss", "2.31", "nats"), [0.7], scale="preview")
    assert (found.verdict, found.replicates, found.scale) == ("reproduced", 3, None)


def test_a_number_without_replicates_is_not_measured(tmp_path: Path) -> None:
    found = row(tmp_path, number(BEST, "0.7"), [])
    assert (found.verdict, found.reason) == ("not measured", "there is no replicate of A")


@pytest.mark.parametrize("count", [1, 3])
def test_times_without_a_tolerance_are_shown_and_not_graded(tmp_path: Path, count: int) -> None:
    """More seeds would settle what is inconclusive, but not the time on another machine."""
    published = {"A": {"published": {"numbers": [number("mean(seconds)", "7", "seconds")]}}}
    write_model(tmp_path, "A", parameters=1, per_seed=[])
    for seed in range(count):
        write_replicate(tmp_path, "A", seed, validation_accuracy=[0.1, 0.2], seconds=[1, 2])
    bars = {"accuracy": 0.02, "loss": 0.1, "time": None, "reason": "another machine"}
    seeds = {"A": list(range(count))}
    (found,) = tables(tmp_path, published, seeds, tolerances=bars)["numbers"].itertuples()
    assert (found.verdict, found.measured) == ("not measured", 1.5)
    assert found.reason.startswith("not graded")


def test_a_diverged_loss_does_not_reproduce_a_finite_one(tmp_path: Path) -> None:
    found = row(tmp_path, number("last(train_loss)", "0.7", "nats"), ["nan"] * 3)
    assert found.verdict == "not reproduced"
