"""The workflow on a real Slurm with accounting, where either status command works."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.slurm_site import PROFILE, running, slurm
from tests.support.small_workflow import Workspace

pytestmark = pytest.mark.slurm

TARGETS = [f"results/runs/small/{run}/seed-0/history.csv" for run in ("A1", "A2-as-run")]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Start a Slurm with its database."""
    with running(tmp_path_factory.mktemp("slurm"), accounting=True) as folder:
        yield folder


@pytest.fixture
def space(cluster: Path, tiny_data: Path, tmp_path: Path) -> Workspace:
    """Return a workspace where nothing has been run."""
    return Workspace.create(tmp_path / "copy", tiny_data.parent)


@pytest.mark.parametrize("command", ["squeue", "sacct"])
def test_jobs_are_seen_to_end(space, command):
    outcome = space.snakemake(*PROFILE, "--slurm-status-command", command, *TARGETS).succeeded()
    (name,) = re.findall(r"SLURM run ID: (\S+)", outcome.text)
    states = slurm("sacct", "--noheader", "--format=State", "--name", name, "--allocations")
    assert set(states.split()) == {"COMPLETED"}


def test_a_wrong_account_is_told_once(space):
    wrong = "train_run:slurm_account=nobody"
    outcome = space.snakemake("--set-resources", wrong, *PROFILE, *TARGETS)
    assert outcome.code != 0
    assert outcome.text.count("Invalid account") == 1, outcome.text
    assert not space.replicate("A1").exists()
