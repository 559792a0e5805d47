"""Schedules at work: they set the learning rate of an optimizer, a step at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from regrade.training import history
from regrade.training.averaging import annealed_rate
from regrade.training.learning_rates import LEARNING_RATES, Position, momentum

if TYPE_CHECKING:
    from collections.abc import Mapping

    from regrade.studies.recipe import Recipe
    from regrade.studies.schedules import Plateau


def scheduled_learning_rate(recipe: Recipe, at: Position) -> float:
    """Return the learning rate as far as it is known before training."""
    schedule, average = recipe.schedule, recipe.average_weights
    if average and average.kind == "swa" and average.learning_rate:
        first = Position(average.from_epoch - 1, at.steps - 1, at.steps)
        if at.epochs >= average.from_epoch:
            return annealed_rate(average, scheduled_learning_rate(recipe, first), at)
    return LEARNING_RATES[schedule.kind](schedule, recipe.optimizer.learning_rate, at)


class Schedule:
    """The learning rate of an optimizer, step by step; a plateau schedule keeps a state.

    Rates are numbers of the host: setting one never waits for the device.
    """

    def __init__(self, recipe: Recipe, optimizer: torch.optim.Optimizer) -> None:
        self.recipe = recipe
        self.optimizer = optimizer
        self.plateau = None
        if recipe.schedule.kind == "plateau":
            self.plateau = _reduce_on_plateau(recipe.schedule, optimizer)
            self.monitor = recipe.schedule.monitor

    @property
    def learning_rate(self) -> float:
        """The learning rate in force."""
        return self.optimizer.param_groups[0]["lr"]

    def start_step(self, epoch: int, step: int, steps: int) -> None:
        """Set the learning rate of a step (from 0) of an epoch (from 1) with so many steps.

        In epochs of warm-up it rises from 0, a step at a time, to what the schedule gives.
        """
        at, warmup = Position(epoch - 1, step, steps), self.recipe.warmup_epochs
        if epoch <= warmup:
            done = (at.count("step") + 1) / (warmup * steps)
            self._set("lr", scheduled_learning_rate(self.recipe, at) * done)
        elif not self.plateau:
            self._set("lr", scheduled_learning_rate(self.recipe, at))
        cycled = momentum(self.recipe.schedule, at)
        if cycled is not None:
            self._set_momentum(cycled)

    def finish_epoch(self, row: Mapping[str, float]) -> None:
        """Let a plateau schedule see what was measured after an epoch."""
        if self.plateau:
            self.plateau.step(row[self.monitor])

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must keep beside the optimizer's own state."""
        return self.plateau.state_dict() if self.plateau else {}

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from a checkpoint's state."""
        if self.plateau:
            self.plateau.load_state_dict(state)

    def _set(self, name: str, value: float) -> None:
        for group in self.optimizer.param_groups:
            group[name] = value

    def _set_momentum(self, value: float) -> None:
        for group in self.optimizer.param_groups:
            if "betas" in group:
                group["betas"] = (value, *group["betas"][1:])
            else:
                group["momentum"] = value


def _reduce_on_plateau(
    word: Plateau, optimizer: torch.optim.Optimizer
) -> torch.optim.lr_scheduler.ReduceLROnPlateau:
    return torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer,
        mode=history.better(word.monitor, word.mode),
        factor=word.factor,
        patience=word.patience,
        threshold=word.threshold,
        threshold_mode=word.threshold_mode,
        cooldown=word.cooldown,
        min_lr=word.minimum,
    )
