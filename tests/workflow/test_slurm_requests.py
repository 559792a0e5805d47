"""Asking a Slurm site what it refuses; `test_slurm.py` asks a real one."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from snakemake.iocontainers import ResourceList
from snakemake_executor_plugin_slurm import ExecutorSettings

from regrade.errors import UserError
from regrade.slurm import Request, request, require_accepted

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


def job(**resources: object) -> SimpleNamespace:
    return SimpleNamespace(
        resources=ResourceList(fromdict=resources),
        threads=4,
        is_group=lambda: False,
        rule=SimpleNamespace(name="train_run"),
    )


def asked_for(name: str, options: str, mem_mb: int, minutes: int) -> Request:
    return Request(frozenset([name]), f"sbatch --comment '' {options}", mem_mb, minutes)


def test_a_request_is_what_the_profile_sets() -> None:
    found = request(
        job(
            slurm_partition="long",
            slurm_account="mine, yours",
            gpu=1,
            gpu_model="a100",
            slurm_extra="--signal=TERM@60",
            mem_mb=2000,
            runtime=30,
        ),
        ExecutorSettings(qos="high"),
    )
    text = " ".join(found.arguments)
    assert text.startswith("sbatch ")
    assert text.endswith(" --mem 2000 -t 30")
    for option in ("-p long", "-A mine", "--gpus=a100:1", "--signal=TERM@60", "--qos=high"):
        assert f" {option} " in text
    assert "yours" not in text


def test_nothing_is_asked_for_that_a_job_does_not_name() -> None:
    found = request(job(mem_mb_per_cpu=100), ExecutorSettings())
    assert (found.mem_mb, found.minutes) == (None, None)
    assert "--mem-per-cpu 100" in found.call


def test_slurm_is_asked_once_for_the_largest_of_a_kind(asked: Path) -> None:
    require_accepted(asked_for("train_run", "--gpus=1", mb, 50 - mb) for mb in (10, 20, 30))
    (line,) = asked.read_text().splitlines()
    assert line.endswith("--gpus=1 --mem 30 -t 40 --test-only --wrap=true")


def test_every_refusal_is_told_with_its_reason(asked: Path) -> None:
    wrong = [asked_for(name, "-p nowhere", 10, 10) for name in ("group small", "rule measure")]
    right = asked_for("rule train_run", "-p here", 10, 10)
    with pytest.raises(UserError) as raised:
        require_accepted([*wrong, right])
    _, line = str(raised.value).splitlines()
    assert "group small, rule measure (-p nowhere --mem 10 -t 10): sbatch: error:" in line


def test_a_machine_without_slurm_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="no sbatch here"):
        require_accepted([asked_for("train_run", "", 1, 1)])
