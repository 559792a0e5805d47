"""Finished replicates survive a workflow that deletes their files."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
import torch
from tests.support.recipes import make_recipe
from tests.support.replicates import FILES

from regrade.seals import file_digest, sealed
from regrade.training import kept_outputs
from regrade.training.job import Job
from regrade.training.replicate import state_folder, train_replicate

STATE = "small-A1-seed-0-0123456789abcdef"


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """Return the files of a replicate, made an hour ago."""
    folder = tmp_path / "runs" / "A1"
    folder.mkdir(parents=True)
    for name in ("history.csv", "summary.json"):
        (folder / name).write_text(f"the {name} of A1")
    files = {name: file_digest(folder / name) for name in ("history.csv", "summary.json")}
    (folder / "provenance.json").write_text(json.dumps(sealed({"files": files})))
    for path in folder.iterdir():
        os.utime(path, (1, 1))
    return folder


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("links", [True, False], ids=["links", "no-links"])
def test_deleted_files_come_back_younger_than_their_inputs(
    output: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    if not links:

        def refuse(self: Path, target: Path) -> None:
            raise OSError("a file system without second names")

        monkeypatch.setattr(Path, "hardlink_to", refuse)
    state, before = tmp_path / "state" / STATE, contents(output)
    kept_outputs.keep(output, state)
    shutil.rmtree(output)
    assert kept_outputs.restore(state, output)
    assert contents(output) == before
    assert all(path.stat().st_mtime > 1 for path in output.iterdir())


def test_nothing_comes_back_where_nothing_is_kept(output: Path, tmp_path: Path) -> None:
    assert not kept_outputs.restore(tmp_path / "state" / STATE, output)


def test_files_that_were_damaged_while_they_were_kept_do_not_come_back(
    output: Path, tmp_path: Path
) -> None:
    state = tmp_path / "state" / STATE
    kept_outputs.keep(output, state)
    (output / "history.csv").write_text("another history")  # Both names are of one file.
    assert not kept_outputs.restore(state, output)


def test_what_a_crash_left_half_kept_is_not_taken(
    output: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def kill(self: Path, target: Path) -> None:
        raise Killed

    state = tmp_path / "state" / STATE
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Path, "rename", kill)
        kept_outputs.keep(output, state)
    assert not kept_outputs.restore(state, output)
    kept_outputs.keep(output, state)
    assert kept_outputs.restore(state, output)
    assert names(state.parent) == {f"{STATE}.finished"}


def test_only_the_graded_replicates_are_forgotten(output: Path, tmp_path: Path) -> None:
    states = tmp_path / "state"
    graded, other_seed, other_run = (
        states / f"small-{name}-0123456789abcdef"
        for name in ("A1-seed-0", "A1-seed-10", "A1-as-told-seed-0")
    )
    for state in (graded, other_seed, other_run):
        kept_outputs.keep(output, state)
    running = states / STATE
    running.mkdir()
    kept_outputs.forget(states, "small", {"A1": [0, 1]})
    left = {f"{other_seed.name}.finished", f"{other_run.name}.finished", running.name}
    assert names(states) == left
    assert names(output) == {"history.csv", "summary.json", "provenance.json"}


def test_a_finished_replicate_is_not_trained_again(make_job, monkeypatch) -> None:
    job = make_job(make_recipe(), keep=True)
    train_replicate(job)
    before = {path.name: path.read_bytes() for path in job.output.iterdir()}
    shutil.rmtree(job.output)
    monkeypatch.delattr("regrade.training.replicate.Trainer")
    train_replicate(job)
    assert {path.name: path.read_bytes() for path in job.output.iterdir()} == before
    assert set(before) == FILES


def finished_before(job: Job) -> dict[str, bytes]:
    """Train, keep the files as a workflow does that makes them again, and delete them."""
    train_replicate(job)
    before = {path.name: path.read_bytes() for path in job.output.iterdir()}
    kept_outputs.keep_former(job.output, job.state, job.study, job.run, job.seed)
    shutil.rmtree(job.output)
    return before


def test_what_was_there_before_a_call_comes_back_where_its_identity_is_wanted(
    make_job, monkeypatch
) -> None:
    """Images that were moved, or are named otherwise, give no other numbers."""
    job = make_job(make_recipe(stop={"epochs": 1}))
    before = finished_before(job)
    monkeypatch.delattr("regrade.training.replicate.Trainer")
    train_replicate(job)
    assert {path.name: path.read_bytes() for path in job.output.iterdir()} == before


@pytest.mark.parametrize(
    "changed",
    [
        {"code": "0" * 16},
        {"recipe_hash": "0" * 16},
        {"data": {"checksum": "0" * 64}},
        {"wanted_precision": "bf16"},
        {"device": "a GPU"},
        {"threads": 64},
        {"packages": {}},
        {"budget": {}},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_what_was_there_before_stays_away_where_anything_else_is_wanted(
    make_job, changed: dict
) -> None:
    job = make_job(make_recipe(stop={"epochs": 1}))
    finished_before(job)
    state = state_folder(job, job.card()["checksum"], torch.device("cpu"))
    (former,) = job.state.glob("*-former.finished")
    path = former / "provenance.json"
    path.write_text(json.dumps(sealed({**json.loads(path.read_text()), **changed})))
    assert not kept_outputs.restore(state, job.output)
    kept_outputs.forget(job.state, job.study, {job.run: [job.seed]})
    assert not former.exists()


def test_what_was_never_finished_is_not_kept(output: Path, tmp_path: Path) -> None:
    (output / "provenance.json").unlink()
    kept_outputs.keep_former(output, tmp_path / "state", "small", "A1", 0)
    assert not (tmp_path / "state").exists()
