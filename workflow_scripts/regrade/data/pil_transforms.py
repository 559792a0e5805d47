"""Words whose operations work on bytes with PIL's arithmetic: policies, rotation, resize.

They run on the CPU whatever the device is: images go to the device behind the last of them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import accumulate
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from regrade.data import kernels, resample_kernels
from regrade.data.auto_augment import (
    StepTable,
    auto_table,
    draw_auto,
    draw_rand,
    draw_trivial,
    rand_table,
    rotation_matrices,
    trivial_table,
)

if TYPE_CHECKING:
    from regrade.studies.augmentation import AutomaticAugment, RandomRotation


TABLES: dict[str, Callable[[], StepTable]] = {
    "trivial_augment_wide": trivial_table,
    "auto_augment_cifar10": auto_table,
    "rand_augment": rand_table,
}
"""The steps that a policy knows, by the kind of its word."""
DRAWS: dict[str, Callable[[Any, np.random.Generator, int], np.ndarray]] = {
    "trivial_augment_wide": lambda _, rng, count: draw_trivial(rng, count),
    "auto_augment_cifar10": lambda _, rng, count: draw_auto(rng, count),
    "rand_augment": lambda word, rng, count: draw_rand(rng, count, word.num_ops, word.magnitude),
}
"""What draws the steps of so many images, by the kind of a policy's word."""


def draw_steps(transform: AutomaticAugment, rng: np.random.Generator, count: int) -> np.ndarray:
    """Draw the steps of each image: rows of the policy's table, int16 (count, steps)."""
    return DRAWS[transform.kind](transform, rng, count)


def augment(transform: AutomaticAugment, images: torch.Tensor, steps: torch.Tensor) -> torch.Tensor:
    """Do to each image, uint8 (batch, 32, 32, 3), its steps."""
    table = TABLES[transform.kind]()
    done = kernels.apply_steps(
        images.numpy(),
        steps.numpy(),
        table.codes,
        table.coefficients,
        table.factors,
        table.tables,
    )
    return torch.from_numpy(done)


def draw_degrees(transform: RandomRotation, rng: np.random.Generator, count: int) -> np.ndarray:
    """Draw an angle an image, counter-clockwise: float64 (count,)."""
    return rng.uniform(-transform.degrees, transform.degrees, count)


def rotate(_: RandomRotation, images: torch.Tensor, degrees: torch.Tensor) -> torch.Tensor:
    """Rotate each image, uint8 (batch, side, side, 3), about its middle."""
    matrices = rotation_matrices(degrees.numpy(), images.shape[1])
    return torch.from_numpy(kernels.apply_affine(images.numpy(), matrices))


def resize(images: torch.Tensor, size: int, interpolation: str = "bilinear") -> torch.Tensor:
    """Resize square images, uint8 (batch, side, side, 3)."""
    if interpolation == "nearest":
        places = np.array(nearest_places(images.shape[1], size))
        return torch.from_numpy(resample_kernels.take_nearest(images.numpy(), places))
    starts, weights = resize_weights(images.shape[1], size, interpolation)
    return torch.from_numpy(resample_kernels.resample(images.numpy(), starts, weights))


def nearest_places(side: int, size: int) -> list[int]:
    """Return the input pixel of every output pixel, as Geometry.c adds them up."""
    step = side / size
    return [int(place) for place in accumulate([step * 0.5, *[step] * (size - 1)])]


def _triangle(x: np.ndarray) -> np.ndarray:
    return np.maximum(0.0, 1.0 - np.abs(x))


def _cubic(x: np.ndarray) -> np.ndarray:
    x, a = np.abs(x), -0.5
    near = ((a + 2.0) * x - (a + 3.0)) * x * x + 1
    far = (((x - 5) * x + 8) * x - 4) * a
    return np.where(x < 1.0, near, np.where(x < 2.0, far, 0.0))


FILTERS: dict[str, tuple[float, Callable[[np.ndarray], np.ndarray]]] = {
    "bilinear": (1.0, _triangle),
    "bicubic": (2.0, _cubic),
}
"""How far an interpolation looks, and its weights by distance."""


@cache
def resize_weights(
    side: int, size: int, interpolation: str = "bilinear"
) -> tuple[np.ndarray, np.ndarray]:
    """Return first input pixel and weights (fixed-point) of every output pixel, as Resample.c does.

    Returns
    -------
    starts, weights
        int64 (size,) and int32 (size, taps in use).
    """
    reach, weight_of = FILTERS[interpolation]
    scale = side / size
    stretch = max(scale, 1.0)
    support = reach * stretch
    taps = ceil(support) * 2 + 1
    starts, weights = np.zeros(size, np.int64), np.zeros((size, taps), np.int32)
    for x in range(size):
        center = (x + 0.5) * scale
        first = max(0, int(center - support + 0.5))
        last = min(side, int(center + support + 0.5))
        share = weight_of((np.arange(first, last) - center + 0.5) / stretch)
        share = share / share.sum() * (1 << resample_kernels.RESAMPLE_BITS)
        starts[x] = first
        weights[x, : last - first] = (np.copysign(0.5, share) + share).astype(np.int32)
    used = int((weights != 0).any(0).nonzero()[0].max()) + 1
    return starts, np.ascontiguousarray(weights[:, :used])
