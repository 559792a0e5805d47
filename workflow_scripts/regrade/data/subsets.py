"""Choosing a part of a data set: the images that a recipe uses, and their labels as it counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from regrade.studies.subsets import Subset

LABELS = 256
"""Labels are bytes."""


def chosen(word: Subset, part: str, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Choose images of a part of a data set by their labels.

    Parameters
    ----------
    word
        What is used.
    part
        `train` or `test`.
    labels
        Of all images of the part.

    Returns
    -------
    numbers, labels
        Of the images that are used, in their order; labels are places in the word's classes.
    """
    numbers, found = np.arange(len(labels)), np.asarray(labels)
    if word.classes:
        places = np.full(LABELS, -1)
        places[word.classes] = np.arange(len(word.classes))
        found = places[found]
        numbers = np.flatnonzero(found >= 0)
    count = wanted(word, part)
    if count and word.seed is not None:
        random = torch.Generator().manual_seed(word.seed)
        numbers = numbers[torch.randperm(len(numbers), generator=random).numpy()]
    return numbers[:count], found[numbers[:count]]


def wanted(word: Subset, part: str) -> int | None:
    """Return how many images of a part are used; None where all are."""
    return word.training_images if part == "train" else word.test_images
