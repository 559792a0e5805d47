"""How a training process ends when a scheduler takes its machine away."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOPPED = (
    "stopped by SIGTERM (a time limit, a preemption or a cancelled job): every completed epoch is"
    " kept, and the same command or the next attempt continues after the last one"
)


@contextmanager
def stop_on_sigterm() -> Iterator[None]:
    """Let SIGTERM end the process at once, in one line and with a status that is not 0.

    There is nothing to save: a checkpoint was written after the last epoch. A process that went
    on instead would write files after Snakemake has given the job up.
    """
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # Schedulers send it twice; once is enough.
    sys.exit(STOPPED)
