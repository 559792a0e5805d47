"""What the jobs of a grid ask of the machine."""

from pathlib import Path

import pytest

from regrade.errors import UserError
from regrade.jobs import LARGE_THREADS, Grid
from regrade.studies.config import Config

ROOT = Path(__file__).parents[1]


def grid(
    scale: str, studies: tuple[str, ...] = ("duke", "kaist", "marais"), replicates: str = "trained"
) -> Grid:
    config = Config(
        studies=list(studies),
        scale=scale,
        epochs=None,
        seeds=2,
        data="synthetic",
        weights=None,
        device="cpu",
        precision="float32",
        results="results",
        replicates=replicates,
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


def test_of_all_studies_those_with_records_are_taken() -> None:
    found = grid("full", ("all",), "recorded")
    assert list(found.files) == ["duke"]
    assert found.seeds["duke"]["D01"] == [0, 1, 2]


def test_a_study_without_records_cannot_be_asked_for() -> None:
    with pytest.raises(UserError, match="no recorded results of kaist; there are some of: duke"):
        grid("full", ("duke", "kaist"), "recorded")
