"""Scoring a network on a set of images, in large batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import torch

from regrade.data.load import ImageSet
from regrade.data.pipeline import Pipeline, Stream
from regrade.training.image_pass import ImagePass
from regrade.training.losses import losses
from regrade.training.metrics import BatchRecord, Score
from regrade.training.precision import autocast

if TYPE_CHECKING:
    from regrade.data.geometry import CornerCrop
    from regrade.studies.recipe import Recipe

EVALUATION_BATCH = 500
"""Images in a forward pass; what is reported follows the recipe's batches all the same."""
CACHED_BYTES = 256 * 2**20
"""Network input of a fixed set is kept between epochs up to this size."""


class Evaluator(ImagePass):
    """Scores networks on one set, as the recipe's conventions say."""

    def __init__(
        self,
        recipe: Recipe,
        images: ImageSet,
        seed: int,
        device: torch.device,
        precision: str = "float32",
        *,
        which: str = "validation",
    ) -> None:
        given = recipe.transforms.test if which == "test" else None
        super().__init__(
            recipe,
            images,
            recipe.transforms.evaluation if given is None else given,
            recipe.batches.evaluation,
            drop_last=recipe.batches.drop_last_evaluation,
            seed=seed,
            device=device,
            precision=precision,
        )
        self.count = sum(self.sizes)
        self._cache: list[torch.Tensor] = []

    def score(self, network: torch.nn.Module, epoch: int) -> Score:
        """Score a network in evaluation mode; test-time augmentation is fresh in each epoch."""
        network.eval()
        lost, correct = [], []
        with torch.no_grad():
            for start, inputs in self._inputs(epoch, self.pipeline):
                labels = self.labels[start : start + len(inputs)]
                with autocast(self.precision, self.device):
                    logits = network(inputs).float()
                lost.append(losses(self.recipe.loss, logits, labels))
                correct.append(logits.argmax(1) == labels)
        return self._average(torch.cat(lost), torch.cat(correct))

    def logits(
        self,
        network: torch.nn.Module,
        epoch: int,
        *,
        mirrored: bool = False,
        crop: CornerCrop | None = None,
    ) -> torch.Tensor:
        """Return the logits of all images, or of mirror images or crops of them, on the CPU."""
        network.eval()
        found = []
        with torch.no_grad():
            for _, inputs in self._inputs(epoch, self._with(crop) if crop else self.pipeline):
                seen = inputs.flip(3) if mirrored else inputs
                with autocast(self.precision, self.device):
                    found.append(network(seen).float())
        return torch.cat(found).cpu().double()

    @property
    def crop_size(self) -> int:
        """The side that the last `center_crop` cuts."""
        return [word.size for word, _ in self.pipeline.steps if word.kind == "center_crop"][-1]

    def _with(self, crop: CornerCrop) -> Pipeline:
        """Return the pipeline with a crop in the place of the last `center_crop`."""
        words: list[Any] = [word for word, _ in self.pipeline.steps]
        last = max(n for n, word in enumerate(words) if word.kind == "center_crop")
        words[last] = crop
        return Pipeline(words, self.device, self.images.shape[-1])

    def _inputs(self, epoch: int, pipeline: Pipeline) -> Iterator[tuple[int, torch.Tensor]]:
        starts = range(0, self.count, EVALUATION_BATCH)
        own = pipeline is self.pipeline
        if self._cache and own:
            yield from zip(starts, self._cache, strict=True)
            return
        drawn = pipeline.draw(self.seed, epoch, Stream.EVALUATION, self.count)
        keep = own and not pipeline.random
        for start in starts:
            batch = slice(start, min(start + EVALUATION_BATCH, self.count))
            inputs = pipeline.apply(self.images[batch], drawn, batch)
            keep = keep and inputs.nbytes * len(starts) <= CACHED_BYTES
            if keep:
                self._cache.append(inputs)
            yield start, inputs

    def _average(self, losses: torch.Tensor, correct: torch.Tensor) -> Score:
        metrics = self.recipe.metrics
        record = BatchRecord(self.sizes, losses.device)
        record.losses = torch.stack([part.mean() for part in losses.split(self.sizes)])
        record.correct = torch.stack([part.sum() for part in correct.split(self.sizes)])
        return record.score(metrics.evaluation_loss, metrics.evaluation_accuracy)
