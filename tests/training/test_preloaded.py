"""A training forked from the preloaded process is like one in a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.support.recipes import CROP, FLIP, NORMALIZE, TO_TENSOR, make_recipe
from tests.support.small_workflow import LIMIT_S, read_rows, until, wait_for

from regrade.training import preloaded as preloaded_process
from regrade.training.preloaded import Preloaded
from regrade.training.preloading import (
    VARIABLE,
    forget_preloaded,
    start_preloaded,
    train_preloaded,
)
from regrade.training.request import Request
from regrade.training.sigterm import STOPPED

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks end with it on Linux alone")

ALONE = """\
import sys
from regrade.training.cores import claim_cores
from regrade.training.request import Request, execute
execute(Request.from_json(sys.stdin.read()), claim_cores(1))
"""
ASK = """\
import sys
from regrade.training.preloading import train_preloaded
from regrade.training.request import Request
sys.exit(train_preloaded(Request.from_json(sys.stdin.read())))
"""
LONG = 100_000
"""Epochs of a training that no test waits for."""


@pytest.fixture(scope="module")
def preloaded() -> Iterator[subprocess.Popen]:
    """Start the process once: it takes seconds to load torch."""
    process = start_preloaded(pytest.fail)
    yield process
    forget_preloaded()
    process.stdin.close()
    assert process.wait(LIMIT_S) == 0, "it outlives whoever started it"


@pytest.fixture
def request_of(make_job: Callable, tmp_path: Path) -> Callable[..., Request]:
    """Build requests; `folder` keeps their files apart."""

    def make(folder: str, epochs: int = 2, **changes: object) -> Request:
        transforms = {"training": [TO_TENSOR, NORMALIZE, CROP, FLIP], "evaluation": [TO_TENSOR]}
        job = make_job(make_recipe(transforms=transforms), folder, epochs=epochs)
        fields = {
            **{"study": job.study, "run": job.run, "recipe_json": job.recipe_json},
            **{"budget": vars(job.budget), "seed": 3, "data": str(job.data)},
            **{"output": str(job.output), "state": str(job.state), "device": "cpu"},
            **{"runs_per_gpu": 1, "precision": "float32", "weights": None},
            "log": str(tmp_path / f"{folder}.log"),
        }
        return Request(**fields | changes)

    return make


def script(code: str, request: Request, **options: object) -> subprocess.Popen:
    """Start a process that reads a request."""
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, **options)
    process.stdin.write(request.to_json().encode())
    process.stdin.close()
    return process


def trained(request: Request) -> int:
    """Wait until a training has finished an epoch, and give the process that trains."""
    log = Path(request.log)
    wait_for(log, "epoch 1/")
    (pid,) = (
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/fd")
        if _has_open(path, request.log)
    )
    return pid


def _has_open(handles: Path, file: str) -> bool:
    try:
        return any(os.readlink(handle) == file for handle in handles.iterdir())
    except OSError:
        return False


def test_it_gives_the_same_bits(preloaded, request_of) -> None:
    forked, alone = request_of("forked"), request_of("alone")
    assert train_preloaded(forked) == 0
    assert script(ALONE, alone).wait(LIMIT_S) == 0
    histories = [
        read_rows(Path(one.output) / "history.csv", without="seconds") for one in (forked, alone)
    ]
    assert histories[0] == histories[1]
    weights = [(Path(one.output) / "weights.safetensors").read_bytes() for one in (forked, alone)]
    assert weights[0] == weights[1]
    assert "epoch 2/2" in Path(forked.log).read_text()


def test_a_mistake_ends_in_a_message_in_the_log_and_a_status(preloaded, request_of) -> None:
    request = request_of("missing", data="/nowhere/cifar10.npz")
    assert train_preloaded(request) == 1
    assert "/nowhere/cifar10.json: the card of the data set" in Path(request.log).read_text()


def test_it_dies_with_the_job_that_asked_for_it(preloaded, request_of) -> None:
    request = request_of("killed", epochs=LONG)
    asking = script(ASK, request)
    training = trained(request)
    asking.kill()
    asking.wait(LIMIT_S)
    until(lambda: not Path(f"/proc/{training}").exists(), what="the end of the training")
    assert train_preloaded(request_of("next")) == 0, "the others go on"


def test_a_job_that_is_told_to_stop_tells_its_training(preloaded, request_of) -> None:
    request = request_of("stopped", epochs=LONG)
    asking = script(ASK, request)
    trained(request)
    asking.send_signal(signal.SIGTERM)
    assert asking.wait(LIMIT_S) == 1
    assert Path(request.log).read_text().splitlines()[-1] == STOPPED


def test_without_it_a_job_has_to_train_itself(
    request_of, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert train_preloaded(request_of("a")) is None
    monkeypatch.setenv(VARIABLE, str(tmp_path / "gone"))
    assert train_preloaded(request_of("b")) is None


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Preloaded]:
    """Serve in this process, with trainings that end at once."""
    monkeypatch.setattr(preloaded_process, "_become", lambda _: os._exit(0))
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(tmp_path / "s"))
    listening.listen()
    read, write = os.pipe()
    yield Preloaded(listening, read, lambda _: None)
    listening.close()
    os.close(read)
    os.close(write)


def answer(server: Preloaded, text: str, gone: bool = False) -> str | None:
    """Ask with a text, let the server work until nothing runs, and return what it answered."""
    asking = socket.socket(socket.AF_UNIX)
    asking.connect(server.listening.getsockname())
    answers = asking.makefile("r")
    # More than a socket takes at once is sent while the server reads.
    sending = threading.Thread(target=asking.sendall, args=(text.encode(),))
    sending.start()
    if gone:
        sending.join()
        answers.close()
        asking.close()
    server._accept()
    while server.trainings:
        for key, _ in server.selector.select(LIMIT_S):
            key.data()
    sending.join()
    return None if gone else answers.read()


def test_a_request_that_cannot_be_served_leaves_the_others_alone(server, request_of) -> None:
    """Nothing is answered, so that the job trains alone."""
    good = f"{request_of('a').to_json()}\n"
    for text in ("{}\n", "no JSON\n", "[1]\n"):
        assert answer(server, text) == ""
    server.prepare = lambda _: 1 / 0
    assert answer(server, good) == ""
    server.prepare = lambda _: None
    assert answer(server, good).splitlines()[1:] == ["0"]


def test_a_job_that_has_gone_before_it_is_answered_ends_nothing(server, request_of) -> None:
    good = f"{request_of('a').to_json()}\n"
    answer(server, good, gone=True)
    assert answer(server, good).splitlines()[1:] == ["0"]


def test_a_long_request_is_read_whole(server, request_of) -> None:
    long = request_of("a", study="s" * (3 << 20))
    assert answer(server, f"{long.to_json()}\n").splitlines()[1:] == ["0"]


def test_where_no_socket_can_be_had_trainings_start_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The system takes a hundred characters for a socket, and clusters have longer folders."""
    long = tmp_path / ("a" * 120)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    monkeypatch.delenv(VARIABLE, raising=False)
    told: list[str] = []
    assert start_preloaded(told.append) is None
    assert VARIABLE not in os.environ
    assert "start one by one" in told[0]
    assert list(long.iterdir()) == []
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    assert start_preloaded(told.append) is None
