"""How many images a recipe trains on and scores, and of which size they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from regrade.studies.datasets import DATASETS

if TYPE_CHECKING:
    from regrade.studies.recipe import Recipe

HELD_OUT: dict[str, Callable[[Any], int]] = {
    "none": lambda _: 0,
    "random": lambda split: split.validation,
    "stratified": lambda split: split.validation,
    "first": lambda split: split.validation,
    "last": lambda split: split.validation,
}
"""How many training images a split holds out for validation, by its kind."""
RESIZING = ("random_crop", "random_resized_crop", "center_crop", "resize")
"""Transforms that give an image another side."""


def held_out_images(recipe: Recipe) -> int:
    """Count the training images that the recipe holds out for validation."""
    return HELD_OUT[recipe.split.kind](recipe.split)


def training_images(recipe: Recipe) -> int:
    """Count the images that the recipe trains on in an epoch, before `drop_last`."""
    return DATASETS[recipe.dataset].training_images - held_out_images(recipe)


def scored_images(recipe: Recipe) -> int:
    """Count the images that are scored after every epoch."""
    validates = recipe.evaluate == "validation"
    total = held_out_images(recipe) if validates else DATASETS[recipe.dataset].test_images
    if recipe.batches.drop_last_evaluation:
        total -= total % recipe.batches.evaluation
    return total


def image_sides(dataset: str, transforms: Sequence[Any]) -> list[int]:
    """Return the side of an image before the first transform and after each, in pixels."""
    sides = [DATASETS[dataset].side]
    for transform in transforms:
        sides.append(transform.size if transform.kind in RESIZING else sides[-1])
    return sides


def image_size(recipe: Recipe) -> int:
    """Return the side of the images that reach the network when it is evaluated, in pixels."""
    return image_sides(recipe.dataset, recipe.transforms.evaluation)[-1]
