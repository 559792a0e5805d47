"""What the jobs of a grid ask of the machine."""

from pathlib import Path

import pytest

from regrade.jobs import LARGE_THREADS, Grid
from regrade.studies.config import Config

ROOT = Path(__file__).parents[1]


def grid(scale: str) -> Grid:
    config = Config(
        studies=["duke", "kaist", "marais"],
        scale=scale,
        seeds=2,
        data="synthetic",
        weights=None,
        device="cpu",
        results="results",
        replicates="trained",
    )
    return Grid.read(config, ROOT)


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


def test_every_replicate_is_exported_with_its_recipe_and_budget() -> None:
    found = grid("full")
    jobs = list(found.jobs())
    assert len(jobs) == sum(len(seeds) for of in found.seeds.values() for seeds in of.values())
    first = jobs[0]
    assert (first["study"], first["run"], first["seed"]) == ("duke", "D01", 0)
    assert first["recipe"] == found.run("duke", "D01").recipe_json
    assert first["budget"]["epochs"] == 30


def test_a_recipe_is_trained_once_however_often_it_stands_in_a_study() -> None:
    seeds = grid("full").seeds["duke"]
    assert "D04" in seeds
    assert {"D11", "D16-as-told", "D09"}.isdisjoint(seeds)
