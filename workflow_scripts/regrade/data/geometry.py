"""Crops and mirror images of whole batches, with the same pixels as torchvision's on PIL images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn.functional import pad

from regrade.data.padding import windows

if TYPE_CHECKING:
    from regrade.studies.augmentation import CenterCrop, RandomCrop, RandomFlip

MIRRORS = {"random_vertical_flip": 0, "random_horizontal_flip": 1}
"""Words for mirror images, and the axis of an image that each runs through backwards."""


def draw_offsets(transform: RandomCrop, rng: np.random.Generator, count: int) -> np.ndarray:
    """Draw where the window lies: float32 (count, 2) in [0, 1), row and column.

    They are shares of the room that the window has, because the side of the image is known only
    when the crop is done (a resize may stand before it).
    """
    return rng.random((count, 2), dtype=np.float32)


def corners(transform: RandomCrop, offsets: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Return the first row and column of each window in the padded image: int64 (count, 2)."""
    room = 2 * transform.padding - transform.size + 1
    rows, columns = offsets.unbind(1)
    return torch.stack((rows * (height + room), columns * (width + room)), 1).long()


def crop(transform: RandomCrop, images: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
    """Cut a window of `size` out of each image after padding it.

    Parameters
    ----------
    images
        Bytes or floats (batch, height, width, channels).
    offsets
        Numbers in [0, 1) (batch, 2): share of the span that the window may move.
    """
    margin = transform.padding
    if not transform.is_black:
        first = corners(transform, offsets, *images.shape[1:3]) - margin
        return windows(images, first, transform.size, transform.padding_mode, transform.fill)
    padded = pad(images, (0, 0, margin, margin, margin, margin)) if margin else images
    batch, height, width, channels = padded.shape
    size = transform.size
    corner = corners(transform, offsets, *images.shape[1:3])
    s0, s1, s2, s3 = padded.stride()
    all_windows = padded.as_strided(
        (batch, height - size + 1, width - size + 1, size, size, channels),
        (s0, s1, s2, s1, s2, s3),
    )
    return all_windows[torch.arange(batch, device=images.device), corner[:, 0], corner[:, 1]]


def center_crop(transform: CenterCrop | CornerCrop, images: torch.Tensor) -> torch.Tensor:
    """Cut the middle out of each image, bytes or floats (batch, height, width, channels)."""
    size = transform.size
    top, left = (round((side - size) / 2) for side in images.shape[1:3])
    return images[:, top : top + size, left : left + size].contiguous()


@dataclass(frozen=True)
class CornerCrop:
    """A word that no recipe has: what crops of several places put in that of a `center_crop`."""

    size: int
    place: int
    """One of `PLACES`."""
    mirrored: bool
    """Whether it is cut out of the mirror image."""
    kind: str = "corner_crop"


PLACES = ((0, 0), (0, 1), (1, 0), (1, 1), None)
"""Of torchvision's five crops, in its order: whether each is low and right; None is the middle."""


def corner_crop(transform: CornerCrop, images: torch.Tensor) -> torch.Tensor:
    """Cut a corner or the middle out of each image, or of its mirror image.

    Images are bytes or floats (batch, height, width, channels).
    """
    seen = images.flip(2) if transform.mirrored else images
    corner, size = PLACES[transform.place], transform.size
    if corner is None:
        return center_crop(transform, seen)
    top, left = (far * (side - size) for far, side in zip(corner, seen.shape[1:3], strict=True))
    return seen[:, top : top + size, left : left + size].contiguous()


def mirror(transform: RandomFlip, images: torch.Tensor, coins: torch.Tensor) -> torch.Tensor:
    """Mirror the images whose coin is true, left to right or top to bottom.

    Images are bytes or floats (batch, height, width, channels), coins bool (batch,).
    """
    flipped = images.flip(1 + MIRRORS[transform.kind])
    return torch.where(coins[:, None, None, None], flipped, images)
