"""What jobs ask of a machine."""

from dataclasses import replace

import pytest
from tests.support.grids import grid

from regrade.resources import LARGE_THREADS, memory_mb
from regrade.studies.execution import HELD_VALUES


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
        assert found.resources.threads(found.run(study, run)) == threads


def test_memory_grows_with_the_network() -> None:
    found = grid("full")
    small = memory_mb(found.run("duke", "D01"))
    large = memory_mb(found.run("marais", "r18_c10_base"))
    assert small < 2_000 < 4_000 < large


def test_memory_counts_what_scoring_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scoring takes hundreds of images at once, however few a batch of training has."""
    run = grid("full", studies=("polito",)).run("polito", "P11-as-run")
    few = run.recipe.batches.model_copy(update={"training": 1})
    small = replace(run, recipe=run.recipe.model_copy(update={"batches": few}))
    assert memory_mb(small) > 4 * min(500 * run.cost.held, HELD_VALUES) / 1e6 > 4_000
    monkeypatch.setattr("regrade.resources.HELD_VALUES", 10**8)
    assert memory_mb(small) < 2_500, "a pass of scoring holds no more than that"


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
        assert found.resources.gpus(found.run("duke", run), limited=limited) == taken
        assert found.resources.runs_per_gpu(found.run("duke", run)) == shared
    heavy = found.run("marais", "r18_c10_base")
    assert found.resources.gpus(heavy, limited=limited) == large
    assert found.resources.runs_per_gpu(heavy) == 1
