"""What the presets of the generic cluster profile make of the answers of schedulers."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml

PROFILE = Path(__file__).parents[2] / "profiles" / "cluster-generic"
SGE_ENDED = "jobname      regrade\nfailed       {}\nexit_status  {}\n"


def run(tmp_path: Path, script: str, *arguments: str, **answers: str) -> str:
    """Run a script of the profile where the scheduler's commands are shell scripts."""
    for command, body in answers.items():
        path = tmp_path / command
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
    return subprocess.run(
        [str(PROFILE / script), *arguments],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def says(text: str) -> str:
    return f"cat <<'END'\n{text}\nEND"


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (says("Job Id: 7\n    job_state = R"), "running"),
        (says("Job Id: 7\n    job_state = F\n    Exit_status = 0"), "success"),
        (says("Job Id: 7\n    job_state = F\n    Exit_status = 271"), "failed"),
        (says("Job Id: 7\n    job_state = C\n    exit_status = 1"), "failed"),
        ("echo 'Connection refused' >&2; exit 1", "running"),
    ],
)
def test_pbs(tmp_path: Path, answer: str, status: str) -> None:
    assert run(tmp_path, "status.sh", "pbs", "7", qstat=answer) == status


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (says("PEND"), "running"),
        (says("USUSP"), "running"),
        (says("DONE"), "success"),
        (says("EXIT"), "failed"),
        ("exit 255", "running"),
    ],
)
def test_lsf(tmp_path: Path, answer: str, status: str) -> None:
    assert run(tmp_path, "status.sh", "lsf", "7", bjobs=answer) == status


@pytest.mark.parametrize(
    ("queue", "accounting", "status"),
    [
        ("exit 0", "exit 1", "running"),
        ("exit 1", says(SGE_ENDED.format(0, 0)), "success"),
        ("exit 1", says(SGE_ENDED.format(0, 1)), "failed"),
        ("exit 1", says(SGE_ENDED.format("100 : assumedly after job", 0)), "failed"),
        ("exit 1", "exit 1", "running"),
    ],
)
def test_grid_engine(tmp_path: Path, queue: str, accounting: str, status: str) -> None:
    assert run(tmp_path, "status.sh", "sge", "7", qstat=queue, qacct=accounting) == status


def test_lsf_gives_the_number_of_the_job_alone(tmp_path: Path) -> None:
    answer = says("Job <4711> is submitted to queue <normal>.")
    assert run(tmp_path, "submit-lsf.sh", "-n", "1", "job.sh", bsub=answer) == "4711"


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("echo 'Request aborted by esub. Job not submitted.' >&2; exit 255", 255),
        (says("Memory is low."), 1),
        ("exit 0", 1),
    ],
)
def test_a_job_that_lsf_refuses_is_a_failed_call(tmp_path: Path, answer: str, status: int) -> None:
    """Snakemake would wait forever for a job without a number."""
    with pytest.raises(subprocess.CalledProcessError) as failed:
        run(tmp_path, "submit-lsf.sh", "-n", "1", "job.sh", bsub=answer)
    assert failed.value.returncode == status
    assert failed.value.stdout == ""
    assert failed.value.stderr


@pytest.mark.parametrize("preset", ["pbs", "lsf", "sge"])
def test_every_preset_is_valid_when_it_is_taken(preset: str) -> None:
    lines = (PROFILE / "profile.v9+.yaml").read_text().splitlines()
    keys = ("submit-cmd", "status-cmd", "cancel-cmd")
    text = "\n".join(line.removeprefix("# ") for line in _preset(lines, preset))
    found = yaml.safe_load(text)
    assert set(found) == {f"cluster-generic-{key}" for key in keys}
    assert found["cluster-generic-status-cmd"].endswith(f"status.sh {preset}")
    for word in ("{threads}", "{resources.mem_mb}", "{resources.runtime}", "{resources.gpu}"):
        assert word in found["cluster-generic-submit-cmd"]


def _preset(lines: list[str], name: str) -> list[str]:
    """Return the paragraph of a preset without its heading."""
    starts = [n for n, line in enumerate(lines) if "cluster-generic-submit-cmd:" in line]
    start = starts[["pbs", "lsf", "sge"].index(name)]
    end = next(n for n in range(start, len(lines)) if not lines[n].strip())
    return lines[start:end]
