"""Learning rates: the schedules are torch's, and the tables are what they say."""

from __future__ import annotations

import pytest
import torch
from tests.support.recipes import as_trainer_sees, make_recipe
from torch.optim import lr_scheduler

from regrade.training.schedules import Schedule, scheduled_learning_rate

RATE = 0.05
EPOCHS = 40


def make_optimizer() -> torch.optim.SGD:
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=RATE)


def make_schedule(word: dict, **changes: object) -> Schedule:
    return Schedule(as_trainer_sees(make_recipe(schedule=word, **changes)), make_optimizer())


def rates_of(schedule: Schedule, epochs: int, losses: list[float] | None = None) -> list[float]:
    rates = []
    for epoch in range(1, epochs + 1):
        schedule.start_epoch(epoch)
        rates.append(schedule.learning_rate)
        schedule.finish_epoch(losses[epoch - 1] if losses else 1.0)
    return rates


def rates_of_torch(make, losses: list[float] | None = None) -> list[float]:
    optimizer = make_optimizer()
    scheduler = make(optimizer)
    rates = []
    for epoch in range(EPOCHS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step(*([losses[epoch]] if losses else []))
    return rates


def test_a_constant_schedule_keeps_the_rate() -> None:
    assert rates_of(make_schedule({"kind": "constant"}), 3) == [RATE] * 3


def test_a_step_schedule_is_torchs() -> None:
    found = rates_of(make_schedule({"kind": "step", "every": 7, "factor": 0.3}), EPOCHS)
    expected = rates_of_torch(lambda o: lr_scheduler.StepLR(o, step_size=7, gamma=0.3))
    assert found == pytest.approx(expected, rel=1e-12)


def test_a_multi_step_schedule_is_torchs() -> None:
    word = {"kind": "multi_step", "after": [3, 10, 11], "factor": 0.1}
    expected = rates_of_torch(lambda o: lr_scheduler.MultiStepLR(o, [3, 10, 11], gamma=0.1))
    assert rates_of(make_schedule(word), EPOCHS) == pytest.approx(expected, rel=1e-12)


def test_a_table_gives_each_block_its_rate() -> None:
    """Duke B1 as really applied: the first decay starts from a tenth of the rate."""
    word = {"kind": "table", "rates": {1: 0.1, 6: 0.009, 11: 0.0081, 16: 0.00729}}
    expected = [0.1] * 5 + [0.009] * 5 + [0.0081] * 5 + [0.00729] * 5
    assert rates_of(make_schedule(word), 20) == expected


def test_the_order_of_a_table_does_not_matter() -> None:
    """The keys of JSON are sorted as text: 11 stands before 6."""
    recipe = make_recipe(schedule={"kind": "table", "rates": {11: 0.3, 6: 0.2, 1: 0.1}})
    seen = as_trainer_sees(recipe)
    assert list(seen.schedule.rates) == [1, 11, 6]
    assert [scheduled_learning_rate(seen, epoch) for epoch in (5, 6, 10, 11, 99)] == [
        0.1,
        0.2,
        0.2,
        0.3,
        0.3,
    ]


LOSSES = [1 / epoch if epoch < 9 else 0.125 + 0.00001 * (epoch % 3) for epoch in range(1, 41)]
"""It falls until epoch 8 and then stands still."""


def test_a_plateau_schedule_has_torchs_defaults() -> None:
    expected = rates_of_torch(lr_scheduler.ReduceLROnPlateau, LOSSES)
    assert len(set(expected)) == 3
    assert rates_of(make_schedule({"kind": "plateau"}), EPOCHS, LOSSES) == expected


def test_a_plateau_schedule_takes_its_settings() -> None:
    word = {"kind": "plateau", "factor": 0.5, "patience": 3, "threshold": 0.01}
    expected = rates_of_torch(
        lambda o: lr_scheduler.ReduceLROnPlateau(o, factor=0.5, patience=3, threshold=0.01), LOSSES
    )
    assert rates_of(make_schedule(word), EPOCHS, LOSSES) == expected


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


def test_warm_up_climbs_a_step_at_a_time_to_the_schedules_rate() -> None:
    schedule = make_schedule({"kind": "step", "every": 1, "factor": 0.5}, warmup_epochs=2)
    rates = []
    for epoch in (1, 2, 3):
        schedule.start_epoch(epoch)
        for step in range(4):
            schedule.start_step(epoch, step, 4)
            rates.append(schedule.learning_rate)
    first = [RATE * step / 8 for step in (1, 2, 3, 4)]
    second = [RATE * 0.5 * step / 8 for step in (5, 6, 7, 8)]
    assert rates == pytest.approx(first + second + [RATE * 0.25] * 4)


def test_warm_up_hands_over_to_a_plateau_schedule() -> None:
    schedule = make_schedule({"kind": "plateau"}, warmup_epochs=1)
    schedule.start_epoch(1)
    for step in range(5):
        schedule.start_step(1, step, 5)
    schedule.finish_epoch(1.0)
    schedule.start_epoch(2)
    schedule.start_step(2, 0, 5)
    assert schedule.learning_rate == pytest.approx(RATE)
