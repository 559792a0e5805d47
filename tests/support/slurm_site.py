"""A real Slurm of one node for tests, and what the tests do to the jobs on it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from tests.support.small_workflow import Workspace, until, wait_for

HELPER = Path(__file__).with_name("slurm_cluster.sh")
PROFILE = (
    *("--profile", "profiles/slurm"),
    *("--slurm-init-seconds-before-status-checks", "1", "--latency-wait", "5"),
)
"""What the profile has for real clusters would make the tests wait."""
SKIPPED = 77
GPUS = 2


@contextmanager
def running(folder: Path, *, accounting: bool = False) -> Iterator[Path]:
    """Start a Slurm with two GPUs that are copies of /dev/null; give the folder of its records."""
    environment = os.environ | {
        "SLURM_TEST_DIR": str(folder),
        "SLURM_TEST_GPUS": str(GPUS),
        "SLURM_TEST_ACCT": str(int(accounting)),
    }
    told = folder.with_suffix(".start.txt")
    try:
        # Into a file: daemons that keep a pipe open would keep its reader waiting.
        with told.open("w") as out:
            started = subprocess.run(
                [HELPER, "start"], env=environment, stdout=out, stderr=out, check=False
            )
        if started.returncode == SKIPPED:
            pytest.skip(told.read_text().strip())
        assert started.returncode == 0, told.read_text()
        yield folder
    finally:
        subprocess.run([HELPER, "stop"], env=environment, check=True)


def slurm(*command: str) -> str:
    """Ask Slurm something."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def trainings(space: Workspace) -> list[int]:
    """Return the training processes of a workspace."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes().split(b"\0")
            here = (place / "cwd").resolve() == space.root
        except OSError:
            continue
        if here and "python" in Path(os.fsdecode(words[0])).name and b"train_run.py" in words[-2]:
            found.append(int(place.name))
    return found


def freeze(space: Workspace, process: subprocess.Popen[str]) -> int:
    """Stop a training where it is, so that a test cannot come too late for it."""
    number = until(lambda: trainings(space), process)[0]
    os.kill(number, signal.SIGSTOP)
    return number


def job_of(number: int) -> str:
    """Return the Slurm job that a process belongs to."""
    told = Path(f"/proc/{number}/environ").read_bytes()
    return os.fsdecode(re.search(rb"(?:^|\0)SLURM_JOBID=(\d+)", told)[1])


def interrupt(space: Workspace, process: subprocess.Popen[str], run: str = "A1") -> str:
    """Freeze a training that has completed some epochs, and give its Slurm job."""
    wait_for(space.training_log(run), "epoch 3/60", process)
    return job_of(freeze(space, process))


def allocations(cluster: Path) -> list[tuple[datetime, datetime]]:
    """Return begin and end of every job that had a GPU."""
    lines = (cluster / "devices.txt").read_text().splitlines()
    with_gpu = {job for job, devices in map(str.split, lines) if devices.isdigit()}
    found = []
    for line in (cluster / "jobs.txt").read_text().splitlines():
        job, begin, end = (
            re.search(rf"\b{key}=(\S+)", line)[1] for key in ("JobId", "StartTime", "EndTime")
        )
        if job in with_gpu:
            found.append((datetime.fromisoformat(begin), datetime.fromisoformat(end)))
    return found
