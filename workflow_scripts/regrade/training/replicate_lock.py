"""One process trains a replicate at a time: a lock that dies with its holder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from regrade.errors import UserError
from regrade.layout import replicate_name

FOLDER = "locks"
"""Below the folder of all states. A lock's file stays: deleting it could split the lock."""


@contextmanager
def locked(states: Path, study: str, run: str, seed: int) -> Iterator[None]:
    """Hold the lock of a replicate, which the system releases however the process ends.

    Raises
    ------
    UserError
        When another process holds it.
    """
    place = states / FOLDER / f"{replicate_name(study, run, seed)}.lock"
    place.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(place, blocking=False)
    try:
        lock.acquire()
    except Timeout:
        raise UserError(
            f"{study}/{run}, seed {seed}: another process is training it into the same folder"
            f" (it holds {place}); wait for its end, or give this one results of its own"
        ) from None
    try:
        yield
    finally:
        lock.release()
