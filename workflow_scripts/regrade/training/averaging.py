"""Averaged weights: a second network, which follows the one that is trained.

torch's `AveragedModel` reads its own count on the device at each update; this one never waits.
Tests hold both to the same numbers.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.modules.batchnorm import _BatchNorm

from regrade.training.learning_rates import Position

if TYPE_CHECKING:
    from regrade.studies.averaging import Ema, Swa


@dataclass(frozen=True)
class Rule:
    """When an average is updated, and how far it then moves towards the trained weights."""

    is_due: Callable[[Any, Position, bool], bool]
    """After the step of a position, which may be the last of its epoch."""
    share: Callable[[Any, int], float]
    """After so many updates."""


def _ema_is_due(word: Ema, at: Position, _: bool) -> bool:
    return (at.count("step") + 1) % word.every == 0


def _swa_is_due(word: Swa, at: Position, ends_epoch: bool) -> bool:
    return at.epochs + 1 >= word.from_epoch and ends_epoch


RULES = {
    "ema": Rule(_ema_is_due, lambda word, _: 1 - word.decay),
    "swa": Rule(_swa_is_due, lambda _, updates: 1 / (updates + 1)),
}
"""The rules by the kind of their word."""


class AveragedNetwork:
    """The network with averaged weights."""

    def __init__(self, word: Ema | Swa, trained: torch.nn.Module) -> None:
        self.word = word
        self.trained = trained
        self.network = copy.deepcopy(trained)
        self.updates = 0

    def finish_step(self, at: Position, steps: int) -> None:
        """Update the average after a step, where it is due.

        Parameters
        ----------
        at
            How far training had come before the step.
        steps
            Of this epoch: the last one may be cut short.
        """
        rule = RULES[self.word.kind]
        if not rule.is_due(self.word, at, at.step == steps - 1):
            return
        share = rule.share(self.word, self.updates) if self.updates else 1.0
        with torch.no_grad():
            _move(self.network.parameters(), self.trained.parameters(), share)
            kept = share if getattr(self.word, "buffers", False) else 1.0
            _move(self.network.buffers(), self.trained.buffers(), kept)
        self.updates += 1

    @property
    def counts_statistics(self) -> bool:
        """Whether the statistics of its batch norms are to be counted before it is scored."""
        wanted = getattr(self.word, "update_batch_norm", False)
        return bool(wanted and self.updates and _batch_norms(self.network))

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must keep."""
        return {"network": self.network.state_dict(), "updates": self.updates}

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from a checkpoint's state."""
        self.network.load_state_dict(state["network"])
        self.updates = state["updates"]


def _move(averaged: Iterable[torch.Tensor], trained: Iterable[torch.Tensor], share: float) -> None:
    """Move tensors by a share of the way; whole numbers, and all at share 1, are copied."""
    pairs = list(zip(averaged, trained, strict=True))
    partial = [pair for pair in pairs if share != 1.0 and pair[0].is_floating_point()]
    if partial:
        torch._foreach_lerp_(
            [ours for ours, _ in partial], [theirs for _, theirs in partial], share
        )
    for ours, theirs in pairs:
        if share == 1.0 or not ours.is_floating_point():
            ours.copy_(theirs)


def _batch_norms(network: torch.nn.Module) -> list[_BatchNorm]:
    modules = (module for module in network.modules() if isinstance(module, _BatchNorm))
    return [module for module in modules if module.track_running_stats]


def count_statistics(network: torch.nn.Module, batches: Iterable[Callable[[], object]]) -> None:
    """Count the statistics of all batch norms anew, as the mean over batches.

    Parameters
    ----------
    network
        The network; it is left in training mode.
    batches
        What feeds it one batch when called.
    """
    norms = _batch_norms(network)
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
    network.train()
    for number, feed in enumerate(batches, 1):
        for norm in norms:
            # What torch makes of `momentum = None`, which it reads off the device.
            norm.momentum = 1 / number
        feed()
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum


def annealed_rate(word: Swa, scheduled: float, at: Position) -> float:
    """Return the learning rate of an epoch after `from_epoch`, whose own rate is `scheduled`."""
    if word.learning_rate is None:
        raise ValueError("the average has no learning rate of its own")
    since = at.epochs + 1 - word.from_epoch
    done = min(1.0, since / max(1, word.anneal_epochs))
    share = (1 - math.cos(math.pi * done)) / 2 if word.anneal == "cosine" else done
    return word.learning_rate * share + scheduled * (1 - share)
