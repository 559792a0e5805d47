"""Learning rates: what applies at each epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from regrade.studies.recipe import Recipe


def scheduled_rate(recipe: Recipe, epoch: int) -> float:
    """Give the learning rate of an epoch (from 1) under a schedule that is known beforehand."""
    schedule, rate = recipe.schedule, recipe.optimizer.learning_rate
    match schedule.kind:
        case "step":
            return rate * schedule.factor ** ((epoch - 1) // schedule.every)
        case "multi_step":
            return rate * schedule.factor ** sum(epoch > after for after in schedule.after)
        case "table":
            # The keys are text where the recipe comes from JSON.
            rates = {int(first): value for first, value in _items(schedule.rates)}
            return rates[max(first for first in rates if first <= epoch)]
    return rate


def _items(rates: object) -> list[tuple[str | int, float]]:
    return list((rates if isinstance(rates, dict) else vars(rates)).items())


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
    def rate(self) -> float:
        """The learning rate in force."""
        return self.optimizer.param_groups[0]["lr"]

    def start_epoch(self, epoch: int) -> None:
        """Set the rate of an epoch (from 1)."""
        if not self.plateau:
            self._set(scheduled_rate(self.recipe, epoch))

    def start_step(self, epoch: int, step: int, steps: int) -> None:
        """Set the rate of a step (from 0) of a warm-up epoch: linear from 0 to the schedule's."""
        warmup = self.recipe.warmup_epochs
        if epoch <= warmup:
            done = ((epoch - 1) * steps + step + 1) / (warmup * steps)
            self._set(scheduled_rate(self.recipe, epoch) * done)

    def finish_epoch(self, validation_loss: float | None) -> None:
        """Let a plateau schedule see the epoch's validation loss in nats."""
        if self.plateau:
            self.plateau.step(validation_loss)

    def state(self) -> dict:
        """Give what a checkpoint must keep beside the optimizer's own state."""
        return self.plateau.state_dict() if self.plateau else {}

    def restore(self, state: dict) -> None:
        """Continue from a checkpoint's state."""
        if self.plateau:
            self.plateau.load_state_dict(state)

    def _set(self, rate: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = rate
