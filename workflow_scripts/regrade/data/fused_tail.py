"""The last transforms of a recipe in one compiled pass: crop, mirror images, floats, boxes.

Where a pixel of the result comes from is a window into the source, run through forwards or
backwards; what becomes of its byte is a table of 256 floats a channel, filled by the very
operations of `regrade.data.pipeline`, so that the result equals theirs to the bit. Boxes are
painted over it last. A batch is read once and written once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from regrade.data.compiled import compiled
from regrade.data.erasing import BOXES
from regrade.data.geometry import MIRRORS, corners
from regrade.data.padding import PADDINGS

if TYPE_CHECKING:
    from regrade.studies.augmentation import Transform

Floats = Callable[[Any, torch.Tensor], torch.Tensor]
"""An operation on a pixel alone: bytes or floats (..., 3) to floats of the same shape."""
MOVING = ("random_crop", *MIRRORS)
"""Words that move pixels and change none."""


def first_of_tail(transforms: Sequence[Transform]) -> int:
    """Return the position of the first transform from which on all can be done in one pass.

    Their number stands for none. One crop at most: of two, the second may look beyond the window
    of the first. Boxes that a later word would move are no part of the pass.
    """
    first, crops, moved = len(transforms), 0, False
    for position in reversed(range(len(transforms))):
        kind = transforms[position].kind
        crops += kind == "random_crop"
        moved = moved or kind in MOVING
        known = kind in (*MOVING, "to_tensor", "normalize") or (kind in BOXES and not moved)
        if crops > 1 or not known:
            break
        first = position
    becomes_float = any(word.kind == "to_tensor" for word in transforms[first:])
    return first if becomes_float else len(transforms)


class FusedTail:
    """The tail of a pipeline, compiled for the CPU."""

    def __init__(self, tail: Sequence[tuple[Any, Floats | None]]) -> None:
        self.words = [word for word, _ in tail]
        values = torch.arange(256, dtype=torch.uint8)[:, None].repeat(1, 3)
        outside = torch.zeros(1, 3, dtype=torch.uint8)
        paints: list[torch.Tensor] = []
        for word, floats in tail:
            if word.kind == "random_crop":
                outside = torch.full_like(outside, word.fill)
            elif word.kind in BOXES:
                paints.append(torch.full_like(outside, word.value))
            elif floats:
                values, outside = floats(word, values), floats(word, outside)
                paints = [floats(word, paint) for paint in paints]
        self.table = np.ascontiguousarray(values.numpy().T)
        self.outside = outside[0].numpy()
        self.paints = [paint[0].numpy() for paint in paints]
        modes = [word.padding_mode for word in self.words if word.kind == "random_crop"]
        self.mode = modes[0] if modes else "constant"

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
        starts, steps, shape = self._windows(len(numbers), list(images.shape[1:3]), choices)
        result = torch.empty((len(numbers), *shape, 3), dtype=torch.float32)
        given = (images.numpy(), numbers.numpy())
        if self.mode == "constant":
            _fuse(*given, starts, steps, self.table, self.outside, result.numpy())
        else:
            places = self._padded_places(images.shape[1:3], starts, steps, shape)
            _gather(*given, *places, self.table, result.numpy())
        self._paint(result, choices)
        return result

    def _windows(
        self, count: int, shape: list[int], choices: Sequence[torch.Tensor | None]
    ) -> tuple[np.ndarray, np.ndarray, list[int]]:
        """Return where each result starts in its source, its steps there, and its sides."""
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
        return starts, steps, shape

    def _padded_places(
        self, sides: Sequence[int], starts: np.ndarray, steps: np.ndarray, shape: Sequence[int]
    ) -> list[np.ndarray]:
        """Return the row and the column of every result's source: int64 (batch, side) each."""
        found = []
        for axis, (side, size) in enumerate(zip(sides, shape, strict=True)):
            places = starts[:, axis, None] + steps[:, axis, None] * np.arange(size)
            found.append(PADDINGS[self.mode](torch.from_numpy(places), side).numpy())
        return found

    def _paint(self, result: torch.Tensor, choices: Sequence[torch.Tensor | None]) -> None:
        paints = iter(self.paints)
        for word, choice in zip(self.words, choices, strict=True):
            if choice is not None and word.kind in BOXES:
                height, width = result.shape[1:3]
                boxes = BOXES[word.kind](word, choice, height, width)
                _paint(result.numpy(), boxes.numpy(), next(paints))


@compiled
def _gather(images, numbers, rows, columns, table, result):
    """Take each pixel from its row and column, by way of the table."""
    reds, greens, blues = table[0], table[1], table[2]
    for n in range(len(numbers)):
        image = images[numbers[n]]
        for y in range(result.shape[1]):
            source, out = image[rows[n, y]], result[n, y]
            for x in range(result.shape[2]):
                column = columns[n, x]
                out[x, 0] = reds[source[column, 0]]
                out[x, 1] = greens[source[column, 1]]
                out[x, 2] = blues[source[column, 2]]


@compiled
def _paint(images, boxes, paint):
    """Paint boxes, int64 (batch, boxes, 4) of first and last row and column, into each image."""
    for n in range(len(images)):
        for k in range(boxes.shape[1]):
            for y in range(boxes[n, k, 0], boxes[n, k, 1]):
                for x in range(boxes[n, k, 2], boxes[n, k, 3]):
                    image = images[n, y, x]
                    image[0], image[1], image[2] = paint[0], paint[1], paint[2]


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
