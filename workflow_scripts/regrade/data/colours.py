"""Colours of images on bytes: jitter and gray, with PIL's arithmetic to the pixel.

Hue goes by way of PIL's HSV, whose hue and saturation are bytes: what it gives of a pixel is looked
up in tables that hold Convert.c's arithmetic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from regrade.data import colour_kernels

if TYPE_CHECKING:
    from regrade.studies.colour_words import ColorJitter, Grayscale, RandomGrayscale

ADJUSTMENTS = ("brightness", "contrast", "saturation", "hue")
"""In the order of what is drawn, and of the numbers that stand for them."""


def _around_one(extent: float | tuple[float, float]) -> tuple[float, float]:
    """Return the range of a factor: between two numbers, or so far from 1 and not below 0."""
    return extent if isinstance(extent, tuple) else (max(0.0, 1.0 - extent), 1.0 + extent)


def draw_jitter(transform: ColorJitter, rng: np.random.Generator, count: int) -> np.ndarray:
    """Draw four factors and the order of the four operations: float64 (count, 8)."""
    hue = transform.hue if isinstance(transform.hue, tuple) else (-transform.hue, transform.hue)
    ranges = [_around_one(getattr(transform, name)) for name in ADJUSTMENTS[:3]]
    low, high = np.array([*ranges, hue]).T
    order = rng.permuted(np.tile(np.arange(4), (count, 1)), axis=1)
    return np.concatenate([rng.uniform(low, high, (count, 4)), order], 1)


def jitter(transform: ColorJitter, images: torch.Tensor, drawn: torch.Tensor) -> torch.Tensor:
    """Change brightness, contrast, saturation and hue, in the drawn order."""
    wanted = [getattr(transform, name) not in (0, (1, 1)) for name in ADJUSTMENTS]
    factors = drawn[:, :3].to(torch.float32)
    # As torchvision: truncated, and added to a byte that overflows.
    turns = (drawn[:, 3] * 255).to(torch.int32).to(torch.uint8)
    result = colour_kernels.jitter(
        images.numpy(),
        factors.numpy(),
        turns.numpy(),
        drawn[:, 4:].to(torch.int64).numpy(),
        np.array(wanted),
        colour_kernels.hue_tables(),
    )
    return torch.from_numpy(result)


def grayscale(transform: Grayscale, images: torch.Tensor) -> torch.Tensor:
    """Make every image gray, in three equal channels or one."""
    everything = np.ones(len(images), np.bool_)
    gray = torch.from_numpy(colour_kernels.gray(images.numpy(), everything))
    return gray[..., : transform.channels].contiguous()


def randomly_gray(_: RandomGrayscale, images: torch.Tensor, coins: torch.Tensor) -> torch.Tensor:
    """Make the images gray whose coin is true."""
    return torch.from_numpy(colour_kernels.gray(images.numpy(), coins.numpy()))
