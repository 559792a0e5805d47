"""Trainings that are killed after an epoch."""

from __future__ import annotations

import pytest

from regrade.training.job import Job
from regrade.training.progress import Progress
from regrade.training.replicate import train_replicate


class Killed(BaseException):
    """What a test ends a training process with."""


def kill_after(monkeypatch: pytest.MonkeyPatch, epoch: int) -> None:
    """Let training die when an epoch is told: after its last step, before its checkpoint."""
    tell = Progress.finish_epoch

    def finish_epoch(self: Progress, row: dict) -> None:
        tell(self, row)
        if row["epoch"] == epoch:
            raise Killed

    monkeypatch.setattr(Progress, "finish_epoch", finish_epoch)


def train_whole_and_broken(
    whole: Job, broken: Job, monkeypatch: pytest.MonkeyPatch, epoch: int
) -> None:
    """Train one job undisturbed, and another that is killed in an epoch and called again."""
    train_replicate(whole)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        kill_after(patch, epoch)
        train_replicate(broken)
    train_replicate(broken)
