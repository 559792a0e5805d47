"""Which commit the code is of, where it lies in a git checkout."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path


@cache
def code_commit() -> str | None:
    """Return the short name of the commit, with `-dirty` where files were changed since.

    None where the code lies in no checkout, or git is not installed.
    """
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=7", "--exclude=*"],
            cwd=Path(__file__).parent,
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip() or None
