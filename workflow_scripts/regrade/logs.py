"""The log of a job: what it prints, and how it fails."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout


@contextmanager
def log_to(path: str) -> Iterator[None]:
    """Send output, messages and tracebacks to a file, line by line; fail as the job failed."""
    with open(path, "w", buffering=1) as log, redirect_stdout(log), redirect_stderr(log):
        try:
            yield
        except SystemExit as end:
            if end.code:
                print(end.code)
                sys.exit(1)
        except BaseException:
            traceback.print_exc()
            raise
