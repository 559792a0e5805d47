"""Schedules that wait for a plateau are torch's, from whatever epoch they continue."""

from __future__ import annotations

import pytest
from tests.support.learning_rates import (
    EPOCHS,
    RATE,
    make_schedule,
    rates_of,
    rates_of_torch,
)
from torch.optim import lr_scheduler as lr

LOSSES = [1 / epoch if epoch < 9 else 0.125 + 0.00001 * (epoch % 3) for epoch in range(1, 41)]
"""It falls until epoch 8 and then stands still."""


def test_a_plateau_schedule_has_torchs_defaults() -> None:
    expected = rates_of_torch(lr.ReduceLROnPlateau, LOSSES)
    assert len(set(expected)) == 3
    assert rates_of(make_schedule({"kind": "plateau"}), EPOCHS, LOSSES) == expected


def test_a_plateau_schedule_takes_its_settings() -> None:
    word = {"kind": "plateau", "factor": 0.5, "patience": 3, "threshold": 0.01}
    expected = rates_of_torch(
        lambda o: lr.ReduceLROnPlateau(o, factor=0.5, patience=3, threshold=0.01), LOSSES
    )
    assert rates_of(make_schedule(word), EPOCHS, LOSSES) == expected


PLATEAUS = {
    "accuracy": (
        {"monitor": "train_accuracy", "patience": 2},
        lambda o: lr.ReduceLROnPlateau(o, "max", patience=2),
    ),
    "the wrong way round": (
        {"monitor": "train_accuracy", "mode": "min", "patience": 2},
        lambda o: lr.ReduceLROnPlateau(o, "min", patience=2),
    ),
    "all settings": (
        {"monitor": "train_loss", "threshold": 0.02, "threshold_mode": "abs", "patience": 1}
        | {"cooldown": 3, "minimum": 0.001},
        lambda o: lr.ReduceLROnPlateau(
            o, patience=1, threshold=0.02, threshold_mode="abs", cooldown=3, min_lr=0.001
        ),
    ),
}


@pytest.mark.parametrize("name", PLATEAUS)
def test_a_plateau_schedule_watches_what_it_is_told(name: str) -> None:
    word, theirs = PLATEAUS[name]
    schedule = make_schedule({"kind": "plateau"} | word)
    rates = []
    for epoch, loss in enumerate(LOSSES, 1):
        schedule.start_step(epoch, 0, 1)
        rates.append(schedule.learning_rate)
        schedule.finish_epoch({"train_loss": loss, "train_accuracy": 1 - loss})
    values = [1 - loss for loss in LOSSES] if "accuracy" in word["monitor"] else LOSSES
    assert rates == rates_of_torch(theirs, values)
    assert len(set(rates)) > 1


def test_a_plateau_schedule_continues_from_its_state() -> None:
    """The patience that is used up belongs to a checkpoint."""
    word = {"kind": "plateau", "factor": 0.5, "patience": 3}
    whole = rates_of(make_schedule(word), EPOCHS, LOSSES)
    first = make_schedule(word)
    rates_of(first, 11, LOSSES)
    second = make_schedule(word)
    second.restore(first.state())
    second.optimizer.load_state_dict(first.optimizer.state_dict())
    assert rates_of(second, EPOCHS - 11, LOSSES[11:]) == whole[11:]


def test_a_plateau_schedule_survives_a_loss_that_is_no_number() -> None:
    losses = [1.0, float("nan"), 0.9, float("inf"), 0.8]
    assert rates_of(make_schedule({"kind": "plateau"}), 5, losses) == [RATE] * 5


def test_warm_up_hands_over_to_a_plateau_schedule() -> None:
    schedule = make_schedule({"kind": "plateau"}, warmup_epochs=1)
    for step in range(5):
        schedule.start_step(1, step, 5)
    schedule.finish_epoch({"validation_loss": 1.0})
    schedule.start_step(2, 0, 5)
    assert schedule.learning_rate == pytest.approx(RATE)
