"""Boxes of an image that are painted over: cutout and random erasing, on bytes or floats."""

from __future__ import annotations

from collections.abc import Callable
from math import log
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

if TYPE_CHECKING:
    from regrade.studies.augmentation import Cutout, RandomErasing

ATTEMPTS = 10
"""Boxes that random erasing draws until one fits, as torchvision."""


def draw_middles(transform: Cutout, rng: np.random.Generator, count: int) -> np.ndarray:
    """Draw the middle of each hole: float32 (count, holes, 2), shares of height and width."""
    return rng.random((count, transform.holes, 2), dtype=np.float32)


def cut_out(transform: Cutout, images: torch.Tensor, middles: torch.Tensor) -> torch.Tensor:
    """Paint square holes, cut off at the edges, into each image (batch, height, width, 3)."""
    sides = list(images.shape[1:3])
    half = transform.size // 2
    rows, columns = (
        _between(place - half, place + half, side)
        for place, side in zip(_places(middles, sides), sides, strict=True)
    )
    inside = (rows[:, :, :, None] & columns[:, :, None, :]).any(1)
    return _paint(images, inside, transform.value)


def _places(shares: torch.Tensor, sides: list[int]) -> list[torch.Tensor]:
    return [(shares[..., axis] * side).long() for axis, side in enumerate(sides)]


def _between(first: torch.Tensor, last: torch.Tensor, side: int) -> torch.Tensor:
    """Tell for each position along an axis whether it lies in [first, last): (..., side)."""
    positions = torch.arange(side, device=first.device)
    return (positions >= first[..., None]) & (positions < last[..., None])


def _paint(images: torch.Tensor, inside: torch.Tensor, value: float) -> torch.Tensor:
    return images.masked_fill(inside[..., None], value)


def draw_boxes(transform: RandomErasing, rng: np.random.Generator, count: int) -> np.ndarray:
    """Draw luck, areas, ratios and places: float32 (count, 3 + 2 * attempts).

    The side of the image is known only when it is done: places are shares of the room there is.
    """
    unlucky = rng.random((count, 1)) >= transform.probability
    areas = rng.uniform(*transform.scale, (count, ATTEMPTS))
    low, high = transform.ratio
    ratios = np.exp(rng.uniform(log(low), log(high), (count, ATTEMPTS)))
    places = rng.random((count, 2))
    return np.concatenate([unlucky, places, areas, ratios], 1).astype(np.float32)


def boxes(drawn: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Return top, left, height and width of each box: int64 (count, 4); none is 0 x 0 pixels."""
    unlucky, places = drawn[:, 0] > 0, drawn[:, 1:3]
    areas, ratios = drawn[:, 3:].tensor_split(2, 1)
    heights = (areas * (height * width) * ratios).sqrt().round()
    widths = (areas * (height * width) / ratios).sqrt().round()
    fits = (heights < height) & (widths < width)
    first = fits.to(torch.int8).argmax(1, keepdim=True)
    none = unlucky | ~fits.any(1)
    tall, wide = (
        side.gather(1, first)[:, 0].masked_fill(none, 0.0).long() for side in (heights, widths)
    )
    # A place that single precision rounds to 1 lies one beyond the room.
    top = torch.minimum((places[:, 0] * (height - tall + 1)).long(), height - tall)
    left = torch.minimum((places[:, 1] * (width - wide + 1)).long(), width - wide)
    return torch.stack([top, left, tall, wide], 1)


def erase(transform: RandomErasing, images: torch.Tensor, drawn: torch.Tensor) -> torch.Tensor:
    """Paint a box over each image that it was drawn for."""
    height, width = images.shape[1:3]
    top, left, tall, wide = boxes(drawn, height, width).unbind(1)
    rows, columns = _between(top, top + tall, height), _between(left, left + wide, width)
    return _paint(images, rows[:, :, None] & columns[:, None, :], transform.value)


def _holes(transform: Cutout, middles: torch.Tensor, height: int, width: int) -> torch.Tensor:
    half = transform.size // 2
    rows, columns = _places(middles, [height, width])
    edges = [
        (place + way * half).clamp(0, side)
        for place, side in ((rows, height), (columns, width))
        for way in (-1, 1)
    ]
    return torch.stack(edges, -1)


def _erased(_: RandomErasing, drawn: torch.Tensor, height: int, width: int) -> torch.Tensor:
    top, left, tall, wide = boxes(drawn, height, width).unbind(1)
    return torch.stack([top, top + tall, left, left + wide], 1)[:, None]


BOXES: dict[str, Callable[[Any, torch.Tensor, int, int], torch.Tensor]] = {
    "cutout": _holes,
    "random_erasing": _erased,
}
"""The boxes of each image, int64 (batch, boxes, 4): first row and the one after the last, and the
same of columns; by the kind of a word, from what was drawn and the sides of the images."""
