"""The workflow on a real Slurm, which the tests start themselves (`make test-slurm`)."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_workflow import LIMIT_S, Outcome, Workspace, kill_group, read_rows, wait_for

pytestmark = pytest.mark.slurm

SCRIPT = Path(__file__).with_name("slurm.sh")
RUNS = {"A1": (0, 1, 2), "A2-as-run": (0, 1, 2)}
LONG = ("as-told: {stop: {epochs: 60}}", "as-told: {stop: {epochs: 200}}")
QUICK = ("--slurm-init-seconds-before-status-checks", "1", "--latency-wait", "20")
"""What the profile has for real clusters would make the tests wait."""
EACH_ALONE = ("--group-components", "small_replicates=1", "measurements=100")


def ask(*command: str) -> str:
    """Ask Slurm something."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="session")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Start a Slurm with two fake GPUs."""
    folder = str(tmp_path_factory.mktemp("slurm"))
    started = subprocess.run([SCRIPT, "start", folder], capture_output=True, text=True, check=False)
    try:
        assert started.returncode == 0, started.stdout + started.stderr
        yield
    finally:
        subprocess.run([SCRIPT, "stop", folder], check=False)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory, tiny_data: Path) -> Workspace:
    """Give a workspace with prepared data and no replicate; nobody may change it."""
    space = Workspace.create(tmp_path_factory.mktemp("fresh") / "copy", tiny_data.parent)
    space.edit(space.study, "recipe: {stop: {epochs: 60}}", "recipe: {stop: {epochs: 200}}")
    space.edit(space.study, *LONG)
    space.snakemake("results/data/cifar10.npz").succeeded()
    return space


@pytest.fixture(scope="module")
def local(fresh: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Give what the same study yields without Slurm."""
    space = fresh.copy(tmp_path_factory.mktemp("local") / "copy")
    space.snakemake(seeds=3).succeeded()
    return space


@pytest.fixture
def workspace(slurm: None, fresh: Workspace, tmp_path: Path) -> Workspace:
    """Give a workspace to run on Slurm, the one test at a time."""
    return fresh.copy(tmp_path / "copy")


def start(space: Workspace, *arguments: str) -> subprocess.Popen[str]:
    """Start the workflow on Slurm."""
    return space.start("--profile", "profiles/slurm", *QUICK, *arguments, seeds=3)


def finish(process: subprocess.Popen[str]) -> Outcome:
    try:
        text, _ = process.communicate(timeout=LIMIT_S)
    finally:
        kill_group(process)
    return Outcome(process.returncode, text)


def assert_same_numbers(found: Workspace, expected: Workspace) -> None:
    """Every history and every graded number is that of an undisturbed run on this machine."""
    for run, seeds in RUNS.items():
        for seed in seeds:
            histories = [
                read_rows(space.replicate(run, seed) / "history.csv", without="seconds")
                for space in (found, expected)
            ]
            assert histories[0] == histories[1], (run, seed)
    for table in ("numbers", "claims", "complexity"):
        first, second = (
            (space.root / "results/tables" / f"{table}.csv").read_text()
            for space in (found, expected)
        )
        assert first == second, table


def trainings() -> list[dict[str, str]]:
    """Give the jobs that asked for a GPU, as Slurm remembers them."""
    jobs = ask("scontrol", "--oneliner", "--details", "show", "jobs").splitlines()
    found = [dict(re.findall(r"(\w+)=(\S+)", job)) for job in jobs]
    return [job for job in found if "gpu" in job.get("TresPerJob", "")]


def running() -> str:
    """Wait for a training that runs, and give its number."""
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        for job in trainings():
            if job["JobState"] == "RUNNING":
                return job["JobId"]
    raise AssertionError("no training ever ran")


def interrupt(space: Workspace, process: subprocess.Popen[str], run: str = "A1") -> str:
    """Wait until a replicate has completed some epochs, and give the number of its job."""
    wait_for(space.training_log(run), "epoch 3/200", process)
    return running()


def resumed(space: Workspace) -> list[str]:
    logs = (space.root / "results/logs/train/small/A1").glob("*.log")
    return [path.stem for path in logs if "continuing after epoch" in path.read_text()]


def test_two_gpus_train_two_at_a_time_and_give_the_local_report(workspace, local) -> None:
    before = {job["JobId"] for job in trainings()}
    finish(start(workspace, *EACH_ALONE)).succeeded()
    assert_same_numbers(workspace, local)
    jobs = [job for job in trainings() if job["JobId"] not in before]
    assert len(jobs) == 6
    for job in jobs:
        assert job["TresPerJob"] == "gres:gpu:1", "each asks for one device"
    times = [(job["StartTime"], job["EndTime"]) for job in jobs]
    for begin, _ in times:
        at_once = sum(first <= begin < last for first, last in times)
        assert at_once <= 2, times


def test_small_replicates_share_an_allocation(workspace, local) -> None:
    before = {job["JobId"] for job in trainings()}
    finish(start(workspace)).succeeded()
    assert len({job["JobId"] for job in trainings()} - before) == 1
    assert_same_numbers(workspace, local)


@pytest.mark.parametrize("grouping", [(), EACH_ALONE], ids=["grouped", "alone"])
def test_a_cancelled_job_is_continued_in_its_next_attempt(workspace, local, grouping) -> None:
    process = start(workspace, *grouping)
    ask("scancel", interrupt(workspace, process))
    finish(process).succeeded()
    assert_same_numbers(workspace, local)


def test_a_preempted_job_is_continued(workspace, local) -> None:
    process = start(workspace, *EACH_ALONE)
    interrupt(workspace, process)
    ask(
        "sbatch", "--partition=urgent", "--exclusive", "--wait", "--output=/dev/null", "--wrap=true"
    )
    finish(process).succeeded()
    assert_same_numbers(workspace, local)
    assert resumed(workspace)


def test_after_a_killed_snakemake_the_same_command_goes_on(workspace, local) -> None:
    process = start(workspace, *EACH_ALONE)
    interrupt(workspace, process)
    kill_group(process)
    ask("scancel", "--user=root")
    while ask("squeue", "--noheader"):
        pass
    workspace.snakemake("--unlock").succeeded()
    outcome = finish(start(workspace, *EACH_ALONE)).succeeded()
    assert_same_numbers(workspace, local)
    assert resumed(workspace), outcome.text


@pytest.mark.parametrize(
    ("resource", "said"),
    [
        ("slurm_partition=nowhere", "invalid partition specified: nowhere"),
        ("mem_mb=99000000", "Memory specification can not be satisfied"),
    ],
)
def test_a_request_that_the_site_refuses_is_told(workspace, resource, said) -> None:
    outcome = finish(start(workspace, "--retries", "0", "--set-resources", f"train_run:{resource}"))
    assert outcome.code != 0
    assert said in outcome.text
