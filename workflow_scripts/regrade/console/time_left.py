"""How long a run still takes: what its jobs were expected to take, held against what they took."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

TRUSTED_SECONDS = 30.0
"""So much work counts as having taken what was expected, before anything has ended."""


class TimeLeft:
    """Estimates the time until the last job ends.

    Parameters
    ----------
    expected
        Seconds that each job was expected to take, by its number.
    clock
        Gives the time in seconds.
    """

    def __init__(
        self, expected: Mapping[int, float], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._waiting = dict(expected)
        self._failed: dict[int, float] = {}
        self._clock = clock
        self._began = clock()
        self._started: dict[int, float] = {}
        self._done_expected = self._done_taken = TRUSTED_SECONDS

    def start(self, job: int) -> None:
        """Take note that a job began, perhaps once more after it failed."""
        self._started[job] = self._clock()
        if job in self._failed:
            self._waiting[job] = self._failed.pop(job)

    def finish(self, job: int) -> None:
        """Take note that a job ended; one that was never seen to begin is left out."""
        began = self._started.pop(job, None)
        expected = self._waiting.pop(job, None)
        if began is not None and expected is not None:
            self._done_expected += expected
            self._done_taken += self._clock() - began

    def fail(self, job: int) -> None:
        """Take note that a job failed: nothing is left of it, unless it begins once more.

        It says nothing of the speed: what it was expected to take was not done.
        """
        self._started.pop(job, None)
        expected = self._waiting.pop(job, None)
        if expected is not None:
            self._failed[job] = expected

    def seconds(self) -> float:
        """Return the estimate: the work that is left, at the speed and width seen so far."""
        now = self._clock()
        slowness = self._done_taken / self._done_expected
        running = sum(now - began for began in self._started.values())
        left = slowness * sum(self._waiting.values())
        # A running job that takes longer than expected is about to end, for all that is known.
        for job, began in self._started.items():
            left -= min(now - began, slowness * self._waiting.get(job, 0.0))
        worked = self._done_taken - TRUSTED_SECONDS + running
        width = max(1.0, worked / max(now - self._began, 1.0), len(self._started))
        return max(left, 0.0) / width
