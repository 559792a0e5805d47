"""Random shifts by parts of pixels, with the arithmetic of Keras: scipy's, of order 1.

`ImageDataGenerator(width_shift_range=..., height_shift_range=..., fill_mode=...)` moves an image by
a number that need not be whole, and mixes neighbouring pixels (scipy.ndimage.affine_transform).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from regrade.studies.augmentation import RandomShift


def draw_shifts(transform: RandomShift, rng: np.random.Generator, count: int) -> np.ndarray:
    """Draw how far each image moves down and right: float32 (count, 2).

    Shares of the side where the range is below 1, else pixels; whole ones, as Keras does for
    ranges that are whole numbers, are 0 to range - 1 in either direction.
    """
    ranges = np.array([transform.height, transform.width])
    if transform.whole:
        sizes = (rng.random((count, 2)) * np.maximum(ranges, 1)).astype(np.int64)
        return (sizes * rng.choice([-1, 1], (count, 2))).astype(np.float32)
    return rng.uniform(-ranges, ranges, (count, 2)).astype(np.float32)


def shift(transform: RandomShift, images: torch.Tensor, shifts: torch.Tensor) -> torch.Tensor:
    """Move each image, floats (batch, height, width, 3)."""
    for axis, extent in ((1, transform.height), (2, transform.width)):
        side = images.shape[axis]
        pixels = shifts[:, axis - 1] * (side if extent < 1 else 1)
        images = _along(images, pixels, axis, transform)
    return images


def _along(
    images: torch.Tensor, pixels: torch.Tensor, axis: int, transform: RandomShift
) -> torch.Tensor:
    """Move images along an axis: each result lies between two neighbours of its source."""
    side = images.shape[axis]
    places = torch.arange(side, device=images.device) + pixels[:, None]
    mapped = MODES[transform.fill_mode](places, side)
    below = mapped.floor()
    shape = (len(images), side, 1, 1) if axis == 1 else (len(images), 1, side, 1)
    share = (mapped - below).reshape(shape)
    first, second = (
        _taken(images, place.clamp(0, side - 1).long(), axis) for place in (below, below + 1)
    )
    moved = second.sub_(first).mul_(share).add_(first)
    if transform.fill_mode == "constant":
        outside = (places < 0) | (places > side - 1)
        moved = moved.masked_fill(outside.reshape(shape), transform.fill)
    return moved


def _taken(images: torch.Tensor, places: torch.Tensor, axis: int) -> torch.Tensor:
    """Take from each image its rows (axis 1) or columns (axis 2) at places, int64 (batch, side).

    Rows of a matrix are copied many times faster than single numbers.
    """
    batch, height, width, _ = images.shape
    number = torch.arange(batch, device=images.device)[:, None]
    if axis == 1:
        rows = (number * height + places).flatten()
        return images.flatten(0, 1).index_select(0, rows).reshape(images.shape)
    down = torch.arange(height, device=images.device)[:, None]
    pixels = (number[:, None] * height + down) * width + places[:, None]
    return images.flatten(0, 2).index_select(0, pixels.flatten()).reshape(images.shape)


def _reflect(places: torch.Tensor, side: int) -> torch.Tensor:
    """Mirror at the outer edges of the first and last pixel: d c b a | a b c d | d c b a."""
    within = (places + 0.5).remainder(2 * side)
    return torch.where(within > side, 2 * side - within, within) - 0.5


def _wrap(places: torch.Tensor, side: int) -> torch.Tensor:
    """Begin anew, as scipy: the last pixel is the first of the next round."""
    outside = (places < 0) | (places > side - 1)
    return torch.where(outside, places.remainder(side - 1), places)


MODES: dict[str, Callable[[torch.Tensor, int], torch.Tensor]] = {
    "nearest": lambda places, side: places.clamp(0, side - 1),
    "constant": lambda places, side: places.clamp(0, side - 1),
    "reflect": _reflect,
    "wrap": _wrap,
}
"""Where the pixel at a place comes from, that may lie beyond the image."""
