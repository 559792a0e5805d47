"""Finished replicates survive a workflow that deletes their files."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from tests.support.recipes import make_recipe
from tests.support.replicates import FILES

from regrade.seals import file_digest, sealed
from regrade.training import kept_outputs
from regrade.training.replicate import train_replicate

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
