"""The log of a job: what it prints, and how it fails."""

from __future__ import annotations

import io
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout


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


def _tell(message: str) -> None:
    try:
        print(message)
    except OSError:  # The log's own disk is full.
        print(message, file=sys.__stderr__)
