"""Loading a prepared data set: the images that a replicate trains on and is scored on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from regrade.errors import UserError

if TYPE_CHECKING:
    from regrade.studies.recipe import Recipe


@dataclass(frozen=True)
class ImageSet:
    """Images uint8 (n, 32, 32, 3) and labels int64 (n,), in main memory."""

    images: torch.Tensor
    labels: torch.Tensor

    def __len__(self) -> int:
        """Give the number of images."""
        return len(self.labels)

    def first(self, count: int) -> ImageSet:
        """Give the first images, at most so many."""
        return ImageSet(self.images[:count], self.labels[:count])


@dataclass(frozen=True)
class Splits:
    """What a replicate trains on, what it is scored on after every epoch, and the test set."""

    training: ImageSet
    scored: ImageSet
    test: ImageSet
    classes: int


def split_order(images: int, validation: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Split image numbers as `torch.manual_seed(seed); torch.randperm(images)` does.

    Returns
    -------
    training, validation
        The first and the last numbers of the permutation.
    """
    order = torch.randperm(images, generator=torch.Generator().manual_seed(seed))
    return order[: images - validation], order[images - validation :]


def load_splits(path: Path, recipe: Recipe, train_images: int, scored_images: int) -> Splits:
    """Load a data set and split it as the recipe says, keeping at most so many images.

    Raises
    ------
    UserError
        When the data set has too few images for the recipe's split.
    """
    with np.load(path) as file:
        arrays = {key: file[key] for key in file.files if key != "classes"}
        classes = len(file["classes"])
    total = len(arrays["train_labels"])
    test = _image_set(arrays, "test", torch.arange(len(arrays["test_labels"])))
    training, validation = torch.arange(total), torch.empty(0, dtype=torch.int64)
    if recipe.split.kind == "random":
        if recipe.split.validation >= total:
            raise UserError(
                f"{path}: it has {total} training images, but the recipe holds out"
                f" {recipe.split.validation} of them; give a data set with more"
            )
        training, validation = split_order(total, recipe.split.validation, recipe.split.seed)
    if recipe.evaluate == "validation":
        scored = _image_set(arrays, "train", validation[:scored_images])
    else:
        scored = test.first(scored_images)
    return Splits(_image_set(arrays, "train", training[:train_images]), scored, test, classes)


def _image_set(arrays: dict[str, np.ndarray], split: str, numbers: torch.Tensor) -> ImageSet:
    images = torch.from_numpy(arrays[f"{split}_images"][numbers.numpy()])
    labels = torch.from_numpy(arrays[f"{split}_labels"][numbers.numpy()].astype(np.int64))
    return ImageSet(images, labels)
