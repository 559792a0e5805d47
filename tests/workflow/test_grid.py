"""What the jobs of a grid ask of the machine."""

from dataclasses import replace
from pathlib import Path

import pytest

from regrade.config import Config, read_config
from regrade.errors import UserError
from regrade.grid import LARGE_THREADS, Grid

ROOT = Path(__file__).parents[2]


def grid(
    scale: str,
    studies: tuple[str, ...] = ("duke", "kaist", "marais"),
    records: str = "ignore",
    root: Path = ROOT,
) -> Grid:
    config = Config(
        studies=list(studies),
        scale=scale,
        epochs=None,
        seeds=2,
        data="synthetic",
        weights=None,
        device="cpu",
        runs_per_gpu=1,
        device_speed=None,
        precision="float32",
        results="results",
        records=records,
    )
    return Grid.read(config, root)


@pytest.mark.parametrize(
    ("study", "run", "full", "preview"),
    [
        ("duke", "D01", 1, 1),
        ("kaist", "K1", LARGE_THREADS, 1),
        ("marais", "r18_c10_base", LARGE_THREADS, LARGE_THREADS),
    ],
)
def test_small_networks_take_one_thread_and_heavy_ones_several(
    study: str, run: str, full: int, preview: int
) -> None:
    for scale, threads in (("full", full), ("preview", preview)):
        found = grid(scale)
        assert found.threads(found.run(study, run)) == threads


def test_memory_grows_with_the_network() -> None:
    found = grid("full")
    small = found.memory_mb(found.run("duke", "D01"))
    large = found.memory_mb(found.run("marais", "r18_c10_base"))
    assert small < 2_000 < 4_000 < large


@pytest.mark.parametrize(
    ("device", "limited", "runs_per_gpu", "small", "large"),
    [
        ("auto", True, 1, 1, 1),
        ("auto", True, 4, 1, 4),
        ("auto", False, 1, 0, 0),
        ("cuda", False, 1, 1, 1),
        ("cpu", True, 1, 0, 0),
    ],
)
def test_a_gpu_is_taken_where_one_was_given_or_named(
    device: str, limited: bool, runs_per_gpu: int, small: int, large: int
) -> None:
    """Small runs take a part of one where several may share it."""
    found = grid("full")
    settings = found.config.model_copy(update={"device": device, "runs_per_gpu": runs_per_gpu})
    found = replace(found, config=settings)
    for run, taken, shared in (("D01", small, runs_per_gpu), ("D21-as-run", small, runs_per_gpu)):
        assert found.gpus(found.run("duke", run), limited=limited) == taken
        assert found.runs_per_gpu(found.run("duke", run)) == shared
    heavy = found.run("marais", "r18_c10_base")
    assert found.gpus(heavy, limited=limited) == large
    assert found.runs_per_gpu(heavy) == 1


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
