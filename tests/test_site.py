"""Asking a Slurm site what it refuses; `test_slurm.py` asks a real one."""

from pathlib import Path

import pytest

from regrade.errors import UserError
from regrade.site import Request, request, require_accepted

SBATCH = """\
#!/bin/sh
echo "$@" >>"$(dirname "$0")/asked.txt"
case "$*" in *nowhere*)
    echo "sbatch: error: invalid partition specified: nowhere" >&2
    exit 1
esac
"""


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put an `sbatch` first that knows no partition `nowhere`, and keeps what it was asked."""
    script = tmp_path / "sbatch"
    script.write_text(SBATCH)
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return tmp_path / "asked.txt"


def test_a_request_is_what_the_profile_sets() -> None:
    resources = {
        "slurm_partition": "long",
        "slurm_account": "mine",
        "gpu": 2,
        "gpu_model": "a100",
        "slurm_extra": "'--signal=TERM@60' --nice",
        "mem_mb": 2000,
        "runtime": 30,
        "disk_mb": 1,
    }
    assert request("train_run", 4, resources).arguments == [
        "--cpus-per-task=4",
        "--partition=long",
        "--account=mine",
        "--gpus=a100:2",
        "--signal=TERM@60",
        "--nice",
        "--mem=2000",
        "--time=30",
    ]


def test_slurm_is_asked_once_for_the_largest_of_a_kind(asked: Path) -> None:
    require_accepted(Request("train_run", ("--gpus=1",), mb, 50 - mb) for mb in (10, 20, 30))
    (line,) = asked.read_text().splitlines()
    assert "--test-only" in line
    assert "--gpus=1 --mem=30 --time=40" in line


def test_every_refusal_is_told_with_its_reason(asked: Path) -> None:
    wrong = Request("measure_model", ("--partition=nowhere",), 10, 10)
    right = Request("train_run", ("--partition=here",), 10, 10)
    with pytest.raises(UserError) as raised:
        require_accepted([wrong, right])
    text = str(raised.value)
    assert "measure_model" in text
    assert "invalid partition specified: nowhere" in text
    assert "train_run" not in text


def test_a_machine_without_slurm_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="no sbatch here"):
        require_accepted([Request("train_run", (), 1, 1)])
