"""Checkpoints: the state of a replicate after an epoch, in a folder that no workflow deletes.

The folder is keyed by recipe, budget, data, code, machine and seed, so that a checkpoint is never
continued by a replicate it does not belong to. The last two are kept, and a file's name holds the
digest of its content: one that was damaged is noticed, moved aside, and the one before continues.
"""

from __future__ import annotations

import hashlib
import pickle
import re
import shutil
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import torch

from regrade.files import atomic_path

KEPT = 2
"""Generations: the newest, and the one before it should the newest be damaged."""
DIGITS = 16
"""Hexadecimal digits of the SHA-256 in a file's name."""
NAME = re.compile(rf"checkpoint-(\d+)-([0-9a-f]{{{DIGITS}}})\.pt")
ASIDE = "damaged-"
ATTEMPTS, PAUSE = 3, 2.0
"""How often, and how many seconds apart, a file is read that the system refuses to read."""

Content = TypeVar("Content")


def save(folder: Path, state: dict[str, Any], epoch: int) -> None:
    """Write the checkpoint of an epoch (from 1) whole or not at all; drop all but the last two."""
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / "unfinished.pt"
    with atomic_path(unfinished) as path:
        torch.save(state, path)
    unfinished.rename(folder / f"checkpoint-{epoch:06d}-{_digest(unfinished)}.pt")
    for _, path in list(_generations(folder))[KEPT:]:
        path.unlink()


def load(folder: Path) -> dict[str, Any] | None:
    """Read the newest checkpoint that is whole, or nothing where there is none.

    Raises
    ------
    OSError
        When the system cannot read a file, however often it is asked: the file stays as it is.
    """
    for _, path in _generations(folder):
        state = _retried(partial(_read, path))
        if state is not None:
            return state
        aside = path.with_name(ASIDE + path.name)
        path.rename(aside)
        print(f"{path}: damaged, moved to {aside.name}", flush=True)
    return None


def remove(folder: Path) -> None:
    """Delete the state of a replicate that is complete."""
    shutil.rmtree(folder, ignore_errors=True)


def _generations(folder: Path) -> Iterator[tuple[int, Path]]:
    """Yield epoch and file of each checkpoint, the newest first."""
    found = ((NAME.fullmatch(path.name), path) for path in folder.glob("checkpoint-*.pt"))
    known = [(int(match[1]), path) for match, path in found if match]
    yield from sorted(known, reverse=True)


def _read(path: Path) -> dict[str, Any] | None:
    """Read a checkpoint; None where its content is not what was written."""
    match = NAME.fullmatch(path.name)
    if match is None or _digest(path) != match[2]:
        return None
    try:
        return torch.load(path, weights_only=True, map_location="cpu")
    except (RuntimeError, EOFError, pickle.UnpicklingError):
        return None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:DIGITS]


def _retried(read: Callable[[], Content]) -> Content:
    """Call until the system does not refuse, so many times: a stale handle is no damage."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return read()
        except OSError as error:
            if attempt == ATTEMPTS:
                raise
            print(f"{error}; trying again", flush=True)
            time.sleep(PAUSE)
    raise AssertionError("every attempt returns or raises")
