"""The workflow on a real Slurm: one node, two GPUs that are copies of /dev/null, no accounting."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from small_workflow import LIMIT_S, Outcome, Workspace, kill_group, read_rows

from regrade.training.interruption import STOPPED

pytestmark = pytest.mark.slurm

HELPER = Path(__file__).with_name("slurm_cluster.sh")
PROFILE = (
    *("--profile", "profiles/slurm"),
    *("--slurm-init-seconds-before-status-checks", "1", "--latency-wait", "5"),
)
SKIPPED = 77
GPUS = 2


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Start a Slurm, and give the folder of its records."""
    folder = tmp_path_factory.mktemp("slurm")
    environment = os.environ | {"SLURM_TEST_DIR": str(folder), "SLURM_TEST_GPUS": str(GPUS)}
    told = folder / "start.txt"
    # Into a file: daemons that keep a pipe open would keep its reader waiting.
    with told.open("w") as out:
        started = subprocess.run(
            [HELPER, "start"], env=environment, stdout=out, stderr=out, check=False
        )
    if started.returncode == SKIPPED:
        pytest.skip(told.read_text().strip())
    assert started.returncode == 0, told.read_text()
    yield folder
    subprocess.run([HELPER, "stop"], env=environment, check=True)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory, tiny_data: Path) -> Workspace:
    """Run everything on this machine, undisturbed."""
    space = Workspace.create(tmp_path_factory.mktemp("local") / "copy", tiny_data.parent)
    space.snakemake(seeds=3).succeeded()
    return space


@pytest.fixture
def space(cluster: Path, tiny_data: Path, tmp_path: Path) -> Workspace:
    """Give a workspace where nothing has been run."""
    return Workspace.create(tmp_path / "copy", tiny_data.parent)


def slurm(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def trainings(space: Workspace) -> list[int]:
    """Give the training processes of a workspace."""
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


def freeze(space: Workspace, process: subprocess.Popen) -> int:
    """Stop a training where it is, so that a test cannot come too late for it."""
    deadline = time.monotonic() + LIMIT_S
    while not (found := trainings(space)):
        assert process.poll() is None, process.stdout.read()
        assert time.monotonic() < deadline
        time.sleep(0.005)
    os.kill(found[0], signal.SIGSTOP)
    return found[0]


def finish(process: subprocess.Popen) -> Outcome:
    text, _ = process.communicate(timeout=LIMIT_S)
    return Outcome(process.returncode, text)


def history(space: Workspace, run: str, seed: int) -> list[dict[str, str]]:
    return read_rows(space.replicate(run, seed) / "history.csv", without="seconds")


def allocations(cluster: Path) -> list[tuple[datetime, datetime]]:
    """Give begin and end of every job that had a GPU."""
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


def test_the_results_are_those_of_one_machine(cluster, space, local):
    space.snakemake(*PROFILE, seeds=3).succeeded()
    for table in ("numbers", "claims", "complexity", "errata"):
        ours, theirs = (s.root / f"results/tables/{table}.csv" for s in (space, local))
        assert ours.read_text() == theirs.read_text()
    for run in ("A1", "A2-as-run"):
        for seed in range(3):
            assert history(space, run, seed) == history(local, run, seed)
    assert not list((space.root / "results").glob("state/*"))

    lines = (cluster / "devices.txt").read_text().splitlines()
    seen = {devices for _, devices in map(str.split, lines)} - {"-", "NoDevFiles"}
    assert seen <= {str(number) for number in range(GPUS)}, "a job saw more than one GPU"
    periods = allocations(cluster)
    assert periods
    for moment, _ in periods:
        assert sum(begin <= moment < end for begin, end in periods) <= GPUS


def test_a_cancelled_group_trains_nothing_twice(space, local):
    """Snakemake deletes what the members had finished; the next attempt brings it back."""
    target = [f"results/runs/small/A2-as-run/seed-{seed}/history.csv" for seed in range(3)]
    process = space.start(*PROFILE, *target, seeds=3)
    state = space.root / "results/state"
    try:
        deadline = time.monotonic() + LIMIT_S
        while not (kept := list(state.glob("*.finished"))):
            assert process.poll() is None, process.stdout.read()
            assert time.monotonic() < deadline
            time.sleep(0.005)
        first = json.loads((kept[0] / "provenance.json").read_text())
        freeze(space, process)
        slurm("scancel", "--user", "root")
        finish(process).succeeded()
    finally:
        kill_group(process)
    log = space.training_log("A2-as-run", first["seed"]).read_text()
    assert log.startswith("finished before")
    assert (
        json.loads((space.replicate("A2-as-run", first["seed"]) / "provenance.json").read_text())[
            "finished"
        ]
        == first["finished"]
    )
    for seed in range(3):
        assert history(space, "A2-as-run", seed) == history(local, "A2-as-run", seed)


def test_a_cancelled_job_continues_in_the_next_attempt(space, local):
    target = "results/runs/small/A1/seed-0/history.csv"
    process = space.start(*PROFILE, target)
    log = space.training_log("A1")
    try:
        deadline = time.monotonic() + LIMIT_S
        while not (log.exists() and "epoch 3/60" in log.read_text()):
            assert process.poll() is None, process.stdout.read()
            assert time.monotonic() < deadline
            time.sleep(0.005)
        freeze(space, process)
        slurm("scancel", "--user", "root")
        outcome = finish(process).succeeded()
    finally:
        kill_group(process)
    assert STOPPED in outcome.text, "the log of the failed attempt is shown"
    assert history(space, "A1", 0) == history(local, "A1", 0)
    provenance = json.loads((space.replicate("A1") / "provenance.json").read_text())
    (resumed,) = provenance["resumed_at_epochs"]
    assert 2 <= resumed < 60
