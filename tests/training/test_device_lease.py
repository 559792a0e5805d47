"""Jobs side by side have a device each: with a fake kind of device, in real processes."""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import signal
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
import torch

from regrade.__main__ import parse
from regrade.errors import UserError
from regrade.training import device_lease
from regrade.training.device_lease import lease_device

FORK = multiprocessing.get_context("fork")
SCHEDULERS = device_lease._ALLOCATIONS


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Give this machine so many devices that heed CUDA_VISIBLE_DEVICES as CUDA does: four."""
    for name in (*SCHEDULERS, "CUDA_VISIBLE_DEVICES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(device_lease, "_LOOK_AGAIN_S", 0.001)
    monkeypatch.setattr(torch.accelerator, "set_device_index", lambda index: None)

    def has(count: int) -> None:
        def visible() -> int:
            listed = os.environ.get("CUDA_VISIBLE_DEVICES")
            return len(listed.split(",")) if listed else count

        kind = torch.device("cuda") if count else None
        monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda: kind)
        monkeypatch.setattr(torch.accelerator, "device_count", visible)

    has(4)
    return has


class Job:
    """A process that leases a device, tells which, and keeps it until it is told to end."""

    def __init__(self, name: str, runs: int, settings: dict[str, str]) -> None:
        self.end, theirs = FORK.Pipe()
        self.process = FORK.Process(target=self._live, args=(theirs, name, runs, settings))
        self.process.start()
        theirs.close()

    @staticmethod
    def _live(pipe: Connection, name: str, runs: int, settings: dict[str, str]) -> None:
        os.environ.update(settings)
        # A file of its own: what tests capture is cut off while it is read.
        log = Path(settings.get("LOG", os.devnull))
        with log.open("a", encoding="utf-8") as file, contextlib.redirect_stdout(file):
            device = lease_device(name, runs=runs)
        pipe.send((device, os.environ.get("CUDA_VISIBLE_DEVICES")))
        pipe.recv()

    def leased(self) -> tuple[str, str | None]:
        return self.end.recv()

    def finish(self) -> None:
        self.end.send("end")
        self.process.join()


@pytest.fixture
def start() -> Iterator[Callable[..., Job]]:
    jobs: list[Job] = []

    def begin(name: str = "auto", runs: int = 1, **settings: str) -> Job:
        jobs.append(Job(name, runs, settings))
        return jobs[-1]

    yield begin
    for job in jobs:
        job.process.kill()
        job.process.join()


def test_twelve_jobs_on_four_devices_are_never_two_on_one(start) -> None:
    waiting = {(job := start()).end: job for _ in range(12)}
    holding: dict[Job, str] = {}
    most = 0
    while waiting:
        for pipe in multiprocessing.connection.wait(list(waiting)):
            job = waiting.pop(pipe)
            _, device = job.leased()
            assert device not in holding.values(), "two jobs on one device"
            holding[job] = device
        most = max(most, len(holding))
        if len(holding) == 4:
            first = next(iter(holding))
            first.finish()
            del holding[first]
    assert most == 4


def test_a_job_sees_its_own_device_alone(start) -> None:
    found = [start().leased() for _ in range(4)]
    assert {device for device, _ in found} == {"cuda:0"}
    assert {visible for _, visible in found} == {"0", "1", "2", "3"}


def test_devices_that_are_hidden_from_a_job_are_not_taken(start) -> None:
    settings = {"CUDA_VISIBLE_DEVICES": "2,GPU-7f"}
    assert {start(**settings).leased()[1] for _ in range(2)} == {"2", "GPU-7f"}


def test_the_device_of_a_killed_job_is_free_again(start, machine) -> None:
    machine(1)
    first, second = start(), start()
    ready = multiprocessing.connection.wait([first.end, second.end])
    holder, other = (first, second) if first.end in ready else (second, first)
    assert not other.end.poll()
    os.kill(holder.process.pid, signal.SIGKILL)
    assert other.leased()[0] == "cuda:0"


def test_a_job_that_waits_says_so_once(start, machine, tmp_path) -> None:
    machine(1)
    first = start()
    first.leased()
    log = tmp_path / "said.txt"
    log.touch()
    second = start(LOG=str(log))
    while "waiting" not in log.read_text() and second.process.is_alive():
        second.process.join(0.01)
    first.finish()
    second.leased()
    said = log.read_text()
    assert said.count("waiting for a free device: other jobs train on cuda:0\n") == 1
    assert "training on cuda:0\n" in said


def test_small_runs_share_a_device_and_large_ones_do_not(start, machine) -> None:
    machine(2)
    small = [start(runs=2) for _ in range(2)]
    assert {job.leased()[1] for job in small} == {"0", "1"}, "the one with more room comes first"
    large = start(runs=1)
    more = [start(runs=2) for _ in range(2)]
    assert {job.leased()[1] for job in more} == {"0", "1"}
    assert not large.end.poll()
    for job in [*small, *more]:
        job.finish()
    large.leased()


def test_a_device_that_is_named_is_the_one_that_is_taken(start) -> None:
    assert start("cuda:2").leased()[1] == "2"


def test_within_an_allocation_the_devices_are_its_own(start, machine) -> None:
    """Two allocations may call different devices by the same number."""
    machine(1)
    jobs = [start(SLURM_JOB_ID=number) for number in ("1", "2")]
    assert [job.leased()[0] for job in jobs] == ["cuda:0", "cuda:0"]


def test_a_kind_without_such_a_limit_keeps_its_numbers(start, monkeypatch) -> None:
    monkeypatch.setattr(device_lease, "_VISIBLE", {})
    assert {start().leased()[0] for _ in range(4)} == {f"cuda:{number}" for number in range(4)}


def test_without_a_device_auto_is_the_cpu(machine) -> None:
    machine(0)
    assert lease_device("auto") == lease_device("cpu") == "cpu"


@pytest.mark.parametrize(
    ("name", "count", "told"),
    [
        ("cuda", 0, "'cuda' cannot be used here; accelerators found: none"),
        ("xpu", 2, "'xpu' cannot be used here; accelerators found: 2 of cuda"),
        ("cuda:2", 2, "'cuda:2' cannot be used here: there are 2, counted from 0"),
        ("cuda:first", 2, "'cuda:first' names none; a device is auto, cpu, mps, cuda"),
        ("cuda:", 2, "'cuda:' names none"),
        ("gpu", 2, "'gpu' names none"),
    ],
)
def test_a_device_that_is_not_there_is_told(machine, name: str, count: int, told: str) -> None:
    machine(count)
    with pytest.raises(UserError, match=told):
        lease_device(name)


@pytest.mark.parametrize(
    "command", [["train", "--study", "duke", "--run", "D01"], ["calibrate"]], ids=lambda w: w[0]
)
def test_a_command_refuses_what_is_no_device(command: list[str], capsys) -> None:
    assert parse([*command, "--device", "cuda:1"]).device == "cuda:1"
    with pytest.raises(SystemExit):
        parse([*command, "--device", "cuda:first"])
    assert "'cuda:first' names no device" in capsys.readouterr().err
