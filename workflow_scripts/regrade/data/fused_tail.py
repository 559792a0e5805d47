"""The last transforms of a recipe in one compiled pass: crop, mirror images, floats, normalisation.

Where a pixel of the result comes from is a window into the source, run through forwards or
backwards; what becomes of its byte is a table of 256 floats a channel, filled by the very
operations of `regrade.data.pipeline`, so that the result equals theirs to the bit. A batch is read
once and written once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from regrade.data.compiled import compiled
from regrade.data.geometry import MIRRORS, corners

if TYPE_CHECKING:
    from regrade.studies.augmentation import Transform

Floats = Callable[["Transform", torch.Tensor], torch.Tensor]
"""An operation on a pixel alone: bytes or floats (..., 3) to floats of the same shape."""


def first_of_tail(transforms: Sequence[Transform]) -> int:
    """Return the position of the first transform from which on all can be done in one pass.

    Their number stands for none. One crop at most: of two, the second may look beyond the window
    of the first. Padding with anything but zeros is no part of the pass.
    """
    first, crops = len(transforms), 0
    for position in reversed(range(len(transforms))):
        word = transforms[position]
        kind = word.kind
        if word.kind == "random_crop":
            crops += 1 if word.is_black else 2
        if crops > 1 or kind not in ("random_crop", "to_tensor", "normalize", *MIRRORS):
            break
        first = position
    becomes_float = any(word.kind == "to_tensor" for word in transforms[first:])
    return first if becomes_float else len(transforms)


class FusedTail:
    """The tail of a pipeline, compiled for the CPU."""

    def __init__(self, tail: Sequence[tuple[Transform, Floats | None]]) -> None:
        self.words = [word for word, _ in tail]
        values = torch.arange(256, dtype=torch.uint8)[:, None].repeat(1, 3)
        outside = torch.zeros(1, 3, dtype=torch.uint8)
        for word, floats in tail:
            if word.kind == "random_crop":
                outside = torch.zeros_like(outside)  # black, or zero once values are floats
            elif floats:
                values, outside = floats(word, values), floats(word, outside)
        self.table = np.ascontiguousarray(values.numpy().T)
        self.outside = outside[0].numpy()

    def apply(
        self,
        images: torch.Tensor,
        numbers: torch.Tensor | None,
        choices: Sequence[torch.Tensor | None],
    ) -> torch.Tensor:
        """Turn uint8 (n, height, width, 3) into float32 (batch, side, side, 3).

        Parameters
        ----------
        numbers
            int64 (batch,): which of the images; all of them, in their order, where None.
        choices
            What was drawn for each word, a row a result.
        """
        if numbers is None:
            numbers = torch.arange(len(images))
        count, shape = len(numbers), list(images.shape[1:3])
        starts, steps = np.zeros((count, 2), np.int64), np.ones((count, 2), np.int64)
        for word, choice in zip(self.words, choices, strict=True):
            if choice is None:
                continue
            if word.kind == "random_crop":
                starts += steps * (corners(word, choice, *shape).numpy() - word.padding)
                shape = [word.size, word.size]
            elif word.kind in MIRRORS:
                axis, coins = MIRRORS[word.kind], choice.numpy()
                starts[:, axis] += np.where(coins, steps[:, axis] * (shape[axis] - 1), 0)
                steps[:, axis] = np.where(coins, -steps[:, axis], steps[:, axis])
        result = torch.empty((count, *shape, 3), dtype=torch.float32)
        _fuse(
            images.numpy(), numbers.numpy(), starts, steps, self.table, self.outside, result.numpy()
        )
        return result


@compiled
def _inside(start: int, step: int, side: int, size: int) -> tuple[int, int]:
    """Return the range of the result's positions along an axis whose source lies in the image."""
    first, last = (-start, side - start) if step > 0 else (start - side + 1, start + 1)
    first = min(max(first, 0), size)
    return first, max(min(last, size), first)


@compiled
def _fuse(images, numbers, starts, steps, table, outside, result):
    height, width = images.shape[1:3]
    rows, columns = result.shape[1:3]
    reds, greens, blues = table[0], table[1], table[2]
    red, green, blue = outside[0], outside[1], outside[2]
    for n in range(len(numbers)):
        image, out = images[numbers[n]], result[n]
        top, bottom = _inside(starts[n, 0], steps[n, 0], height, rows)
        left, right = _inside(starts[n, 1], steps[n, 1], width, columns)
        step = steps[n, 1]
        for y in range(rows):
            first, last = (left, right) if top <= y < bottom else (columns, columns)
            for x in range(first):
                out[y, x, 0], out[y, x, 1], out[y, x, 2] = red, green, blue
            source = image[starts[n, 0] + steps[n, 0] * y] if first < last else image[0]
            column = starts[n, 1] + step * first
            for x in range(first, last):
                out[y, x, 0] = reds[source[column, 0]]
                out[y, x, 1] = greens[source[column, 1]]
                out[y, x, 2] = blues[source[column, 2]]
                column += step
            for x in range(last, columns):
                out[y, x, 0], out[y, x, 1], out[y, x, 2] = red, green, blue
