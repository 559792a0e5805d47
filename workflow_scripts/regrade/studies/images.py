"""How many images a recipe trains on and scores, and of which size they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from regrade.studies.datasets import DATASETS, Dataset

if TYPE_CHECKING:
    from regrade.studies.recipe import Recipe

HELD_OUT: dict[str, Callable[[Any], int]] = {
    "none": lambda _: 0,
    "random": lambda split: split.validation,
    "stratified": lambda split: split.validation,
    "first": lambda split: split.validation,
    "last": lambda split: split.validation,
    "indices": lambda split: len(split.numbers),
}
"""How many training images a split holds out for validation, by its kind."""
SIDES: dict[str, Callable[[Any, int], int]] = {
    **dict.fromkeys(
        ("random_crop", "random_resized_crop", "center_crop", "resize"), lambda word, _: word.size
    ),
    "pad": lambda word, side: side + word.added,
    "random_choice": lambda word, side: side_after(word.transforms[0], side),
}
"""The side of an image after the transforms that give it another one."""
CHANNELS: dict[str, Callable[[Any], int]] = {"grayscale": lambda word: word.channels}
"""The channels of an image after the transforms that give it others."""


def dataset_of(recipe: Recipe) -> Dataset:
    """Return the data set of a recipe as it uses it: the part that its subset leaves."""
    whole, subset = whole_dataset_of(recipe), recipe.subset
    if subset is None:
        return whole
    classes = subset.classes or range(whole.classes)
    known = whole.images_of(classes) if subset.classes else None
    train, test = known or (whole.training_images, whole.test_images)
    return replace(
        whole,
        classes=len(classes),
        training_images=subset.training_images or train,
        test_images=subset.test_images or test,
    )


def whole_dataset_of(recipe: Recipe) -> Dataset:
    """Return the data set of a recipe: one that goes by name, or one of the study's own."""
    word = recipe.dataset
    if isinstance(word, str):
        return DATASETS[word]
    return Dataset(
        name=word.name,
        title=word.name,
        classes=len(word.classes),
        training_images=word.training_images,
        test_images=word.test_images,
        side=word.side,
        channels=word.channels,
        class_names=tuple(word.classes),
    )


def held_out_images(recipe: Recipe) -> int:
    """Count the training images that the recipe holds out for validation."""
    return HELD_OUT[recipe.split.kind](recipe.split)


def training_images(recipe: Recipe) -> int:
    """Count the images that the recipe trains on in an epoch, before `drop_last`."""
    return dataset_of(recipe).training_images - held_out_images(recipe)


def steps_per_epoch(recipe: Recipe) -> int:
    """Count the optimizer steps of an epoch on all images; less than a batch is one, too."""
    batches, rest = divmod(training_images(recipe), recipe.batches.training)
    return max(1, batches + (rest > 0 and not recipe.batches.drop_last_training))


def scored_images(recipe: Recipe) -> int:
    """Count the images that are scored after every epoch."""
    validates = recipe.evaluate == "validation"
    total = held_out_images(recipe) if validates else dataset_of(recipe).test_images
    if recipe.batches.drop_last_evaluation:
        total -= total % recipe.batches.evaluation
    return total


def image_sides(dataset: Dataset, transforms: Sequence[Any]) -> list[int]:
    """Return the side of an image before the first transform and after each, in pixels."""
    return sides_along(transforms, dataset.side)


def sides_along(transforms: Sequence[Any], side: int) -> list[int]:
    """Return a side and what it is after each of the transforms, one after another."""
    return list(accumulate(transforms, lambda before, word: side_after(word, before), initial=side))


def side_after(transform: Any, side: int) -> int:
    """Return the side of an image after a transform, in pixels."""
    return SIDES[transform.kind](transform, side) if transform.kind in SIDES else side


def image_size(recipe: Recipe) -> int:
    """Return the side of the images that reach the network when it is evaluated, in pixels."""
    return image_sides(dataset_of(recipe), recipe.transforms.evaluation)[-1]


def image_channels(recipe: Recipe, transforms: Sequence[Any] | None = None) -> int:
    """Return the channels of the images that reach the network.

    They have been through these transforms, or those of evaluation where none are given.
    """
    words = recipe.transforms.evaluation if transforms is None else transforms
    return channels_along(words, dataset_of(recipe).channels)[-1]


def channels_along(transforms: Sequence[Any], channels: int) -> list[int]:
    """Return how many channels an image has before the first transform and after each."""
    found = [channels]
    for word in transforms:
        found.append(channels_after(word, found[-1]))
    return found


def channels_after(transform: Any, channels: int) -> int:
    """Return how many channels an image has after a transform."""
    return CHANNELS[transform.kind](transform) if transform.kind in CHANNELS else channels
