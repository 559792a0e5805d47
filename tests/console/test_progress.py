"""What stands on the screen while a run goes on."""

from __future__ import annotations

import io
import logging

import pytest
from snakemake_interface_logger_plugins.common import LogEvent

from regrade.console.progress import (
    LINE_EVERY_S,
    SCREEN,
    ProgressHandler,
    is_worth_a_line,
    screen_of,
)
from regrade.console.time_left import TimeLeft


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def record(event: LogEvent | None = None, text: str = "", level: int = logging.INFO, **more):
    made = logging.LogRecord("snakemake", level, "", 0, text, None, None)
    made.__dict__.update(more, event=event)
    return made


def started(job: int, text: str):
    return record(LogEvent.JOB_INFO, jobid=job, rule_msg=text, rule_name="rule")


class Shown:
    """A handler with its stream, its screen's stream and its clock."""

    def __init__(self, stream: io.StringIO) -> None:
        self.now = 0.0
        self.stream, self.above = stream, io.StringIO()
        screen = logging.StreamHandler(self.above)
        left = TimeLeft({1: 60.0, 2: 60.0}, lambda: self.now)
        self.handler = ProgressHandler(screen, stream, left, lambda: self.now)

    def feed(self, *records: logging.LogRecord) -> None:
        for one in records:
            self.handler.handle(one)


def test_a_terminal_shows_one_line_with_steps_time_and_what_is_running() -> None:
    shown = Shown(Terminal())
    shown.feed(
        started(1, "Training duke/D01, seed 0"),
        started(2, "Grading nyu"),
        record(LogEvent.PROGRESS, done=3, total=9),
    )
    text = shown.stream.getvalue()
    assert "\n" not in text
    last = text.rpartition("\x1b[K")[2]
    assert last == "3 of 9 · 60 s left · Training duke/D01, seed 0; Grading nyu"


def test_what_has_ended_is_no_longer_shown_and_failures_are_counted() -> None:
    shown = Shown(Terminal())
    shown.feed(
        started(1, "one"),
        started(2, "two"),
        record(LogEvent.JOB_FINISHED, job_id=1),
        record(LogEvent.JOB_ERROR, level=logging.ERROR, text="Error in rule", jobid=2),
    )
    assert shown.handler.text() == "0 s left · 1 failed"
    assert shown.above.getvalue() == "Error in rule\n"


def test_an_attempt_that_is_repeated_has_not_failed_for_good() -> None:
    """Cluster profiles have retries."""
    shown = Shown(Terminal())
    failure = record(LogEvent.JOB_ERROR, level=logging.ERROR, text="Error in rule", jobid=2)
    shown.feed(started(1, "one"), record(LogEvent.JOB_FINISHED, job_id=1))
    shown.feed(started(2, "two"), failure)
    assert shown.handler.text() == "0 s left · 1 failed"
    shown.feed(started(2, "two"))
    assert shown.handler.text() == "20 s left · two"
    shown.feed(failure, failure)
    assert shown.handler.text() == "0 s left · 1 failed"
    shown.feed(started(2, "two"), record(LogEvent.JOB_FINISHED, job_id=2))
    assert shown.handler.text() == "0 s left"


def test_warnings_stand_above_the_line_and_other_lines_in_the_log_alone() -> None:
    shown = Shown(Terminal())
    shown.feed(record(text="Select jobs to execute..."), record(text="Beware", level=30))
    assert shown.above.getvalue() == "Beware\n"
    assert "Select" not in shown.stream.getvalue()


def test_where_there_is_no_terminal_a_line_comes_now_and_then() -> None:
    shown = Shown(io.StringIO())
    for number in range(100):
        shown.now = number * LINE_EVERY_S / 10
        shown.feed(record(LogEvent.PROGRESS, done=number, total=100))
    lines = shown.stream.getvalue().splitlines()
    assert [line.split(" · ")[0] for line in lines] == [f"{n} of 100" for n in range(0, 100, 10)]


@pytest.mark.parametrize(
    ("event", "text", "level", "worth"),
    [
        (LogEvent.WORKFLOW_STARTED, "", logging.INFO, False),
        (LogEvent.RUN_INFO, "Job stats", logging.INFO, False),
        (None, "Building DAG of jobs...", logging.INFO, False),
        (None, "Nothing to be done (all requested files are present).", logging.INFO, True),
        (None, "Building DAG failed", logging.ERROR, True),
    ],
)
def test_before_the_first_job_only_what_matters_is_shown(
    event: LogEvent | None, text: str, level: int, worth: bool
) -> None:
    assert is_worth_a_line(record(event, text, level)) is worth


def test_a_logger_plugin_keeps_the_screen() -> None:
    logger = logging.Logger("test")
    assert screen_of(logger) is None
    handler = logging.NullHandler()
    handler.name = SCREEN
    logger.addHandler(handler)
    assert screen_of(logger) is handler
