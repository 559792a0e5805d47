"""Transforms of transforms: some at all, all in a random order, or one of them.

Images with the same choice are done together, so that what is compiled stays as fast inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from regrade.data.operations import operation_of

if TYPE_CHECKING:
    from regrade.studies.augmentation import RandomApply, RandomChoice, RandomOrder, Transform


@dataclass(frozen=True)
class Nested:
    """What was drawn for transforms inside a transform, and for it, a row an image."""

    own: torch.Tensor
    inner: tuple[torch.Tensor | Nested | None, ...]

    def __getitem__(self, rows: slice | torch.Tensor) -> Nested:
        """Return the choices of some images."""
        inner = tuple(None if part is None else part[rows] for part in self.inner)
        return Nested(self.own[rows], inner)


Choice = torch.Tensor | Nested | None
"""What was drawn for the images that a transform takes, a row an image; None: nothing."""


def _draw(own: np.ndarray, transforms: Sequence[Transform], rng: np.random.Generator) -> Nested:
    """Draw the choices of every transform for every image, needed or not."""
    inner: list[Choice] = []
    for transform in transforms:
        draw = operation_of(transform).draw
        found = draw(transform, rng, len(own)) if draw else None
        inner.append(torch.from_numpy(found) if isinstance(found, np.ndarray) else found)
    return Nested(torch.from_numpy(own), tuple(inner))


def draw_whether(transform: RandomApply, rng: np.random.Generator, count: int) -> Nested:
    """Draw whether each image is transformed: bool (count,)."""
    return _draw(rng.random(count) < transform.probability, transform.transforms, rng)


def draw_orders(transform: RandomOrder, rng: np.random.Generator, count: int) -> Nested:
    """Draw the order of the transforms for each image: int64 (count, transforms)."""
    numbers = np.tile(np.arange(len(transform.transforms)), (count, 1))
    return _draw(rng.permuted(numbers, axis=1), transform.transforms, rng)


def draw_one(transform: RandomChoice, rng: np.random.Generator, count: int) -> Nested:
    """Draw which of the transforms each image gets: int64 (count,)."""
    shares = np.array(transform.probabilities or [1.0] * len(transform.transforms))
    numbers = rng.choice(len(shares), count, p=shares / shares.sum())
    return _draw(numbers, transform.transforms, rng)


def _done(
    transform: Transform,
    images: torch.Tensor,
    choices: Choice,
    rows: torch.Tensor,
) -> torch.Tensor:
    """Transform images whose choices are those rows."""
    given = () if choices is None else (choices[rows],)
    return operation_of(transform).apply(transform, images, *given)


def apply_or_not(transform: RandomApply, images: torch.Tensor, drawn: Nested) -> torch.Tensor:
    """Do all of the transforms, one after another, to the images that it was drawn for."""
    (rows,) = drawn.own.nonzero(as_tuple=True)
    if not len(rows):
        return images
    done = images[rows]
    for part, choices in zip(transform.transforms, drawn.inner, strict=True):
        done = _done(part, done, choices, rows)
    return images.index_copy(0, rows, done)


def apply_in_order(transform: RandomOrder, images: torch.Tensor, drawn: Nested) -> torch.Tensor:
    """Do all of the transforms to each image, in its own order."""
    for place in drawn.own.unbind(1):
        images = _one_each(transform.transforms, images, drawn, place)
    return images


def apply_one(transform: RandomChoice, images: torch.Tensor, drawn: Nested) -> torch.Tensor:
    """Do to each image the one transform that was drawn for it."""
    return _one_each(transform.transforms, images, drawn, drawn.own)


def _one_each(
    transforms: Sequence[Transform], images: torch.Tensor, drawn: Nested, chosen: torch.Tensor
) -> torch.Tensor:
    """Do to each image the transform of its number."""
    order, parts = [], []
    for number, part in enumerate(transforms):
        (rows,) = (chosen == number).nonzero(as_tuple=True)
        if len(rows):
            order.append(rows)
            parts.append(_done(part, images[rows], drawn.inner[number], rows))
    return torch.cat(parts)[torch.cat(order).argsort()]
