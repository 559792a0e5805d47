"""Learning rates: what applies at each epoch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from regrade.studies.recipe import Recipe
    from regrade.studies.schedules import MultiStepDecay, RateTable, StepDecay


def _step(word: StepDecay, initial: float, epoch: int) -> float:
    return initial * word.factor ** ((epoch - 1) // word.every)


def _multi_step(word: MultiStepDecay, initial: float, epoch: int) -> float:
    return initial * word.factor ** sum(epoch > after for after in word.after)


def _table(word: RateTable, _: float, epoch: int) -> float:
    return word.rates[max(first for first in word.rates if first <= epoch)]


LEARNING_RATES: dict[str, Callable[[Any, float, int], float]] = {
    "constant": lambda _, initial, __: initial,
    "step": _step,
    "multi_step": _multi_step,
    "table": _table,
    "plateau": lambda _, initial, __: initial,
}
"""The learning rate of an epoch by the kind of schedule: its word, the optimizer's rate, the epoch.

A plateau schedule changes it afterwards, by what it has seen."""


def scheduled_learning_rate(recipe: Recipe, epoch: int) -> float:
    """Return the learning rate of an epoch (from 1) as far as it is known before training."""
    schedule = recipe.schedule
    return LEARNING_RATES[schedule.kind](schedule, recipe.optimizer.learning_rate, epoch)


class Schedule:
    """The learning rate of an optimizer, epoch by epoch; a plateau schedule keeps a state."""

    def __init__(self, recipe: Recipe, optimizer: torch.optim.Optimizer) -> None:
        self.recipe = recipe
        self.optimizer = optimizer
        self.plateau = None
        if recipe.schedule.kind == "plateau":
            self.plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(
                optimizer,
                factor=recipe.schedule.factor,
                patience=recipe.schedule.patience,
                threshold=recipe.schedule.threshold,
            )

    @property
    def learning_rate(self) -> float:
        """The learning rate in force."""
        return self.optimizer.param_groups[0]["lr"]

    def start_epoch(self, epoch: int) -> None:
        """Set the learning rate of an epoch (from 1)."""
        if not self.plateau:
            self._set(scheduled_learning_rate(self.recipe, epoch))

    def start_step(self, epoch: int, step: int, steps: int) -> None:
        """Set the learning rate of a step (from 0) of a warm-up epoch: it rises from 0."""
        warmup = self.recipe.warmup_epochs
        if epoch <= warmup:
            done = ((epoch - 1) * steps + step + 1) / (warmup * steps)
            self._set(scheduled_learning_rate(self.recipe, epoch) * done)

    def finish_epoch(self, validation_loss: float | None) -> None:
        """Let a plateau schedule see the epoch's validation loss in nats."""
        if self.plateau:
            if validation_loss is None:
                raise ValueError("a plateau schedule needs the validation loss of every epoch")
            self.plateau.step(validation_loss)

    def state(self) -> dict:
        """Return what a checkpoint must keep beside the optimizer's own state."""
        return self.plateau.state_dict() if self.plateau else {}

    def restore(self, state: dict) -> None:
        """Continue from a checkpoint's state."""
        if self.plateau:
            self.plateau.load_state_dict(state)

    def _set(self, learning_rate: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate
