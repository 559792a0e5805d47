"""An interrupted replicate continues to the bits that it would have had undisturbed."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tests.support.recipes import make_recipe
from tests.support.replicates import (
    ADAM,
    AUGMENTED,
    DROPOUT_NET,
    FILES,
    assert_same_bits,
    history_of,
    read_json,
)

from regrade.training import checkpoints
from regrade.training.identity import machine_identity
from regrade.training.progress import Progress
from regrade.training.replicate import Job, state_folder, train_replicate

PLATEAU = make_recipe(
    optimizer=ADAM,
    schedule={"kind": "plateau", "factor": 0.5, "patience": 0, "threshold": 0.9},
    transforms=AUGMENTED,
    stop={"epochs": 4},
)
DROPOUT = make_recipe(
    model=DROPOUT_NET,
    transforms=AUGMENTED,
    stop={"epochs": 4},
    warmup_epochs=3,
    selection={"kind": "best_validation_accuracy", "test": True},
)

CPU = torch.device("cpu")


class Killed(BaseException):
    """What a test ends a training process with."""


def kill_after(monkeypatch: pytest.MonkeyPatch, epoch: int) -> None:
    """Let training die when an epoch is told: after its last step, before its checkpoint."""
    tell = Progress.finish_epoch

    def finish_epoch(self: Progress, row: dict) -> None:
        tell(self, row)
        if row["epoch"] == epoch:
            raise Killed

    monkeypatch.setattr(Progress, "finish_epoch", finish_epoch)


@pytest.mark.parametrize("recipe", [DROPOUT, PLATEAU], ids=["dropout", "plateau"])
@pytest.mark.parametrize("last", [1, 3, 4])
def test_a_killed_run_continues_to_the_same_bits(make_job, monkeypatch, recipe, last) -> None:
    whole, broken = make_job(recipe, "whole"), make_job(recipe, "broken")
    train_replicate(whole)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        kill_after(patch, last)
        train_replicate(broken)
    assert not broken.output.exists()
    torch.manual_seed(99)
    train_replicate(broken)
    assert_same_bits(whole, broken)
    resumed = [last - 1] if last > 1 else []
    assert read_json(broken, "provenance.json")["resumed_at_epochs"] == resumed
    first, second = (read_json(job, "summary.json") for job in (whole, broken))
    for summary in (first, second):
        del summary["seconds"], summary["last"]["seconds"]
    assert first == second
    if recipe is PLATEAU:
        assert len({row["lr"] for row in history_of(whole)}) > 1, "the plateau must be seen"


def test_a_run_may_be_killed_again_and_again(make_job, monkeypatch) -> None:
    whole, broken = make_job(DROPOUT, "whole"), make_job(DROPOUT, "broken")
    train_replicate(whole)
    for epoch in (2, 3, 4):
        with monkeypatch.context() as patch, pytest.raises(Killed):
            kill_after(patch, epoch)
            train_replicate(broken)
    train_replicate(broken)
    assert_same_bits(whole, broken)
    assert read_json(broken, "provenance.json")["resumed_at_epochs"] == [1, 2, 3]


def test_a_run_killed_while_it_writes_its_files_is_finished(make_job, monkeypatch) -> None:
    whole, broken = make_job(DROPOUT, "whole"), make_job(DROPOUT, "broken")
    train_replicate(whole)

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr("regrade.training.outputs.weight_histogram", die)
        train_replicate(broken)
    train_replicate(broken)
    assert_same_bits(whole, broken)


def checkpoint_of(job: Job) -> Path:
    (path,) = job.state.rglob(checkpoints.NAME)
    return path


@pytest.mark.parametrize("keep", [0, 1, 10, 500, 5_000, -1, -100, "text"])
def test_a_damaged_checkpoint_starts_training_anew(make_job, monkeypatch, capsys, keep) -> None:
    recipe = make_recipe(stop={"epochs": 2})
    whole, broken = make_job(recipe, "whole"), make_job(recipe, "broken")
    train_replicate(whole)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        kill_after(patch, 2)
        train_replicate(broken)
    path = checkpoint_of(broken)
    content = path.read_bytes()
    path.write_bytes(b"no checkpoint at all\n" if keep == "text" else content[:keep])
    capsys.readouterr()
    train_replicate(broken)
    assert_same_bits(whole, broken)
    assert read_json(broken, "provenance.json")["resumed_at_epochs"] == []
    told = capsys.readouterr().out
    assert str(path) in told and "damaged, training starts anew" in told


def test_a_checkpoint_belongs_to_one_replicate_alone(make_job) -> None:
    """Whatever may change its bits gives its state a folder of its own."""
    recipe = make_recipe()
    faster = make_recipe(optimizer=ADAM)
    jobs = [
        make_job(recipe),
        make_job(faster),
        make_job(recipe, seed=1),
        make_job(recipe, epochs=5),
        make_job(recipe, train_images=400),
        make_job(recipe, threads=2),
    ]
    folders = [state_folder(job, "checksum", CPU) for job in jobs]
    folders += [state_folder(jobs[0], "other", CPU)]
    assert len(set(folders)) == 7
    assert state_folder(make_job(recipe), "checksum", CPU) == folders[0]


@pytest.mark.parametrize(
    ("place", "other"),
    [
        ("regrade.training.identity.device_name", "NVIDIA H200"),
        ("regrade.training.identity.processor", "another processor"),
        ("torch.backends.cpu.get_cpu_capability", "AVX2"),
        ("importlib.metadata.version", "0.1"),
    ],
)
def test_a_checkpoint_belongs_to_machines_of_one_kind(
    make_job, monkeypatch, place: str, other: str
) -> None:
    """Elsewhere it would go on with other bits, and nothing would tell where they begin."""
    job = make_job(make_recipe())
    here = state_folder(job, "checksum", CPU)
    monkeypatch.setattr(place, lambda *_: other)
    assert state_folder(job, "checksum", CPU) != here
    assert machine_identity(CPU, 1, "float32") == machine_identity(CPU, 1, "float32")


def test_a_record_names_the_machine(make_job) -> None:
    job = make_job(make_recipe(stop={"epochs": 1}))
    train_replicate(job)
    found = read_json(job, "provenance.json")
    identity = machine_identity(CPU, job.threads, job.precision)
    assert {**found, "packages": identity["packages"]}.items() >= identity.items()
    assert found["packages"].items() >= identity["packages"].items()
    assert set(identity["packages"]) == {"torch", "numba"}


def test_a_checkpoint_of_another_replicate_is_not_continued(make_job, monkeypatch) -> None:
    recipe = make_recipe()
    with monkeypatch.context() as patch, pytest.raises(Killed):
        kill_after(patch, 3)
        train_replicate(make_job(recipe))
    job = make_job(recipe, seed=1)
    train_replicate(job)
    assert read_json(job, "provenance.json")["resumed_at_epochs"] == []


def test_the_state_of_a_complete_replicate_is_deleted(make_job) -> None:
    job = make_job(make_recipe())
    train_replicate(job)
    assert not list(job.state.rglob("*"))
    assert {path.name for path in job.output.iterdir()} == FILES
