"""Random affine maps on bytes, nearest pixel, with torchvision's matrix and PIL's arithmetic."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch

from regrade.data import kernels
from regrade.data.compiled import compiled

if TYPE_CHECKING:
    from regrade.studies.augmentation import RandomAffine

RADIANS = math.pi / 180.0


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
    """Rotate, move, scale and shear each image about its middle."""
    maps = drawn.numpy().copy()
    # Whole pixels, halves to the even number, as torchvision.
    maps[:, 1:3] = np.rint(maps[:, 1:3] * [images.shape[2], images.shape[1]])
    return torch.from_numpy(_map_all(images.numpy(), maps, np.uint8(transform.fill)))


@compiled
def _inverse_matrix(angle, across, down, scale, shear_x, shear_y, width, height, a):
    """Write torchvision's inverse affine matrix about the middle of an image: float64 (6,)."""
    rotation, sx, sy = angle * RADIANS, shear_x * RADIANS, shear_y * RADIANS
    turned = rotation - sy
    m00 = math.cos(turned) / math.cos(sy)
    m01 = -math.cos(turned) * math.tan(sx) / math.cos(sy) - math.sin(rotation)
    m10 = math.sin(turned) / math.cos(sy)
    m11 = -math.sin(turned) * math.tan(sx) / math.cos(sy) + math.cos(rotation)
    a[0], a[1], a[3], a[4] = m11 / scale, -m01 / scale, -m10 / scale, m00 / scale
    x, y = width * 0.5, height * 0.5
    a[2] = a[0] * (-x - across) + a[1] * (-y - down) + x
    a[5] = a[3] * (-x - across) + a[4] * (-y - down) + y


@compiled
def _stretch(image, out, a, fill):
    """Map without rotation and shear, as Geometry.c does such maps: in double precision."""
    height, width = image.shape[:2]
    columns = np.empty(width, np.int64)
    place = a[2] + a[0] * 0.5
    for x in range(width):
        columns[x] = int(place) if 0.0 <= place < width else -1
        place += a[0]
    place = a[5] + a[4] * 0.5
    for y in range(height):
        inside = 0.0 <= place < height
        row = int(place) if inside else 0
        for x in range(width):
            column = columns[x]
            if inside and column >= 0:
                out[y, x, 0] = image[row, column, 0]
                out[y, x, 1] = image[row, column, 1]
                out[y, x, 2] = image[row, column, 2]
            else:
                out[y, x, 0], out[y, x, 1], out[y, x, 2] = fill, fill, fill
        place += a[4]


@compiled
def _map_all(images, maps, fill):
    """Map every image, uint8 (n, height, width, 3): angle, shifts, scale, shears (n, 6)."""
    result = np.empty_like(images)
    height, width = images.shape[1:3]
    a = np.empty(6, np.float64)
    for n in range(len(images)):
        angle, across, down, scale, shear_x, shear_y = maps[n]
        _inverse_matrix(angle, across, down, scale, shear_x, shear_y, width, height, a)
        if a[1] == 0.0 and a[3] == 0.0:
            _stretch(images[n], result[n], a, fill)
        else:
            kernels.affine(images[n], result[n], a, fill)
    return result
