"""The learning rates of schedules, ours and torch's, to be held against each other."""

from __future__ import annotations

import torch
from tests.support.recipes import as_trainer_sees, make_recipe

from regrade.training.schedules import Schedule

RATE = 0.05


EPOCHS = 40


def make_optimizer() -> torch.optim.SGD:
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=RATE)


def make_schedule(word: dict, **changes: object) -> Schedule:
    return Schedule(as_trainer_sees(make_recipe(schedule=word, **changes)), make_optimizer())


def rates_of(schedule: Schedule, epochs: int, losses: list[float] | None = None) -> list[float]:
    """Give the rate of each epoch."""
    rates = []
    for epoch in range(1, epochs + 1):
        schedule.start_step(epoch, 0, 1)
        rates.append(schedule.learning_rate)
        schedule.finish_epoch({"validation_loss": losses[epoch - 1] if losses else 1.0})
    return rates


def step_rates_of(schedule: Schedule, epochs: int, steps: int) -> list[tuple[float, float]]:
    """Give rate and momentum of each step."""
    rates = []
    for epoch in range(1, epochs + 1):
        for step in range(steps):
            schedule.start_step(epoch, step, steps)
            group = schedule.optimizer.param_groups[0]
            rates.append((group["lr"], group["momentum"]))
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


def step_rates_of_torch(make, count: int) -> list[tuple[float, float]]:
    optimizer = make_optimizer()
    scheduler = make(optimizer)
    rates = []
    for _ in range(count):
        group = optimizer.param_groups[0]
        rates.append((group["lr"], group["momentum"]))
        optimizer.step()
        scheduler.step()
    return rates
