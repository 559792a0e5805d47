"""Scoring a network on a set of images, in batches as large as it can be and memory allows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.modules.batchnorm import _BatchNorm

from regrade.data.load import ImageSet
from regrade.data.pipeline import Pipeline, Stream
from regrade.studies.execution import HELD_LAYERS, HELD_VALUES, SCORED_AT_ONCE
from regrade.training.image_pass import ImagePass
from regrade.training.losses import losses
from regrade.training.metrics import BatchRecord, Score, batch_sizes
from regrade.training.precision import autocast

if TYPE_CHECKING:
    from regrade.data.geometry import CornerCrop
    from regrade.studies.recipe import Recipe

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
        self._passes: list[slice] = []
        """The images of each forward pass, once a network was seen."""

    def score(self, network: torch.nn.Module, epoch: int) -> Score:
        """Score a network in evaluation mode; test-time augmentation is fresh in each epoch."""
        network.eval()
        lost, correct = [], []
        with torch.no_grad():
            for batch, inputs in self._inputs(network, epoch, self.pipeline):
                labels = self.labels[batch]
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
        found, pipeline = [], self._with(crop) if crop else self.pipeline
        with torch.no_grad():
            for _, inputs in self._inputs(network, epoch, pipeline):
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

    def _inputs(
        self, network: torch.nn.Module, epoch: int, pipeline: Pipeline
    ) -> Iterator[tuple[slice, torch.Tensor]]:
        own = pipeline is self.pipeline
        if self._cache and own:
            yield from zip(self._passes, self._cache, strict=True)
            return
        drawn = pipeline.draw(self.seed, epoch, Stream.EVALUATION, self.count)
        if not self._passes:
            one = slice(0, 1)
            self._passes = self._plan(network, pipeline.apply(self.images[one], drawn, one))
        keep = own and not pipeline.random
        for batch in self._passes:
            inputs = pipeline.apply(self.images[batch], drawn, batch)
            keep = keep and inputs.nbytes * len(self._passes) <= CACHED_BYTES
            if keep:
                self._cache.append(inputs)
            yield batch, inputs

    def _plan(self, network: torch.nn.Module, image: torch.Tensor) -> list[slice]:
        """Choose forward passes for a network, by what it gives for one image (1, ...).

        Where a batch norm counts no statistics, a score depends on which images are seen together:
        those of the recipe's batches then.
        """
        sizes = self.sizes
        if not _sees_batches(network):
            with autocast(self.precision, self.device):
                held = HELD_LAYERS * _largest_output(network, image)
            fitting = min(SCORED_AT_ONCE, max(1, HELD_VALUES // held))
            sizes = batch_sizes(self.count, fitting, drop_last=False)
        ends = list(accumulate(sizes))
        return [slice(end - size, end) for end, size in zip(ends, sizes, strict=True)]

    def _average(self, losses: torch.Tensor, correct: torch.Tensor) -> Score:
        metrics = self.recipe.metrics
        record = BatchRecord(self.sizes, losses.device)
        record.losses = torch.stack([part.mean() for part in losses.split(self.sizes)])
        record.correct = torch.stack([part.sum() for part in correct.split(self.sizes)])
        return record.score(metrics.evaluation_loss, metrics.evaluation_accuracy)


def _sees_batches(network: torch.nn.Module) -> bool:
    """Whether what a network gives for an image in evaluation depends on its batch."""
    norms = (module for module in network.modules() if isinstance(module, _BatchNorm))
    return any(norm.running_mean is None for norm in norms)


def _largest_output(network: torch.nn.Module, image: torch.Tensor) -> int:
    """Return the most numbers that a layer gives for an image; its own where none gives more."""
    found = [image.numel()]

    def record(_: torch.nn.Module, __: Any, output: Any) -> None:
        outputs = output if isinstance(output, tuple) else (output,)
        found.extend(value.numel() for value in outputs if isinstance(value, torch.Tensor))

    hooks = [module.register_forward_hook(record) for module in network.modules()]
    try:
        network(image)
    finally:
        for hook in hooks:
            hook.remove()
    return max(found)
