"""Counts of images and classes; without pydantic, so that every room can import them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regrade.studies.recipe import Recipe

CLASSES = {"cifar10": 10, "cifar100": 100}
TRAINING_IMAGES = 50_000
TEST_IMAGES = 10_000


def training_images(recipe: Recipe) -> int:
    """Images that the recipe trains on in an epoch, before `drop_last`."""
    held_out = recipe.split.validation if recipe.split.kind == "random" else 0
    return TRAINING_IMAGES - held_out


def scored_images(recipe: Recipe) -> int:
    """Images that are scored after every epoch."""
    total = recipe.split.validation if recipe.evaluate == "validation" else TEST_IMAGES
    if recipe.batches.drop_last_evaluation:
        total -= total % recipe.batches.evaluation
    return total
