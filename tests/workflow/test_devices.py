"""Which device each job of the real Snakemake trains on: with two fake ones."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.support.small_workflow import PROJECT, Workspace, read_rows

from regrade.machine import memory_mb

TWO_DEVICES = '''
"""Makes two fake devices; a job that has one goes on when the other one is held as well."""

import sys
import time
from pathlib import Path

sys.path.insert(0, {project!r})
import torch
from tests.support import fake_device

from regrade.training import device_lease

torch.fake.device_count = lambda: 2
device_lease.ACCELERATORS = ("fake",)


def take(index: int) -> None:
    held = [Path(f"held-{{number}}") for number in range(2)]
    held[index].touch()
    deadline = time.monotonic() + 60
    while not all(path.exists() for path in held) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert all(path.exists() for path in held), "both jobs have the same device"


torch.accelerator.set_device_index = take
'''
IMPORT = "    from regrade.training.device_lease import lease_device\n"


@pytest.fixture
def two_devices(tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Return a fresh workspace on a machine with two devices."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    space = Workspace.create(tmp_path / "copy", tiny_data.parent)
    scripts = space.root / "workflow_scripts"
    program = TWO_DEVICES.format(project=str(PROJECT))
    (scripts / "two_devices.py").write_text(program, encoding="utf-8")
    space.edit(
        "workflow_scripts/regrade/training/request.py", IMPORT, f"    import two_devices\n{IMPORT}"
    )
    return space


def device_of(space: Workspace, run: str, seed: int = 0) -> str:
    """Read off a record on what a replicate was trained."""
    return json.loads((space.replicate(run, seed) / "provenance.json").read_text())["device"]


def test_two_jobs_have_a_device_each_and_a_job_that_was_given_none_the_cpu(two_devices) -> None:
    targets = [f"results/runs/small/{run}/seed-0/history.csv" for run in ("A1", "A2-as-run")]
    options = ("--cores", "8", "--resources", "gpu=2")
    outcome = two_devices.snakemake(*targets, *options, device="auto").succeeded()
    logs = "".join(two_devices.training_log(run).read_text() for run in ("A1", "A2-as-run"))
    assert {line for line in logs.splitlines() if line.startswith("training on")} == {
        "training on fake:0",
        "training on fake:1",
    }
    assert device_of(two_devices, "A1").startswith("fake")
    assert len(read_rows(two_devices.replicate("A1") / "history.csv")) == 60
    provided = re.search(r"Provided resources: .*mem_mb\D+(\d+)", outcome.text)
    assert int(provided[1]) == memory_mb(), "the machine's memory limits its jobs"

    target = "results/runs/small/A2-as-run/seed-1/history.csv"
    two_devices.snakemake(target, device="auto", seeds=2).succeeded()
    assert device_of(two_devices, "A2-as-run", 1).startswith("cpu")
