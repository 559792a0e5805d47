"""Some of the faults that `make faults` does many times: numbers stay, and little is lost."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.faults import disks, kills, outcome, together
from tests.faults.calls import Site, trainer
from tests.faults.outcome import Trial
from tests.faults.plan import DAMAGED
from tests.support.small_workflow import Workspace
from tests.support.tiny_data import write_tiny_data


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Return the list trainer, which takes seconds where the workflow takes half a minute."""
    root = tmp_path_factory.mktemp("faults")
    return trainer(Workspace.create(root / "trainer", write_tiny_data(root / "data").parent))


@pytest.fixture(scope="module")
def writes(site: Site, tmp_path_factory: pytest.TempPathFactory) -> int:
    """Return how often an undisturbed call writes; fails if that is not counted."""
    found = kills.count_writes(site, tmp_path_factory.mktemp("counted") / "copy")
    assert found > 100, "two replicates of 62 epochs write a checkpoint each"
    return found


@pytest.mark.parametrize("number", range(3))
def test_a_kill_at_a_write_changes_no_number(
    site: Site, writes: int, tmp_path: Path, number: int
) -> None:
    seed = random.Random(number).randrange(10**6)
    trial = kills.kill_at_a_random_write(site, tmp_path / "copy", seed, writes)
    assert not trial.is_bad, trial


@pytest.mark.parametrize(
    "deed",
    [
        kills.kill_one_job,
        disks.fill,
        disks.forbid_writing,
        disks.damage_checkpoint,
        together.call_twice,
        together.jump,
        together.run_out_of_memory,
    ],
)
def test_a_fault_changes_no_number(
    site: Site, tmp_path: Path, deed: Callable[[Site, Path, int], Trial | None]
) -> None:
    trial = deed(site, tmp_path / "copy", 3)
    if trial is None:
        pytest.skip("mounting a small file system needs root")
    assert not trial.is_bad, trial


@pytest.mark.parametrize("pattern", DAMAGED["list trainer"][:2])
def test_a_damaged_file_is_noticed(site: Site, tmp_path: Path, pattern: str) -> None:
    trial = disks.damage(site, tmp_path / "copy", 5, pattern)
    assert not trial.is_bad, trial


def test_the_bench_sees_wrong_numbers(site: Site, tmp_path: Path) -> None:
    """One digit of one history, or one byte of the weights, must not pass for undisturbed."""
    for name in ("history.csv", "weights.safetensors"):
        space = site.copy(tmp_path / name, results=True)
        path = space.replicate("A1") / name
        content = bytearray(path.read_bytes())
        content[-30 if name == "history.csv" else -1] ^= 1
        path.write_bytes(content)
        found = outcome.differences(space.root / "results", site.undisturbed, whole=True)
        assert found == (f"runs/small/A1/seed-0/{name}",)
