"""What transforms cost is a part of the plan, of a preview's budget and of what jobs ask for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.support.grids import grid
from tests.support.recipes import CROP, FLIP, TO_TENSOR, make_recipe
from tests.support.speeds import SPEED

from regrade.planning.device_speed import sustained
from regrade.planning.plan import RunCost, show
from regrade.resources import LARGE_THREADS, Resources, memory_mb
from regrade.studies.augmentation import BYTE_TRANSFORMS, LIBRARY_TRANSFORMS
from regrade.studies.budget import budget
from regrade.studies.resolve import ResolvedRun
from regrade.studies.training_time import thread_seconds
from regrade.studies.transform_costs import COMPILED, LIBRARY, by_the_library, training_seconds

AUG_MIX = {"kind": "aug_mix"}
PIXELS = 32 * 32
MIXED = LIBRARY["aug_mix"][0] + LIBRARY["aug_mix"][1] * PIXELS


def run_with(*transforms: dict) -> ResolvedRun:
    """Return a run of a study with other training transforms."""
    run = grid(studies=("duke",)).run("duke", "D01")
    word = {"training": [*transforms, TO_TENSOR], "evaluation": [TO_TENSOR]}
    transforms_of = make_recipe(transforms=word).transforms
    return replace(run, recipe=run.recipe.model_copy(update={"transforms": transforms_of}))


def test_every_transform_on_bytes_has_a_cost() -> None:
    assert COMPILED.keys() | LIBRARY.keys() >= BYTE_TRANSFORMS
    assert LIBRARY.keys() == LIBRARY_TRANSFORMS


def test_transforms_inside_cost_as_often_as_they_are_done() -> None:
    for word, share in (
        ({"kind": "random_apply", "probability": 0.25}, 0.25),
        ({"kind": "random_order"}, 1.0),
        ({"kind": "random_choice", "probabilities": [3, 1]}, 0.75),
    ):
        recipe = run_with(word | {"transforms": [AUG_MIX, FLIP]}).recipe
        assert training_seconds(recipe, by_the_library) == pytest.approx(share * MIXED)


def test_the_side_counts_that_a_transform_works_on() -> None:
    small = training_seconds(run_with({"kind": "random_rotation", "degrees": 5}).recipe)
    large = training_seconds(
        run_with({"kind": "resize", "size": 64}, {"kind": "random_rotation", "degrees": 5}).recipe
    )
    assert small == pytest.approx(COMPILED["random_rotation"] * PIXELS)
    assert large == pytest.approx((COMPILED["resize"] + COMPILED["random_rotation"]) * 4 * PIXELS)


def test_a_plan_counts_the_transforms_on_a_device_that_was_measured() -> None:
    plain, mixed = run_with(CROP, FLIP), run_with(CROP, FLIP, AUG_MIX)
    limits = budget(plain, "full")
    more = SPEED.seconds(mixed, limits) - SPEED.seconds(plain, limits)
    assert more == pytest.approx(30 * 45_000 * MIXED)
    assert sustained(10).seconds(mixed, limits) == sustained(10).seconds(plain, limits)


def test_a_plan_says_what_runs_image_by_image() -> None:
    inside = {
        "kind": "random_apply",
        "transforms": [AUG_MIX, {"kind": "gaussian_blur", "kernel": 3}],
    }
    words = (AUG_MIX, CROP, inside)
    rows = [RunCost(run_with(word), 1, 0, 1.0, 60.0, 45_000, (0,)) for word in words]
    told = [line for line in show(rows, SPEED, "full", 1).splitlines() if "torchvision" in line]
    assert told == [
        "duke/D01: torchvision does aug_mix image by image: 63 s of a core an epoch, shared by the"
        " workers of a run.",
        "duke/D01: torchvision does aug_mix, gaussian_blur image by image: 40 s of a core an epoch,"
        " shared by the workers of a run.",
    ]


def test_a_preview_takes_fewer_images_where_they_cost_more() -> None:
    plain, mixed = (budget(run_with(*words), "preview") for words in ((CROP,), (CROP, AUG_MIX)))
    assert plain == budget(grid(studies=("duke",)).run("duke", "D01"), "preview")
    assert mixed.train_images < plain.train_images / 2
    seconds = mixed.train_images * mixed.epochs * MIXED
    assert 1 < seconds < 8
    assert budget(run_with(AUG_MIX), "full").train_images == 45_000


def test_jobs_ask_for_workers_and_their_memory_and_time() -> None:
    plain, mixed = run_with(CROP), run_with(AUG_MIX)
    config = grid(studies=("duke",)).config
    full, preview = (
        Resources(config.model_copy(update={"scale": scale})) for scale in ("full", "preview")
    )
    assert (full.threads(plain), full.threads(mixed), preview.threads(mixed)) == (
        1,
        LARGE_THREADS,
        1,
    )
    assert memory_mb(mixed) - memory_mb(plain) == LARGE_THREADS * 400
    limits = budget(plain, "full")
    more = thread_seconds(mixed, limits) - thread_seconds(plain, limits)
    assert more == pytest.approx(30 * 45_000 * MIXED)
