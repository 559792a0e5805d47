"""The workflow on a real Slurm of one node with two fake GPUs, without accounting."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.slurm_site import (
    GPUS,
    PROFILE,
    allocations,
    freeze,
    interrupt,
    running,
    slurm,
)
from tests.support.small_workflow import Workspace, finish, kill_group, read_rows, until

from regrade.training.sigterm import STOPPED

pytestmark = pytest.mark.slurm

TARGET = "results/runs/small/A1/seed-0/history.csv"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Start a Slurm, and give the folder of its records."""
    with running(tmp_path_factory.mktemp("slurm")) as folder:
        yield folder


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory, tiny_data: Path) -> Workspace:
    """Run everything on this machine, undisturbed."""
    space = Workspace.create(tmp_path_factory.mktemp("local") / "copy", tiny_data.parent)
    space.snakemake(seeds=3).succeeded()
    return space


@pytest.fixture
def space(cluster: Path, tiny_data: Path, tmp_path: Path) -> Workspace:
    """Return a workspace where nothing has been run."""
    return Workspace.create(tmp_path / "copy", tiny_data.parent)


@pytest.fixture
def process(space: Workspace) -> Iterator[subprocess.Popen[str]]:
    """Start the training of one replicate on Slurm."""
    started = space.start(*PROFILE, TARGET)
    yield started
    kill_group(started)


def history(space: Workspace, run: str, seed: int) -> list[dict[str, str]]:
    return read_rows(space.replicate(run, seed) / "history.csv", without="seconds")


def provenance(space: Workspace, run: str, seed: int = 0) -> dict:
    return json.loads((space.replicate(run, seed) / "provenance.json").read_text())


def assert_continued(space: Workspace, local: Workspace) -> None:
    """One interruption, after which the numbers are those of an undisturbed run."""
    assert history(space, "A1", 0) == history(local, "A1", 0)
    (resumed,) = provenance(space, "A1")["resumed_at_epochs"]
    assert 2 <= resumed < 60, "at most the epoch that was running is lost"


def test_the_results_are_those_of_one_machine(cluster, space, local):
    space.snakemake(*PROFILE, seeds=3).succeeded()
    for table in ("numbers", "claims", "complexity", "errata"):
        ours, theirs = (s.root / f"results/tables/{table}.csv" for s in (space, local))
        assert ours.read_text() == theirs.read_text()
    for run in ("A1", "A2-as-run"):
        for seed in range(3):
            assert history(space, run, seed) == history(local, run, seed)
    left = {path.name for path in (space.root / "results/state").iterdir()}
    assert left <= {"locks"}, "a lock's file stays, checkpoints and kept files go"

    lines = (cluster / "devices.txt").read_text().splitlines()
    seen = {devices for _, devices in map(str.split, lines)} - {"-", "NoDevFiles"}
    assert seen <= {str(number) for number in range(GPUS)}, "a job saw more than one GPU"
    periods = allocations(cluster)
    assert periods
    for moment, _ in periods:
        assert sum(begin <= moment < end for begin, end in periods) <= GPUS


def test_replicates_in_jobs_of_their_own_share_two_gpus(cluster, space, local):
    before = len(allocations(cluster))
    alone = ("--group-components", "small_replicates=1")
    space.snakemake(*PROFILE, *alone, "--jobs", "8", seeds=3).succeeded()
    for run in ("A1", "A2-as-run"):
        for seed in range(3):
            assert history(space, run, seed) == history(local, run, seed)
    periods = allocations(cluster)[before:]
    assert len(periods) == 6
    at_once = [sum(b <= moment < e for b, e in periods) for moment, _ in periods]
    assert max(at_once) == GPUS


def test_a_cancelled_group_trains_nothing_twice(space, local):
    """Snakemake deletes what the members had finished; the next attempt brings it back."""
    target = [f"results/runs/small/A2-as-run/seed-{seed}/history.csv" for seed in range(3)]
    process = space.start(*PROFILE, *target, seeds=3)
    state = space.root / "results/state"
    try:
        kept = until(lambda: list(state.glob("*.finished")), process)
        first = json.loads((kept[0] / "provenance.json").read_text())
        freeze(space, process)
        slurm("scancel", "--user", "root")
        finish(process).succeeded()
    finally:
        kill_group(process)
    log = space.training_log("A2-as-run", first["seed"]).read_text()
    assert log.startswith("finished before")
    assert provenance(space, "A2-as-run", first["seed"])["finished"] == first["finished"]
    for seed in range(3):
        assert history(space, "A2-as-run", seed) == history(local, "A2-as-run", seed)


def test_a_cancelled_job_continues_in_the_next_attempt(space, local, process):
    slurm("scancel", interrupt(space, process))
    outcome = finish(process).succeeded()
    assert STOPPED in outcome.text, "the log of the failed attempt is shown"
    assert_continued(space, local)


def test_a_job_at_its_time_limit_continues_in_the_next_attempt(space, local):
    """A minute is the shortest limit that Slurm has; nothing is signalled before it here."""
    limit = ("--set-resources", "train_run:runtime=1", "train_run:slurm_extra=''")
    process = space.start(*limit, *PROFILE, TARGET)
    try:
        job = interrupt(space, process)
        finish(process).succeeded()
    finally:
        kill_group(process)
    assert "JobState=TIMEOUT" in slurm("scontrol", "show", "job", job)
    assert_continued(space, local)


def test_a_preempted_job_continues(space, local, process):
    interrupt(space, process)
    slurm("sbatch", "--partition=urgent", "--exclusive", "--output=/dev/null", "--wrap=true")
    outcome = finish(process).succeeded()
    assert "Trying to restart" in outcome.text, "it ends in its grace time, for a new attempt"
    assert_continued(space, local)


def test_a_requeued_job_continues_under_its_number(space, local, process):
    job = interrupt(space, process)
    slurm("scontrol", "requeue", job)

    def waits() -> bool:
        return "JobState=PENDING" in slurm("scontrol", "show", "job", job)

    until(waits, process)
    # Else Slurm lets a requeued job wait for two minutes.
    slurm("scontrol", "update", f"JobId={job}", "StartTime=now")
    outcome = finish(process).succeeded()
    assert "Trying to restart" not in outcome.text, "no attempt is used up"
    assert_continued(space, local)


def test_after_a_killed_snakemake_the_same_command_goes_on(space, local, process):
    interrupt(space, process)
    kill_group(process)
    slurm("scancel", "--user", "root")
    until(lambda: not slurm("squeue", "--noheader"))
    space.snakemake("--unlock").succeeded()
    space.snakemake(*PROFILE, TARGET).succeeded()
    assert_continued(space, local)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("train_run:slurm_partition=nowhere", "invalid partition specified: nowhere"),
        ("train_run:mem_mb=99000000", "Requested node configuration is not available"),
        ("measure_networks:mem_mb=99000000", "Requested node configuration is not available"),
    ],
)
def test_a_request_that_the_site_refuses_is_told_once(space, wrong, said):
    outcome = space.snakemake(*PROFILE, "--set-resources", wrong, seeds=3)
    assert outcome.code != 0
    # Six trainings make two different requests: one of their group, one of those that stand alone.
    told = [line.strip() for line in outcome.text.splitlines() if said in line]
    asking = [line.partition(" (")[0] for line in told]
    assert 1 <= len(asking) == len(set(asking)) <= 2, outcome.text
    assert "Slurm would not take what the jobs ask for" in outcome.text
    assert not space.replicate("A1").exists()
    space.snakemake(*PROFILE, "--dry-run").succeeded()
