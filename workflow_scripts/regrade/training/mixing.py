"""Mixup and CutMix: batches whose images are mixed with others of the batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
import torch

from regrade.data.generators import generator
from regrade.data.pipeline import Stream

if TYPE_CHECKING:
    from regrade.studies.mixing import Mix


@dataclass(frozen=True)
class Mixed:
    """How a batch is mixed."""

    partners: torch.Tensor
    """Which image of the batch each is mixed with: int64 (batch,), on the device."""
    share: float
    """What an image keeps of itself."""
    box: tuple[float, float]
    """The middle of a box that another image gives, as shares of height and width."""


def draw(
    word: Mix, seed: int, epoch: int, sizes: Sequence[int], device: torch.device
) -> Iterator[Mixed | None]:
    """Draw how each batch of an epoch is mixed; None is a batch that stays as it is.

    What the device must have is sent once an epoch: no step waits for it.
    """
    rng = generator(seed, epoch, Stream.MIXING)
    lucky = rng.random(len(sizes)) < word.probability
    shares = rng.beta(word.alpha, word.alpha, len(sizes))
    boxes = rng.random((len(sizes), 2))
    partners = torch.from_numpy(np.concatenate([rng.permutation(size) for size in sizes]))
    for number, part in enumerate(partners.to(device).split(list(sizes))):
        box = (float(boxes[number, 0]), float(boxes[number, 1]))
        yield Mixed(part, float(shares[number]), box) if lucky[number] else None


def _mixup(images: torch.Tensor, mixed: Mixed) -> tuple[torch.Tensor, float]:
    return images * mixed.share + images[mixed.partners] * (1 - mixed.share), mixed.share


def box_of(mixed: Mixed, height: int, width: int) -> tuple[slice, slice]:
    """Return rows and columns of the box that another image gives, cut off at the edges."""
    side = sqrt(1 - mixed.share)
    found = []
    for middle, length in zip(mixed.box, (height, width), strict=True):
        half, place = int(length * side) // 2, int(middle * length)
        found.append(slice(max(place - half, 0), min(place + half, length)))
    return found[0], found[1]


def _cutmix(images: torch.Tensor, mixed: Mixed) -> tuple[torch.Tensor, float]:
    height, width = images.shape[2:]
    rows, columns = box_of(mixed, height, width)
    images = images.clone()
    images[:, :, rows, columns] = images[:, :, rows, columns][mixed.partners]
    area = (rows.stop - rows.start) * (columns.stop - columns.start)
    return images, 1 - area / (height * width)


MIXES: dict[str, Callable[[torch.Tensor, Mixed], tuple[torch.Tensor, float]]] = {
    "mixup": _mixup,
    "cutmix": _cutmix,
}
"""What mixes a batch, by the kind of its word; gives the images and the share of their labels."""


def mix(word: Mix, images: torch.Tensor, mixed: Mixed) -> tuple[torch.Tensor, float]:
    """Mix a batch: give its images, and the share that their own labels keep."""
    return MIXES[word.kind](images, mixed)
