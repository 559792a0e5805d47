"""Where the pixels of padding come from: a colour, or the image itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from regrade.studies.augmentation import Pad


def _at_the_edge(places: torch.Tensor, side: int) -> torch.Tensor:
    return places.clamp(0, side - 1)


def _mirrored(places: torch.Tensor, side: int) -> torch.Tensor:
    """Mirror about the middle of the outermost pixels: c b | a b c d | c b."""
    within = places.remainder(2 * side - 2)
    return torch.minimum(within, 2 * side - 2 - within)


def _mirrored_whole(places: torch.Tensor, side: int) -> torch.Tensor:
    """Mirror about the edge: b a | a b c d | d c."""
    within = places.remainder(2 * side)
    return torch.minimum(within, 2 * side - 1 - within)


PADDINGS: dict[str, Callable[[torch.Tensor, int], torch.Tensor]] = {
    "constant": _at_the_edge,
    "edge": _at_the_edge,
    "reflect": _mirrored,
    "symmetric": _mirrored_whole,
}
"""Which pixel stands at a place along an axis that may lie beyond the image."""


def windows(
    images: torch.Tensor, corners: torch.Tensor, size: int, mode: str, fill: float
) -> torch.Tensor:
    """Cut a window of `size` x `size` out of each image (batch, height, width, 3).

    Parameters
    ----------
    corners
        First row and column of each window, which may lie beyond the image: int64 (batch, 2).
    mode, fill
        What stands beyond the image.
    """
    batch, *sides, _ = images.shape
    window = torch.arange(size, device=images.device)
    rows, columns = (corners[:, axis, None] + window for axis in (0, 1))
    own_rows, own_columns = PADDINGS[mode](rows, sides[0]), PADDINGS[mode](columns, sides[1])
    number = torch.arange(batch, device=images.device)[:, None, None]
    taken = images[number, own_rows[:, :, None], own_columns[:, None]]
    if mode != "constant":
        return taken
    beyond = (rows != own_rows)[:, :, None] | (columns != own_columns)[:, None]
    return taken.masked_fill(beyond[..., None], fill)


def pad(transform: Pad, images: torch.Tensor) -> torch.Tensor:
    """Put pixels on all sides of square images, bytes or floats (batch, side, side, 3)."""
    left, above, *_ = transform.edges
    corners = torch.zeros(len(images), 2, dtype=torch.int64, device=images.device)
    corners[:, 0], corners[:, 1] = -above, -left
    size = images.shape[1] + transform.added
    return windows(images, corners, size, transform.padding_mode, transform.fill)
