"""An interrupted replicate continues to the bits that it would have had undisturbed."""

from __future__ import annotations

import errno
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from tests.support.kills import Killed, kill_after, train_whole_and_broken
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

from regrade.errors import UserError
from regrade.studies.recipe import Recipe
from regrade.training import checkpoints
from regrade.training.job import Job
from regrade.training.replicate import train_replicate

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


@pytest.mark.parametrize(
    ("optimizer", "cycled"),
    [({"kind": "sgd", "learning_rate": 0.05, "momentum": 0.9}, "momentum"), (ADAM, "betas")],
    ids=["momentum", "betas"],
)
def test_a_momentum_that_a_schedule_left_behind_is_continued(
    make_job, monkeypatch, optimizer: dict, cycled: str
) -> None:
    """After a cycle its last momentum stays: nothing sets it again in the epochs that follow."""
    parts = [{"kind": "one_cycle", "epochs": 2, "max_momentum": 0.99}, {"kind": "constant"}]
    recipe = make_recipe(
        optimizer=optimizer,
        schedule={"kind": "sequence", "parts": parts, "after": [2], "per": "epoch"},
        stop={"epochs": 4},
    )
    whole, broken = make_job(recipe, "whole"), make_job(recipe, "broken")
    train_whole_and_broken(whole, broken, monkeypatch, 3)
    assert read_json(broken, "provenance.json")["resumed_at_epochs"] == [2]
    assert_same_bits(whole, broken)


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


def checkpoints_of(job: Job) -> list[Path]:
    """The checkpoints of a job, the newest first."""
    return sorted(job.state.rglob("checkpoint-*.pt"), reverse=True)


def kill_before(recipe: Recipe, make_job: Callable, monkeypatch: pytest.MonkeyPatch) -> Job:
    """Train a job that dies in its last epoch."""
    broken = make_job(recipe, "broken")
    with monkeypatch.context() as patch, pytest.raises(Killed):
        kill_after(patch, recipe.stop.epochs)
        train_replicate(broken)
    return broken


def damage(path: Path, how: int | str) -> None:
    """Cut a file off, write something else, or flip one bit in its middle."""
    content = path.read_bytes()
    if how == "bit":
        middle = len(content) // 2
        changed = bytes([content[middle] ^ 1])
        path.write_bytes(content[:middle] + changed + content[middle + 1 :])
    else:
        path.write_bytes(b"no checkpoint at all\n" if how == "text" else content[:how])


@pytest.mark.parametrize("how", [0, 1, 10, 500, 5_000, -1, -100, "text", "bit"])
def test_a_damaged_checkpoint_starts_training_anew(make_job, monkeypatch, capsys, how) -> None:
    recipe = make_recipe(stop={"epochs": 2})
    whole = make_job(recipe, "whole")
    train_replicate(whole)
    broken = kill_before(recipe, make_job, monkeypatch)
    (path,) = checkpoints_of(broken)
    damage(path, how)
    capsys.readouterr()
    train_replicate(broken)
    assert_same_bits(whole, broken)
    assert read_json(broken, "provenance.json")["resumed_at_epochs"] == []
    assert f"{path}: damaged, moved to damaged-{path.name}" in capsys.readouterr().out


def test_the_checkpoint_before_a_damaged_one_continues(make_job, monkeypatch) -> None:
    whole = make_job(DROPOUT, "whole")
    train_replicate(whole)
    broken = kill_before(DROPOUT, make_job, monkeypatch)
    newest, _ = checkpoints_of(broken)
    damage(newest, "bit")
    train_replicate(broken)
    assert_same_bits(whole, broken)
    assert read_json(broken, "provenance.json")["resumed_at_epochs"] == [2]


@pytest.mark.parametrize(("failures", "continues"), [(1, True), (2, True), (3, False)])
def test_what_the_system_cannot_read_is_tried_again_and_never_lost(
    make_job, monkeypatch, failures: int, continues: bool
) -> None:
    recipe = make_recipe(stop={"epochs": 2})
    broken = kill_before(recipe, make_job, monkeypatch)
    (path,) = checkpoints_of(broken)
    content, refused = path.read_bytes(), []
    read = checkpoints._digest

    def stale(of: Path) -> str:
        if len(refused) < failures:
            refused.append(of)
            raise OSError(errno.ESTALE, "Stale file handle", str(of))
        return read(of)

    monkeypatch.setattr(checkpoints, "PAUSE", 0.0)
    monkeypatch.setattr(checkpoints, "_digest", stale)
    if continues:
        train_replicate(broken)
        assert read_json(broken, "provenance.json")["resumed_at_epochs"] == [1]
    else:
        with pytest.raises(OSError, match="Stale"):
            train_replicate(broken)
        assert path.read_bytes() == content


def test_two_processes_never_train_one_replicate_at_once(make_job) -> None:
    job = make_job(make_recipe())
    program = """
import sys
from pathlib import Path
from regrade.training.replicate_lock import locked
with locked(Path(sys.argv[1]), "tiny", "A1", 0):
    print("held", flush=True)
    sys.stdin.read()
"""
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(job.state)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(UserError, match="another process is training it"):
        train_replicate(job)
    holder.kill()
    holder.wait()
    train_replicate(job)
    assert {path.name for path in job.output.iterdir()} == FILES


def test_the_state_of_a_complete_replicate_is_deleted(make_job) -> None:
    job = make_job(make_recipe())
    train_replicate(job)
    assert not list(job.state.rglob("*.pt"))
    assert {path.name for path in job.output.iterdir()} == FILES
