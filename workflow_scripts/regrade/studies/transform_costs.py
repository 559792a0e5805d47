"""What transforms cost: seconds of a core for an image, by what they do.

Measured on one core of an x86 server with AVX-512, images of 32 and of 224 pixels on a side, as the
least of several passes. The words that are not here are done on the device or in the last pass, and
are a part of what the loop costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from regrade.studies.images import dataset_of, sides_along

if TYPE_CHECKING:
    from regrade.studies.recipe import Recipe

LIBRARY: dict[str, tuple[float, float]] = {
    "random_perspective": (1.5e-4, 1.2e-8),
    "gaussian_blur": (3.1e-4, 4.1e-8),
    "elastic_transform": (9.7e-4, 1.05e-6),
    "aug_mix": (1.26e-3, 1.46e-7),
}
"""Of what torchvision does image by image: seconds an image, and seconds a pixel."""
COMPILED: dict[str, float] = {
    "random_rotation": 2.0e-9,
    "random_affine": 3.9e-9,
    "random_resized_crop": 6.6e-9,
    "color_jitter": 8.0e-9,
    "grayscale": 2.7e-9,
    "random_grayscale": 7.0e-10,
    "random_invert": 2.6e-9,
    "random_autocontrast": 1.4e-9,
    "random_equalize": 1.6e-9,
    "random_posterize": 8.0e-10,
    "random_solarize": 1.1e-9,
    "random_adjust_sharpness": 1.9e-9,
    "rand_augment": 6.2e-9,
    "trivial_augment_wide": 3.6e-9,
    "auto_augment_cifar10": 3.2e-9,
    "random_shift": 5.4e-8,
    "pad": 1.8e-8,
    "cutout": 8.1e-9,
    "random_erasing": 9.7e-9,
    "resize": 2.6e-9,
}
"""Of what is done with whole batches: seconds a pixel."""
SHARES: dict[str, Callable[[Any], list[float]]] = {
    "random_apply": lambda word: [word.probability] * len(word.transforms),
    "random_order": lambda word: [1.0] * len(word.transforms),
    "random_choice": lambda word: _shares(word.probabilities or [1.0] * len(word.transforms)),
}
"""Of how many images each transform inside is done to, by the kind of the word around."""


def _shares(weights: Sequence[float]) -> list[float]:
    return [weight / sum(weights) for weight in weights]


def compiled_and_library(word: Any, pixels: int) -> float:
    """Return the seconds of a transform that has none inside."""
    return COMPILED.get(word.kind, 0.0) * pixels + by_the_library(word, pixels)


def by_the_library(word: Any, pixels: int) -> float:
    """Return the seconds of a transform that torchvision does image by image; 0 for others."""
    an_image, a_pixel = LIBRARY.get(word.kind, (0.0, 0.0))
    return an_image + a_pixel * pixels


def training_seconds(
    recipe: Recipe, price: Callable[[Any, int], float] = compiled_and_library
) -> float:
    """Return what the training transforms of a recipe cost an image, in seconds of a core."""
    return _seconds(recipe.transforms.training, dataset_of(recipe).side, price)


def _seconds(words: Sequence[Any], side: int, price: Callable[[Any, int], float]) -> float:
    sides = sides_along(words, side)
    total = 0.0
    for word, before, after in zip(words, sides, sides[1:], strict=False):
        if word.kind in SHARES:
            total += sum(
                share * _seconds([part], before, price)
                for share, part in zip(SHARES[word.kind](word), word.transforms, strict=True)
            )
        else:
            total += price(word, max(before, after) ** 2)
    return total


def library_kinds(words: Sequence[Any]) -> Iterator[str]:
    """Yield the kinds of transforms that torchvision does image by image."""
    for word in words:
        if word.kind in LIBRARY:
            yield word.kind
        yield from library_kinds(getattr(word, "transforms", ()))
