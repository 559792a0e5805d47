"""Trainings that are killed after an epoch."""

from __future__ import annotations

import pytest

from regrade.training.progress import Progress


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
