"""A process that has imported everything, and becomes a training for each request by forking.

Most of a short preview is its start: torch and the compiled kernels take seconds to load. A fork
starts with both in memory, and has nothing else that a process of its own would not have: the
parent draws no random number, runs no layer and uses no device, so that the bits are the same.

A training ends with whoever asked for it: when the asking job is killed its connection closes and
the training is killed, and when this process is killed the system kills its children.

    python -m regrade.training.preloaded FD      # of a listening socket; ends when its input does
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from selectors import EVENT_READ, DefaultSelector
from typing import NoReturn

from regrade.errors import exit_on_user_error
from regrade.logs import log_to
from regrade.training.cores import claim_cores
from regrade.training.request import Request, execute
from regrade.training.sigterm import stop_on_sigterm

_DIE_WITH_PARENT = 1
"""PR_SET_PDEATHSIG of Linux."""


@dataclass(frozen=True)
class _Training:
    """A fork, the job that asked for it, and a pipe that closes when it ends."""

    pid: int
    asking: socket.socket
    ended: int


class Preloaded:
    """Forks a training for each connection, and tells each how its training ended.

    Parameters
    ----------
    listening
        A bound socket.
    lifetime
        Ends when whoever started this process does.
    prepare
        Loads what the training of a request would load, before the fork.
    """

    def __init__(
        self, listening: socket.socket, lifetime: int, prepare: Callable[[Request], None]
    ) -> None:
        self.listening = listening
        self.prepare = prepare
        self.selector = DefaultSelector()
        self.selector.register(listening, EVENT_READ, self._accept)
        self.selector.register(lifetime, EVENT_READ, self._stop)
        self.trainings: list[_Training] = []
        self.stopping = False

    def serve(self) -> None:
        """Answer until the lifetime ends; trainings that still run then are killed."""
        while not self.stopping:
            for key, _ in self.selector.select():
                key.data()
        for training in self.trainings:
            os.kill(training.pid, signal.SIGKILL)

    def finish(self) -> None:
        """Take no more requests, tell the trainings to stop, and wait for them."""
        self.selector.unregister(self.listening)
        self.listening.close()
        for training in list(self.trainings):
            os.kill(training.pid, signal.SIGTERM)
            self._finished(training)
        sys.exit(1)

    def _stop(self) -> None:
        self.stopping = True

    def _accept(self) -> None:
        asking, _ = self.listening.accept()
        try:
            training = self._start(asking)
        except Exception:
            # The job that asked trains alone, and tells what is wrong; all other trainings go on.
            traceback.print_exc()
            training = None
        if training is None:
            asking.close()
            return
        self.trainings.append(training)
        self.selector.register(training.ended, EVENT_READ, lambda: self._finished(training))
        self.selector.register(asking, EVENT_READ, lambda: self._abandoned(training))
        with suppress(OSError):  # A job that has gone is noticed by its closed connection.
            asking.sendall(f"{training.pid}\n".encode())

    def _start(self, asking: socket.socket) -> _Training | None:
        """Fork the training that a connection asks for; None where it closed without asking."""
        with asking.makefile("r", encoding="utf-8") as file:
            line = file.readline()
        if not line:
            return None
        request = Request.from_json(line)
        self.prepare(request)
        read, write = os.pipe()
        try:
            pid = os.fork()
        except OSError:
            os.close(read)
            raise
        else:
            if not pid:
                _become(request)
        finally:
            os.close(write)
        return _Training(pid, asking, read)

    def _finished(self, training: _Training) -> None:
        if training not in self.trainings:
            return  # Its end and that of the job that asked were noticed at once.
        _, status = os.waitpid(training.pid, 0)
        with suppress(OSError):  # The asking job may have been killed meanwhile.
            training.asking.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
        self._forget(training)

    def _abandoned(self, training: _Training) -> None:
        if training in self.trainings:
            os.kill(training.pid, signal.SIGKILL)
            os.waitpid(training.pid, 0)
            self._forget(training)

    def _forget(self, training: _Training) -> None:
        self.selector.unregister(training.ended)
        self.selector.unregister(training.asking)
        os.close(training.ended)
        training.asking.close()
        self.trainings.remove(training)


def _become(request: Request) -> NoReturn:
    """Train in this fork, and end it as a process of its own would end."""
    status = 1
    try:
        _die_with_parent()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with log_to(request.log), exit_on_user_error(), stop_on_sigterm():
            execute(request, threads=1)
        status = 0
    except SystemExit as end:
        status = int(bool(end.code))
    except BaseException:
        traceback.print_exc()
    finally:
        # Not `sys.exit`: what the parent would do at its end is not for a fork to do.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _die_with_parent() -> None:
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _warm_up() -> Callable[[Request], None]:
    """Import what a training needs; return what loads the compiled kernels of a request."""
    import torch

    from regrade.data.pipeline import Pipeline, Stream
    from regrade.fingerprint import numerics_fingerprint
    from regrade.training import device_lease, replicate  # noqa: F401 - trainings use them

    torch.set_num_threads(1)
    numerics_fingerprint("")
    loaded: set[str] = set()

    def prepare(request: Request) -> None:
        data, lists = request.images()
        shape = (data.side, data.side, data.channels)
        for words in lists:
            if repr((shape, words)) in loaded:
                continue
            pipeline = Pipeline(words, torch.device("cpu"), data.channels)
            images = torch.zeros(2, *shape, dtype=torch.uint8)
            drawn = pipeline.draw(0, 1, Stream.TRAINING, 2)
            for numbers in (None, torch.arange(2)):
                pipeline.apply(images, drawn, slice(0, 2), numbers)
            loaded.add(repr((shape, words)))

    return prepare


def main() -> None:
    """Serve the listening socket of a file descriptor until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    claim_cores(1)
    server = Preloaded(socket.socket(fileno=int(sys.argv[1])), sys.stdin.fileno(), _warm_up())
    signal.signal(signal.SIGTERM, lambda *_: server.finish())
    server.serve()


if __name__ == "__main__":
    main()
