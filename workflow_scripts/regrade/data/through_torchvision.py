"""Transforms that torchvision itself does, image by image, with choices that are drawn here.

They work on bytes and on the CPU, whatever the device: images become PIL images on the way, as they
were in reports whose data sets gave PIL images.
"""

from __future__ import annotations

from collections.abc import Callable
from math import log
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image

from regrade.torchvision_compat import torchvision

if TYPE_CHECKING:
    from regrade.studies.augmentation import (
        ColorJitter,
        Grayscale,
        RandomAffine,
        RandomGrayscale,
        RandomResizedCrop,
    )

functional = torchvision.transforms.functional
NEAREST = torchvision.transforms.InterpolationMode.NEAREST
BILINEAR = torchvision.transforms.InterpolationMode.BILINEAR
ATTEMPTS = 10
"""Boxes that a random resized crop draws until one fits, as torchvision."""


def _each(images: torch.Tensor, do: Callable[[Image.Image, int], Image.Image]) -> torch.Tensor:
    """Do something to every image, uint8 (batch, height, width, 3), that may change its size."""
    pictures = (Image.fromarray(image) for image in images.numpy())
    done = [np.asarray(do(picture, number)) for number, picture in enumerate(pictures)]
    return torch.from_numpy(np.stack(done))


def _around_one(extent: float | tuple[float, float]) -> tuple[float, float]:
    """Return the range of a factor: between two numbers, or so far from 1 and not below 0."""
    return extent if isinstance(extent, tuple) else (max(0.0, 1.0 - extent), 1.0 + extent)


def draw_jitter(transform: ColorJitter, rng: np.random.Generator, count: int) -> np.ndarray:
    """Draw four factors and the order of the four operations: float64 (count, 8)."""
    hue = transform.hue if isinstance(transform.hue, tuple) else (-transform.hue, transform.hue)
    ranges = [_around_one(getattr(transform, name)) for name in _ADJUSTMENTS]
    low, high = np.array([*ranges, hue]).T
    order = rng.permuted(np.tile(np.arange(4), (count, 1)), axis=1)
    return np.concatenate([rng.uniform(low, high, (count, 4)), order], 1)


_ADJUSTMENTS = ("brightness", "contrast", "saturation")


def jitter(transform: ColorJitter, images: torch.Tensor, drawn: torch.Tensor) -> torch.Tensor:
    """Change brightness, contrast, saturation and hue, in the drawn order."""
    names = [*_ADJUSTMENTS, "hue"]
    wanted = [getattr(transform, name) not in (0, (1, 1)) for name in names]
    adjust = [getattr(functional, f"adjust_{name}") for name in names]
    rows = drawn.tolist()

    def do(picture: Image.Image, number: int) -> Image.Image:
        factors, order = rows[number][:4], rows[number][4:]
        for which in map(int, order):
            if wanted[which]:
                picture = adjust[which](picture, factors[which])
        return picture

    return _each(images, do)


def draw_affine(transform: RandomAffine, rng: np.random.Generator, count: int) -> np.ndarray:
    """Draw angle, shifts as shares of the sides, scale and two shears: float64 (count, 6)."""
    degrees = _both_ways(transform.degrees)
    across, down = transform.translate
    shears = (*transform.shear, 0.0, 0.0)[:4]
    ranges = [
        *(degrees, (-across, across), (-down, down), transform.scale),
        *(shears[:2], shears[2:]),
    ]
    low, high = np.array(ranges, dtype=np.float64).T
    return rng.uniform(low, high, (count, len(ranges)))


def _both_ways(extent: float | tuple[float, float]) -> tuple[float, float]:
    return extent if isinstance(extent, tuple) else (-extent, extent)


def affine(transform: RandomAffine, images: torch.Tensor, drawn: torch.Tensor) -> torch.Tensor:
    """Rotate, move, scale and shear each image about its middle, nearest pixel."""
    rows = drawn.tolist()
    height, width = images.shape[1:3]

    def do(picture: Image.Image, number: int) -> Image.Image:
        angle, across, down, scale, *shear = rows[number]
        shift = [round(across * width), round(down * height)]
        return functional.affine(picture, angle, shift, scale, shear, NEAREST, transform.fill)

    return _each(images, do)


def draw_windows(transform: RandomResizedCrop, rng: np.random.Generator, count: int) -> np.ndarray:
    """Draw areas, ratios and the place of each window: float64 (count, 2 + 2 * attempts)."""
    low, high = transform.ratio
    areas = rng.uniform(*transform.scale, (count, ATTEMPTS))
    ratios = np.exp(rng.uniform(log(low), log(high), (count, ATTEMPTS)))
    return np.concatenate([rng.random((count, 2)), areas, ratios], 1)


def window(
    transform: RandomResizedCrop, drawn: list[float], height: int, width: int
) -> tuple[int, int, int, int]:
    """Return top, left, height and width of a window: the first that fits, or the middle."""
    down, across, *numbers = drawn
    for area, ratio in zip(numbers[:ATTEMPTS], numbers[ATTEMPTS:], strict=True):
        wide = round((area * height * width * ratio) ** 0.5)
        tall = round((area * height * width / ratio) ** 0.5)
        if 0 < wide <= width and 0 < tall <= height:
            return int(down * (height - tall + 1)), int(across * (width - wide + 1)), tall, wide
    low, high = transform.ratio
    tall = height if width >= low * height else round(width / low)
    wide = width if width <= high * height else round(height * high)
    return (height - tall) // 2, (width - wide) // 2, tall, wide


def resized_crop(
    transform: RandomResizedCrop, images: torch.Tensor, drawn: torch.Tensor
) -> torch.Tensor:
    """Resize the drawn window of each image to a square."""
    rows = drawn.tolist()
    height, width = images.shape[1:3]

    def do(picture: Image.Image, number: int) -> Image.Image:
        box = window(transform, rows[number], height, width)
        return functional.resized_crop(picture, *box, [transform.size] * 2, BILINEAR)

    return _each(images, do)


def resize(images: torch.Tensor, size: int, interpolation: str) -> torch.Tensor:
    """Resize images to squares, by the name of an interpolation."""
    mode = torchvision.transforms.InterpolationMode(interpolation)
    return _each(images, lambda picture, _: functional.resize(picture, [size] * 2, mode))


def grayscale(_: Grayscale, images: torch.Tensor) -> torch.Tensor:
    """Make every image gray, in three equal channels."""
    return _each(images, lambda picture, _: functional.rgb_to_grayscale(picture, 3))


def draw_gray(transform: RandomGrayscale, rng: np.random.Generator, count: int) -> np.ndarray:
    """Draw which images become gray: bool (count,)."""
    return rng.random(count) < transform.probability


def randomly_gray(_: RandomGrayscale, images: torch.Tensor, coins: torch.Tensor) -> torch.Tensor:
    """Make the images gray whose coin is true."""
    lucky = coins.tolist()
    return _each(
        images, lambda picture, n: functional.rgb_to_grayscale(picture, 3) if lucky[n] else picture
    )
