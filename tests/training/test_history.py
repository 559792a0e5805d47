"""What is read off a history: its file, the best and selected epochs, the end of training."""

from __future__ import annotations

import csv
import io

import pytest
from tests.support.recipes import as_trainer_sees, make_recipe

from regrade.studies.execution import Budget
from regrade.training import history
from regrade.training.stop_rules import is_finished

NAN = float("nan")


def make_rows(column: str, values: list[float]) -> list[history.Epoch]:
    return [
        {"epoch": epoch, "train_loss": 1.0, column: value} for epoch, value in enumerate(values, 1)
    ]


@pytest.mark.parametrize(
    ("kind", "column", "values", "epoch"),
    [
        ("last_epoch", "validation_accuracy", [0.5, 0.9, 0.1], 3),
        ("best_validation_accuracy", "validation_accuracy", [0.5, 0.9, 0.9, 0.1], 2),
        ("lowest_validation_loss", "validation_loss", [2.0, 1.0, 0.5, 0.5, 1.0], 3),
        ("best_test_accuracy", "test_accuracy", [0.9, 0.5, 0.9], 1),
        ("best_validation_accuracy", "validation_accuracy", [0.5, NAN, 0.9], 3),
        ("lowest_validation_loss", "validation_loss", [NAN, 2.0, float("inf")], 2),
        ("lowest_validation_loss", "validation_loss", [NAN, NAN], 2),
    ],
)
def test_a_selection_takes_the_first_of_the_best(kind, column, values, epoch) -> None:
    assert history.selected_epoch(make_rows(column, values), {"kind": kind, "floor": 0.0}) == epoch


@pytest.mark.parametrize(
    ("values", "epoch"), [([0.5, 0.8, 0.6], 3), ([0.5, 0.81, 0.6], 2), ([0.9, 0.5], 1)]
)
def test_a_selection_must_exceed_its_floor(values, epoch) -> None:
    rows = make_rows("test_accuracy", values)
    assert history.selected_epoch(rows, {"kind": "best_test_accuracy", "floor": 0.8}) == epoch


def test_a_floor_of_accuracies_does_not_bind_losses() -> None:
    rows = make_rows("validation_loss", [3.0, 0.1, 2.0])
    assert history.selected_epoch(rows, {"kind": "lowest_validation_loss", "floor": 0.8}) == 2


def test_an_extreme_of_nothing_finite_is_empty() -> None:
    assert history.extreme(make_rows("test_loss", [NAN, NAN]), "test_loss", largest=False) == {}


@pytest.mark.parametrize(
    ("of", "mode", "values", "epoch"),
    [
        ("train_loss", None, [2.0, 0.5, 0.5, 1.0], 2),
        ("train_accuracy", None, [0.1, 0.9, NAN, 0.9], 2),
        ("test_accuracy", "min", [0.5, 0.9, 0.1], 3),
        ("validation_loss", "max", [0.5, 0.9, 0.1], 2),
    ],
)
def test_the_best_is_chosen_by_anything_measured(of, mode, values, epoch) -> None:
    selection = {"kind": "best", "of": of, "mode": mode}
    assert history.selected_epoch(make_rows(of, values), selection) == epoch


def test_divergence_is_the_first_epoch_whose_loss_is_not_finite() -> None:
    assert history.diverged_at(make_rows("train_loss", [2.0, 1.0])) is None
    assert history.diverged_at(make_rows("train_loss", [2.0, NAN, 1.0])) == 2
    assert history.diverged_at(make_rows("train_loss", [float("inf")])) == 1


def test_a_history_keeps_every_digit_and_leaves_empty_what_is_not_measured() -> None:
    row = {
        "epoch": 1,
        "learning_rate": 0.1,
        "train_loss": 1 / 3,
        "train_accuracy": NAN,
        "seconds": 2.5,
    }
    text = history.to_csv([row])
    (found,) = csv.DictReader(io.StringIO(text))
    assert list(found) == list(history.COLUMNS.values())
    assert found["lr"] == "0.1", "files keep the short name of the learning rate"
    assert float(found["train_loss"]) == 1 / 3
    assert found["train_accuracy"] == "nan"
    assert found["test_loss"] == found["validation_accuracy"] == ""
    assert "\r" not in text


def finished(stop: dict, rows: list[history.Epoch], epochs: int | None = None) -> bool:
    recipe = as_trainer_sees(
        make_recipe(stop=stop, evaluate="test", selection={"kind": "last_epoch"})
    )
    longest = epochs or stop.get("at_most") or stop["epochs"]
    return is_finished(recipe, Budget("full", longest, 500, 200, 200, 1.0), rows)


def accuracies(*pairs: tuple[float, float]) -> list[history.Epoch]:
    return [
        {"epoch": n, "train_loss": 1.0, "train_accuracy": train, "test_accuracy": test}
        for n, (train, test) in enumerate(pairs, 1)
    ]


def test_training_ends_after_the_recipes_epochs() -> None:
    assert not finished({"epochs": 2}, [])
    assert not finished({"epochs": 2}, accuracies((0.1, 0.9)))
    assert finished({"epochs": 2}, accuracies((0.1, 0.9), (0.1, 0.9)))


def test_training_ends_with_its_budget() -> None:
    assert finished({"epochs": 9}, accuracies((0.1, 0.9)), epochs=1)


def test_training_ends_when_it_diverges() -> None:
    assert finished({"epochs": 9}, make_rows("train_loss", [NAN]))


BELOW_TEST = [{"kind": "train_accuracy_below_test_accuracy"}]


@pytest.mark.parametrize(
    ("last", "ends"), [((0.5, 0.6), False), ((0.6, 0.6), True), ((0.7, 0.6), True)]
)
def test_training_goes_on_while_it_is_below_the_test_accuracy(last, ends) -> None:
    stop = {"epochs": 2, "then_while": BELOW_TEST, "at_most": 9}
    assert finished(stop, accuracies((0.1, 0.9), last)) is ends
    assert not finished(stop, accuracies(last)), "the recipe's epochs come first"


@pytest.mark.parametrize(("of", "ends"), [("current", False), ("best", True)])
def test_training_goes_on_while_the_test_accuracy_is_below_a_floor(of, ends) -> None:
    word = {"kind": "test_accuracy_below", "floor": 0.8, "of": of}
    stop = {"epochs": 2, "then_while": [word], "at_most": 9}
    assert finished(stop, accuracies((0.9, 0.85), (0.9, 0.7))) is ends
    assert not finished(stop, accuracies((0.9, 0.5), (0.9, 0.6)))
    assert finished(stop, accuracies((0.9, 0.5), (0.9, 0.8)))


def test_training_goes_on_while_any_rule_holds() -> None:
    floor = {"kind": "test_accuracy_below", "floor": 0.8, "of": "current"}
    stop = {"epochs": 1, "then_while": [*BELOW_TEST, floor], "at_most": 9}
    assert not finished(stop, accuracies((0.9, 0.7)))
    assert not finished(stop, accuracies((0.8, 0.9)))
    assert finished(stop, accuracies((0.9, 0.9)))


def test_training_that_goes_on_is_stopped_by_hand() -> None:
    stop = {"epochs": 1, "then_while": BELOW_TEST, "at_most": 3}
    assert not finished(stop, accuracies(*[(0.1, 0.9)] * 2))
    assert finished(stop, accuracies(*[(0.1, 0.9)] * 3))
