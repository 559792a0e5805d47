"""Leases: what a process has to itself while it lives, among one user's jobs on one machine.

A lease is a locked file. The system unlocks it when the process ends, however it ends, so that a
killed job leaves nothing behind.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from filelock import FileLock, Timeout

_held: list[FileLock] = []
"""Everything that this process has leased; a lock that is forgotten is unlocked."""

Choice = Callable[[list[str]], list[str]]
"""Of the names that are free, those that are wanted; none where they do not suffice."""


def lease(names: Iterable[str], choose: Choice) -> list[str]:
    """Lease some of these names until the process ends.

    Parameters
    ----------
    names
        What there is, such as `core-0`.
    choose
        Gets the names that are free, in their order. One process at a time chooses.

    Returns
    -------
    list of str
        The leased names; none where `choose` wants none.
    """
    folder = _folder()
    with FileLock(folder / "choosing.lock"):
        free = {name: lock for name in names if (lock := _try(folder / f"{name}.lock"))}
        wanted = choose(list(free))
        for name, lock in free.items():
            if name in wanted:
                _held.append(lock)
            else:
                lock.release()
    return wanted


def _try(path: Path) -> FileLock | None:
    lock = FileLock(path)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return None
    return lock


def _folder() -> Path:
    """Return a folder of this machine's and this user's own; network file systems lock badly."""
    folder = Path(tempfile.gettempdir()) / f"regrade-leases-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
