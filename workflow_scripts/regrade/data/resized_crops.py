"""Random resized crops on bytes: a window of each image, bilinear, with PIL's arithmetic."""

from __future__ import annotations

from functools import cache
from math import log
from typing import TYPE_CHECKING

import numpy as np
import torch

from regrade.data.compiled import compiled
from regrade.data.pil_transforms import resize_weights
from regrade.data.resample_kernels import RESAMPLE_BITS

if TYPE_CHECKING:
    from regrade.studies.augmentation import RandomResizedCrop

ATTEMPTS = 10
"""Windows that are drawn until one fits, as torchvision."""
Weights = tuple[np.ndarray, np.ndarray, np.ndarray]


def draw_windows(transform: RandomResizedCrop, rng: np.random.Generator, count: int) -> np.ndarray:
    """Draw the place, areas and ratios of each window: float64 (count, 2 + 2 * attempts)."""
    low, high = transform.ratio
    areas = rng.uniform(*transform.scale, (count, ATTEMPTS))
    ratios = np.exp(rng.uniform(log(low), log(high), (count, ATTEMPTS)))
    return np.concatenate([rng.random((count, 2)), areas, ratios], 1)


def windows(transform: RandomResizedCrop, drawn: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return top, left, height and width of each window, int64 (count, 4).

    It is the first that fits, or the middle.
    """
    areas, ratios = drawn[:, 2 : 2 + ATTEMPTS] * (height * width), drawn[:, 2 + ATTEMPTS :]
    wide, tall = np.rint(np.sqrt(areas * ratios)), np.rint(np.sqrt(areas / ratios))
    fits = (wide > 0) & (wide <= width) & (tall > 0) & (tall <= height)
    first = fits.argmax(1)[:, None]
    chosen = [np.take_along_axis(sides, first, 1)[:, 0] for sides in (tall, wide)]
    rooms = np.array([height, width]) - np.stack(chosen, 1) + 1
    found = np.concatenate([np.floor(drawn[:, :2] * rooms), np.stack(chosen, 1)], 1)
    middle = _middle(transform.ratio, height, width)
    return np.where(fits.any(1)[:, None], found, middle).astype(np.int64)


def _middle(ratio: tuple[float, float], height: int, width: int) -> tuple[int, int, int, int]:
    low, high = ratio
    tall = height if width >= low * height else round(width / low)
    wide = width if width <= high * height else round(height * high)
    return (height - tall) // 2, (width - wide) // 2, tall, wide


@cache
def _weights_of_all(largest: int, size: int) -> Weights:
    """Return the weights of every side up to the largest: starts, weights, taps in use.

    int64 (largest + 1, size), int32 (largest + 1, size, most taps) and int64 (largest + 1,).
    """
    found = [resize_weights(side, size) for side in range(1, largest + 1)]
    taps = [weights.shape[1] for _, weights in found]
    starts = np.zeros((largest + 1, size), np.int64)
    weights = np.zeros((largest + 1, size, max(taps)), np.int32)
    for side, ((first, own), used) in enumerate(zip(found, taps, strict=True), start=1):
        # A first pixel so late that the taps would reach beyond the image has weights of 0 there.
        starts[side], weights[side, :, :used] = first, own
    return starts, weights, np.array([0, *taps])


def resized_crop(
    transform: RandomResizedCrop, images: torch.Tensor, drawn: torch.Tensor
) -> torch.Tensor:
    """Resize the drawn window of each image to a square."""
    height, width = images.shape[1:3]
    boxes = windows(transform, drawn.numpy(), height, width)
    tables = _weights_of_all(max(height, width), transform.size)
    return torch.from_numpy(_resample_all(images.numpy(), boxes, *tables))


@compiled
def _resample_all(images, boxes, all_starts, all_weights, all_taps):
    """Resize a window of each image to a square, 8 bits between its two passes.

    Rows come first; columns do where the height shrinks by more than twice what the width does, as
    in Pillow from 13.0 on (Resample.c). Bilinear weights are never negative and sum to 1, so that
    no sum leaves the range of bytes.
    """
    size = all_starts.shape[1]
    most = max(images.shape[1], images.shape[2], size)
    between = np.empty((most, 3 * most), np.uint8)
    sums = np.empty(3 * most, np.int32)
    result = np.empty((len(images), size, size, 3), np.uint8)
    for n in range(len(images)):
        top, left, tall, wide = boxes[n]
        window = images[n, top : top + tall, left : left + wide]
        across = all_starts[wide], all_weights[wide], all_taps[wide]
        down = all_starts[tall], all_weights[tall], all_taps[tall]
        out = result[n].reshape(size, 3 * size)
        if tall > size and tall - size > 2 * (wide - size):
            columns = np.ascontiguousarray(window).reshape(tall, 3 * wide)
            _resize_columns(columns, *down, sums[: 3 * wide], between[:size, : 3 * wide])
            lines = np.ascontiguousarray(between[:size, : 3 * wide]).reshape(size, wide, 3)
            _resize_rows(lines, *across, out)
        else:
            _resize_rows(window, *across, between[:tall, : 3 * size])
            _resize_columns(between[:tall, : 3 * size], *down, sums[: 3 * size], out)
    return result


@compiled
def _resize_rows(source, starts, weights, taps, out):
    """Resize each row of pixels, uint8 (rows, width, 3), to (rows, 3 * size)."""
    half, last = np.int32(1 << (RESAMPLE_BITS - 1)), source.shape[1] - 1
    for y in range(len(source)):
        for x in range(len(starts)):
            red, green, blue = half, half, half
            for t in range(taps):
                pixel, weight = min(starts[x] + t, last), weights[x, t]
                red += weight * np.int32(source[y, pixel, 0])
                green += weight * np.int32(source[y, pixel, 1])
                blue += weight * np.int32(source[y, pixel, 2])
            out[y, 3 * x] = red >> RESAMPLE_BITS
            out[y, 3 * x + 1] = green >> RESAMPLE_BITS
            out[y, 3 * x + 2] = blue >> RESAMPLE_BITS


@compiled
def _resize_columns(source, starts, weights, taps, sums, out):
    """Resize the columns of uint8 (height, n) to (size, n)."""
    half, last = np.int32(1 << (RESAMPLE_BITS - 1)), len(source) - 1
    for y in range(len(starts)):
        sums[:] = half
        for t in range(taps):
            row, weight = source[min(starts[y] + t, last)], weights[y, t]
            for i in range(len(sums)):
                sums[i] += weight * np.int32(row[i])
        for i in range(len(sums)):
            out[y, i] = sums[i] >> RESAMPLE_BITS
