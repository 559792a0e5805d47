"""Early stopping counts as Keras does, and what ends early is continued to the same bits."""

from __future__ import annotations

import pytest
import torch
from tests.support.kills import Killed, kill_after
from tests.support.recipes import as_trainer_sees, make_recipe
from tests.support.replicates import assert_same_bits, history_of, read_json

from regrade.studies.execution import Budget
from regrade.training import stop_rules
from regrade.training.replicate import train_replicate
from regrade.training.stop_rules import is_finished, stalled_for

NAN = float("nan")


def keras_stops_after(values: list[float], patience: int, min_delta: float, mode: str) -> int:
    """`EarlyStopping.on_epoch_end` of Keras, keras/callbacks/early_stopping.py."""
    sign = 1 if mode == "max" else -1
    best, wait = (float("-inf") if mode == "max" else float("inf")), 0
    for epoch, current in enumerate(values):
        wait += 1
        is_improvement = sign * (current - sign * min_delta) > sign * best
        if is_improvement:
            best, wait = current, 0
            continue
        if wait >= patience and epoch > 0:
            return epoch + 1
    return len(values)


SERIES = {
    "falling": [1.0, 0.9, 0.8, 0.7, 0.6, 0.5],
    "rising": [0.5, 0.6, 0.7, 0.8, 0.9, 1.0],
    "ragged": [1.0, 0.9, 0.95, 0.91, 0.89, 0.9, 0.92, 0.895, 0.9, 0.9, 0.9],
    "slow": [1.0, 0.995, 0.99, 0.985, 0.98, 0.975, 0.97, 0.965],
    "not a number": [1.0, NAN, 0.9, NAN, NAN, NAN],
    "no number at first": [NAN, NAN, 0.9, NAN, 0.8],
}


@pytest.mark.parametrize("name", SERIES)
@pytest.mark.parametrize("patience", [1, 2, 3])
@pytest.mark.parametrize("min_delta", [0.0, 0.01])
@pytest.mark.parametrize("mode", ["min", "max"])
def test_early_stopping_ends_where_keras_does(name, patience, min_delta, mode) -> None:
    stopping = {"patience": patience, "min_delta": min_delta, "mode": mode}
    word = as_trainer_sees(make_recipe(stop={"epochs": 50, "early_stopping": stopping}))
    budget = Budget("full", 50, 500, 200, 200, 1.0)
    rows = [
        {"epoch": epoch, "train_loss": 1.0, "validation_loss": value}
        for epoch, value in enumerate(SERIES[name], 1)
    ]
    ends = (n for n in range(1, len(rows) + 1) if is_finished(word, budget, rows[:n]))
    assert next(ends, len(rows)) == keras_stops_after(SERIES[name], patience, min_delta, mode)


def test_larger_accuracies_and_smaller_losses_are_better_where_nothing_is_said() -> None:
    def stalled(monitor: str, values: list[float]) -> int:
        stop = {"epochs": 5, "early_stopping": {"patience": 1, "monitor": monitor}}
        word = as_trainer_sees(make_recipe(stop=stop)).stop.early_stopping
        return stalled_for(word, [{monitor: value} for value in values])

    assert stalled("train_accuracy", [0.1, 0.2, 0.3]) == 0
    assert stalled("train_loss", [0.1, 0.2, 0.3]) == 2


WATCHED = "train_loss"
"""Of mixed images: it does not fall in every epoch."""
EARLY = {"epochs": 20, "early_stopping": {"patience": 2, "monitor": WATCHED, "restore_best": True}}
RECIPE = make_recipe(
    stop=EARLY,
    optimizer={"kind": "rmsprop", "learning_rate": 0.005},
    selection={"kind": "best", "of": WATCHED, "test": True},
    mix={"kind": "mixup", "alpha": 1.0},
    also_test=True,
)


def test_a_run_that_stops_early_ends_with_its_best_network(make_job) -> None:
    job = make_job(RECIPE)
    train_replicate(job)
    rows, summary = history_of(job), read_json(job, "summary.json")
    watched = [row[WATCHED] for row in rows]
    best = watched.index(min(watched)) + 1
    assert 4 < len(rows) == best + 2 < 20
    assert summary["selected_epoch"] == best
    assert summary["last_test_accuracy"] == summary["selected_test_accuracy"]
    assert rows[best - 1]["test_loss"] == summary["selected_test_loss"] != rows[-1]["test_loss"]


@pytest.mark.parametrize(
    "selection",
    [{"kind": "last_epoch"}, {"kind": "best_validation_accuracy", "floor": 1.0}],
    ids=["last_epoch", "below_its_floor"],
)
def test_the_last_network_is_the_one_that_was_restored(make_job, selection: dict) -> None:
    """Where the last network is reported, it is the one that early stopping restored."""
    word = selection | {"test": True}
    job = make_job(RECIPE.model_copy(update={"selection": make_recipe(selection=word).selection}))
    train_replicate(job)
    rows, summary = history_of(job), read_json(job, "summary.json")
    watched = [row[WATCHED] for row in rows]
    best = watched.index(min(watched)) + 1
    assert summary["selected_epoch"] == best < len(rows)
    assert summary["last_test_accuracy"] == summary["selected_test_accuracy"]
    assert rows[best - 1]["test_loss"] == summary["selected_test_loss"] != rows[-1]["test_loss"]


@pytest.mark.parametrize("last", [2, 4])
def test_a_run_that_stops_early_is_continued_to_the_same_bits(make_job, monkeypatch, last) -> None:
    whole, broken = make_job(RECIPE, "whole"), make_job(RECIPE, "broken")
    train_replicate(whole)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        kill_after(patch, last)
        train_replicate(broken)
    torch.manual_seed(99)
    train_replicate(broken)
    assert_same_bits(whole, broken)
    assert read_json(broken, "provenance.json")["resumed_at_epochs"] == [last - 1]


def test_every_stop_rule_says_what_it_reads() -> None:
    assert stop_rules.READS.keys() == stop_rules.GOES_ON.keys()
