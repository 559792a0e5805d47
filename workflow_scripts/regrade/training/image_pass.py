"""What training and scoring share: a pass over a set of images, in a recipe's batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from regrade.data.load import ImageSet
from regrade.data.pipeline import Pipeline
from regrade.training.metrics import batch_sizes

if TYPE_CHECKING:
    from regrade.studies.augmentation import Transform
    from regrade.studies.recipe import Recipe


class ImagePass:
    """A set of images with the transforms and batches that networks see it in."""

    def __init__(
        self,
        recipe: Recipe,
        images: ImageSet,
        transforms: Sequence[Transform],
        batch: int,
        *,
        drop_last: bool,
        seed: int,
        device: torch.device,
        precision: str,
    ) -> None:
        self.recipe = recipe
        self.seed = seed
        self.device = device
        self.precision = precision
        self.pipeline = Pipeline(transforms, device, images.images.shape[-1])
        self.images = images.images.to(self.pipeline.source)
        self.labels = images.labels.to(device)
        self.sizes = batch_sizes(len(images), batch, drop_last=drop_last)
