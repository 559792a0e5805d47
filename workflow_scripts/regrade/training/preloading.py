"""Starting the preloaded process, and asking it to train; see `regrade.training.preloaded`."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import regrade
from regrade.training.request import Request

VARIABLE = "REGRADE_PRELOADED"
"""Names the socket to the jobs that a workflow starts."""


def start_preloaded(warn: Callable[[str], object]) -> subprocess.Popen | None:
    """Start a preloaded process that ends with this one, and name it to this process's jobs.

    It takes requests at once, and answers them when it has loaded everything.

    Parameters
    ----------
    warn
        Told why there is none, where the system refuses; trainings start one by one then.
    """
    folder = None
    try:
        folder = tempfile.mkdtemp(prefix="regrade-")
        return _start(Path(folder, "preloaded"))
    except OSError as error:
        place = folder or "the folder of temporary files"
        warn(f"no socket in {place}: {error}; trainings start one by one, which takes longer")
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
        return None


def _start(path: Path) -> subprocess.Popen:
    package = str(Path(regrade.__file__).parents[1])
    inherited = os.environ.get("PYTHONPATH")
    paths = os.pathsep.join([package, inherited] if inherited else [package])
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.fspath(path))
        listening.listen(1024)
        process = subprocess.Popen(
            [sys.executable, "-m", "regrade.training.preloaded", str(listening.fileno())],
            stdin=subprocess.PIPE,
            pass_fds=[listening.fileno()],
            env=os.environ | {"PYTHONPATH": paths},
        )
    os.environ[VARIABLE] = os.fspath(path)
    return process


def forget_preloaded() -> None:
    """Remove the socket of a preloaded process that ends with this one."""
    path = os.environ.pop(VARIABLE, None)
    if path:
        shutil.rmtree(Path(path).parent, ignore_errors=True)


def train_preloaded(request: Request) -> int | None:
    """Let the preloaded process train a replicate, and wait for the end.

    Returns
    -------
    The status that a process of its own would have ended with; None where nobody can be asked, so
    that this process has to train.
    """
    path = os.environ.get(VARIABLE)
    if not path:
        return None
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(path)
        connection.sendall(f"{request.to_json()}\n".encode())
        answers = connection.makefile("r", encoding="utf-8")
        pid = answers.readline()
    except OSError:
        return None
    if not pid:
        return None
    with _stopping_too(int(pid)):
        status = answers.readline()
    if not status:
        sys.stderr.write("the preloaded process was killed, and its trainings with it\n")
        return 1
    return int(status)


@contextmanager
def _stopping_too(training: int) -> Iterator[None]:
    """Hand SIGTERM on to the training, which then ends and is waited for."""

    def stop(*_: object) -> None:
        with suppress(ProcessLookupError):
            os.kill(training, signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
