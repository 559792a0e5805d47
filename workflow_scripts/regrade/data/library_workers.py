"""Processes that transform images with torchvision, each on a thread of its own.

Another process has random numbers of its own, and does not wait for the one that trains. It ends
when its input does, and so with the process that started it, however that one ends.

    python -m regrade.data.library_workers       # reads and writes pickles
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import regrade

if TYPE_CHECKING:
    from regrade.studies.library_words import LibraryWord

_workers: list[subprocess.Popen] = []
_lock = threading.Lock()


def transform(word: LibraryWord, images: np.ndarray, seeds: np.ndarray, count: int) -> np.ndarray:
    """Transform images in as many processes, which are started when there are too few.

    Who does which image changes no pixel: each has a seed of its own.
    """
    with _lock:
        while len(_workers) < count:
            _workers.append(_start())
        parts = zip(
            _workers[:count],
            np.array_split(images, count),
            np.array_split(seeds, count),
            strict=True,
        )
        asked = [worker for worker, *given in parts if _ask(worker, word, *given)]
        return np.concatenate([_answer(worker) for worker in asked])


def _start() -> subprocess.Popen:
    package = str(Path(regrade.__file__).parents[1])
    inherited = os.environ.get("PYTHONPATH")
    paths = os.pathsep.join([package, inherited] if inherited else [package])
    return subprocess.Popen(
        [sys.executable, "-m", "regrade.data.library_workers"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": paths},
    )


def _ask(
    worker: subprocess.Popen, word: LibraryWord, images: np.ndarray, seeds: np.ndarray
) -> bool:
    """Hand a part of a batch to a worker; tell whether there was one."""
    try:
        if len(images):
            _write((word, images, seeds), worker.stdin)
    except BrokenPipeError:
        raise _death_of(worker) from None
    return len(images) > 0


def _answer(worker: subprocess.Popen) -> np.ndarray:
    try:
        return pickle.load(worker.stdout)  # type: ignore[arg-type]
    except EOFError:
        raise _death_of(worker) from None


def _death_of(worker: subprocess.Popen) -> RuntimeError:
    return RuntimeError(f"a process that transforms images ended with status {worker.wait()}")


def _write(what: Any, stream: Any) -> None:
    pickle.dump(what, stream, pickle.HIGHEST_PROTOCOL)
    stream.flush()


def main() -> None:
    """Answer until the input ends."""
    import torch

    from regrade.data.library import transform_all

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)
    # What libraries print must not stand between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while True:
        try:
            word, images, seeds = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        _write(transform_all(word, images, seeds), answers)


if __name__ == "__main__":
    main()
