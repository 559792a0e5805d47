"""Which replicates a configuration has."""

from pathlib import Path

import pytest
from tests.support.grids import ROOT, grid

from regrade.config import read_config
from regrade.errors import UserError


def test_every_replicate_is_exported_with_its_recipe_and_budget() -> None:
    found = grid("full")
    jobs = list(found.jobs())
    assert len(jobs) == sum(len(seeds) for of in found.seeds.values() for seeds in of.values())
    first = jobs[0]
    assert (first["study"], first["run"], first["seed"]) == ("duke", "D01", 0)
    assert first["recipe"] == found.run("duke", "D01").recipe_json
    assert first["budget"]["epochs"] == 30


def test_runs_are_exported_in_the_order_in_which_they_are_named() -> None:
    found = grid("full").jobs(["kaist/K3", "duke/D0[45]", "kaist/*"])
    names = [f"{job['run']} {job['seed']}" for job in found]
    runs = ("K3", "D04", "D05-as-told", "D05-as-run", "K1", "K2")
    assert sorted(names) == sorted(f"{run} {seed}" for run in runs for seed in (0, 1))
    assert names[:2] == ["K3 0", "K3 1"]
    assert {name[0] for name in names[2:8]} == {"D"}


def test_a_pattern_that_matches_nothing_is_told() -> None:
    with pytest.raises(UserError, match="'kaist/K9'; did you mean 'kaist/K"):
        list(grid("full").jobs(["kaist/K9", "duke/*"]))


def test_a_run_that_is_recorded_is_not_answered_with_another() -> None:
    """A preview takes what is recorded in its place, and leaves out its training."""
    with pytest.raises(UserError, match=r"'duke/D01': it is recorded, so not trained .*ignore"):
        list(grid("preview", ("duke",), "use").jobs(["duke/D01"]))


def test_a_cap_on_epochs_belongs_to_previews() -> None:
    with pytest.raises(UserError, match="epochs: found 2, but scale is full"):
        read_config(vars(grid("full").config) | {"epochs": 2})


def test_a_recipe_is_trained_once_however_often_it_stands_in_a_study() -> None:
    seeds = grid("full").seeds["duke"]
    assert "D04" in seeds
    assert {"D11", "D16-as-told", "D09"}.isdisjoint(seeds)


def test_of_all_studies_those_with_records_are_taken() -> None:
    found = grid("full", ("all",), "only")
    assert list(found.files) == ["duke", "kaist", "marais", "nyu", "polito"]
    assert found.evidence("duke").seeds("D01") == [0, 1, 2]
    assert not found.to_measure("duke")
    assert not found.seeds["duke"]


def test_a_study_without_records_cannot_be_asked_for(tmp_path: Path) -> None:
    (tmp_path / "studies").symlink_to(ROOT / "studies")
    (tmp_path / "records/models/duke").mkdir(parents=True)
    with pytest.raises(UserError, match="no recorded results of nyu; there are some of: duke"):
        grid("full", ("duke", "nyu"), "only", tmp_path)
