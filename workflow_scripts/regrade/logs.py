"""The log of a job: what it prints, and how it fails."""

from __future__ import annotations

import io
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TextIO


@contextmanager
def log_to(path: str) -> Iterator[None]:
    """Send output, messages and tracebacks to a file, line by line; fail as the job failed."""
    # Nothing is held back, which a full disk would refuse once more when the log is closed.
    with (
        open(path, "wb", buffering=0) as raw,
        io.TextIOWrapper(raw, encoding="utf-8", write_through=True) as log,
        redirect_stdout(log),
        redirect_stderr(log),
    ):
        try:
            yield
        except SystemExit as end:
            if end.code:
                _tell(str(end.code))
                sys.exit(1)
        except BaseException:
            traceback.print_exc()
            raise


@contextmanager
def copied_to(path: Path) -> Iterator[None]:
    """Append a copy of all output to a file, line by line, and show it as before."""
    with path.open("a", encoding="utf-8", buffering=1) as log, redirect_stdout(_Copied(log)):
        yield


def tell_in_any_locale() -> None:
    """Let standard output replace what the locale's encoding lacks, as standard error does."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


class _Copied(io.TextIOBase):
    """Standard output, and a file that gets the same."""

    def __init__(self, log: TextIO) -> None:
        self.log = log
        self.shown = sys.stdout

    def write(self, text: str) -> int:
        """Write to both."""
        self.log.write(text)
        return self.shown.write(text)

    def flush(self) -> None:
        """Hold nothing back."""
        self.shown.flush()


def _tell(message: str) -> None:
    try:
        print(message)
    except OSError:  # The log's own disk is full.
        print(message, file=sys.__stderr__)
