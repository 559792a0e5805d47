"""One line that tells how far a run is, in the place of Snakemake's lines about every job.

Warnings and errors stand above it, as Snakemake writes them. Everything else is in the log file
that Snakemake keeps of every run.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable
from typing import TextIO

from snakemake_interface_logger_plugins.common import LogEvent

from regrade.console.time_left import TimeLeft
from regrade.planning.plan import duration

SCREEN = "DefaultStreamHandler"
"""What Snakemake calls its own handler for the screen; a logger plugin takes its place."""
QUIET_EVENTS = (LogEvent.WORKFLOW_STARTED, LogEvent.RUN_INFO, LogEvent.RESOURCES_INFO)
QUIET_TEXTS = (
    "Building DAG", "Assuming unrestricted", "Using shell", "Conda environments", "Singularity",
    "Group jobs", "Provided",
)  # fmt: skip
"""How the lines begin that Snakemake writes before the first job, and nobody needs."""
LINE_EVERY_S = 30.0
"""Where the output is no terminal, a line is written once in so long."""


def screen_of(logger: logging.Logger) -> logging.Handler | None:
    """Return the handler that writes to the screen, unless a logger plugin does."""
    return next((one for one in logger.handlers if one.name == SCREEN), None)


def is_worth_a_line(record: logging.LogRecord) -> bool:
    """Tell whether a record that comes before the first job is for the screen."""
    if record.levelno >= logging.WARNING:
        return True
    if getattr(record, "event", None) in QUIET_EVENTS:
        return False
    return not str(record.msg).startswith(QUIET_TEXTS)


class ProgressHandler(logging.Handler):
    """Shows progress, time left and running jobs in one line.

    Parameters
    ----------
    screen
        Snakemake's handler, which writes warnings and errors.
    stream
        Where the line goes.
    left
        Estimates the time left.
    clock
        Gives the time in seconds.
    """

    def __init__(
        self,
        screen: logging.Handler,
        stream: TextIO,
        left: TimeLeft,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.screen = screen
        self.stream = stream
        self.left = left
        self.clock = clock
        self.running: dict[int, str] = {}
        self.failed: set[int] = set()
        self.steps = ""
        self.written = float("-inf")

    def emit(self, record: logging.LogRecord) -> None:
        """Take note of an event; show what is worth it."""
        try:
            if record.levelno >= logging.WARNING:
                self.clear()
                self.screen.handle(record)
            self._note(record)
        except Exception:
            self.handleError(record)

    def _note(self, record: logging.LogRecord) -> None:
        told = vars(record)
        event = told.get("event")
        if event == LogEvent.JOB_INFO:
            self.running[told["jobid"]] = told["rule_msg"] or told["rule_name"]
            # Profiles let a job begin once more after it failed.
            self.failed.discard(told["jobid"])
            self.left.start(told["jobid"])
        elif event == LogEvent.JOB_FINISHED:
            self.running.pop(told["job_id"], None)
            self.left.finish(told["job_id"])
        elif event == LogEvent.JOB_ERROR:
            if self.running.pop(told["jobid"], None) is not None:
                self.failed.add(told["jobid"])
            self.left.fail(told["jobid"])
        elif event == LogEvent.PROGRESS:
            self.steps = f"{told['done']} of {told['total']}"
        else:
            return
        self.show()

    def show(self) -> None:
        """Write the line, over the former one on a terminal."""
        if self.stream.isatty():
            width = shutil.get_terminal_size().columns - 1
            self.stream.write(f"\r\x1b[K{self.text()[:width]}")
        elif self.clock() - self.written >= LINE_EVERY_S:
            self.stream.write(f"{self.text()}\n")
        else:
            return
        self.written = self.clock()
        self.stream.flush()

    def text(self) -> str:
        """Return the line: steps, time left, failures, what is running."""
        running = "; ".join(self.running.values())
        parts = [
            self.steps,
            f"{duration(self.left.seconds())} left",
            f"{len(self.failed)} failed" if self.failed else "",
            running,
        ]
        return " · ".join(part for part in parts if part)

    def clear(self) -> None:
        """Take the line away, for what is written next."""
        if self.stream.isatty():
            self.stream.write("\r\x1b[K")
            self.stream.flush()
