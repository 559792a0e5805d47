"""The cores of training processes: decided before torch is there, and shared with nobody."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from regrade.training import cores
from regrade.training.cores import claim_cores, numbers, usable_cores

CLAIM = """
import json, os, sys
os.sched_getaffinity = lambda pid: set(range(int(sys.argv[1])))
os.sched_setaffinity = lambda pid, mask: bound.extend(mask)
bound = []
from regrade.training.cores import claim_cores
threads = claim_cores(int(sys.argv[2]), bind=sys.argv[3] == "bind")
names = ("OMP_NUM_THREADS", "OMP_PROC_BIND", "OMP_WAIT_POLICY", "GOMP_CPU_AFFINITY")
settings = {name: os.environ.get(name) for name in names}
print(json.dumps({"threads": threads, "cores": bound, "settings": settings}), flush=True)
sys.stdin.read()
"""
TRAIN = """
import os, sys
os.sched_getaffinity = lambda pid: {0, 1, 2, 3}
from regrade.training.cores import claim_cores
threads = claim_cores(4, bind=True)
import torch
torch.set_num_threads(threads)
torch.randn(64, 64, 32, 32).relu_()
print(threads, torch.get_num_threads(), len(os.listdir("/proc/self/task")))
"""


def environment(tmp_path: Path) -> dict[str, str]:
    package = str(Path(cores.__file__).parents[2])
    # As some sites set it for everybody.
    bound = {"OMP_PROC_BIND": "true", "GOMP_CPU_AFFINITY": "0"}
    return os.environ | bound | {"PYTHONPATH": package, "TMPDIR": str(tmp_path)}


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable]:
    """Start a job of so many threads on a machine of so many cores; it ends with the test."""
    jobs = []

    def job(machine: int, threads: int, bind: str = "bind") -> tuple[subprocess.Popen, dict]:
        process = subprocess.Popen(
            [sys.executable, "-c", CLAIM, str(machine), str(threads), bind],
            env=environment(tmp_path),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        jobs.append(process)
        return process, json.loads(process.stdout.readline())

    yield job
    for process in jobs:
        process.kill()
        process.communicate()


def test_jobs_side_by_side_share_no_core_while_others_are_idle(start) -> None:
    claims = [start(8, 2)[1] for _ in range(4)]
    assert sorted(core for claim in claims for core in claim["cores"]) == list(range(8))
    assert {claim["threads"] for claim in claims} == {2}
    assert {claim["settings"]["OMP_PROC_BIND"] for claim in claims} == {"true"}


def test_the_cores_of_a_killed_job_are_free_again(start) -> None:
    first, second = start(4, 2), start(4, 2)
    first[0].kill()
    first[0].wait()
    assert start(4, 2)[1]["cores"] == first[1]["cores"] != second[1]["cores"]


def test_a_job_for_which_too_few_cores_are_free_wanders_and_lets_others_work(start) -> None:
    start(4, 3)
    claim = start(4, 3)[1]
    assert (claim["threads"], claim["cores"]) == (3, [])
    assert claim["settings"]["OMP_PROC_BIND"] == "false"
    assert claim["settings"]["OMP_WAIT_POLICY"] == "passive"


def test_a_job_of_one_thread_is_not_bound_to_the_first_core_with_all_others(start) -> None:
    claim = start(8, 1)[1]
    assert (claim["threads"], claim["cores"]) == (1, [])
    assert claim["settings"]["OMP_PROC_BIND"] == "false"
    assert claim["settings"]["GOMP_CPU_AFFINITY"] is None


def test_where_a_device_trains_the_threads_share_the_jobs_cores_freely(start) -> None:
    claim = start(8, 2, "free")[1]
    assert len(claim["cores"]) == 2
    assert claim["settings"]["OMP_PROC_BIND"] == "false"


def test_a_job_never_has_more_threads_than_cores(start) -> None:
    assert start(2, 64)[1]["threads"] == 2


def test_a_job_of_four_threads_trains_with_four(tmp_path: Path) -> None:
    """Threads that torch is told of and that are there, not only asked for."""
    done = subprocess.run(
        [sys.executable, "-c", TRAIN],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    threads, told, there = map(int, done.stdout.split())
    assert threads == told == 4
    assert there >= 4


def test_cores_are_claimed_before_torch_is_imported() -> None:
    """Here it is imported already, and would not see what is decided now."""
    __import__("torch")
    with pytest.raises(RuntimeError, match="before torch is imported"):
        claim_cores(2)


def test_a_thread_of_each_core_is_used_before_the_second_ones(tmp_path, monkeypatch) -> None:
    for core in range(4):
        first = core % 2
        (tmp_path / str(core)).write_text(f"{first},{first + 2}\n", encoding="ascii")
    monkeypatch.setattr(cores, "_SIBLINGS", f"{tmp_path}/{{}}")
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {3, 2, 1, 0}, raising=False)
    assert usable_cores() == [0, 1, 2, 3]
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {2, 3, 1}, raising=False)
    assert usable_cores() == [1, 2, 3]


def test_the_kernels_lists_of_numbers_are_read() -> None:
    assert numbers("0,4-6\n") == [0, 4, 5, 6]
