"""The training loop: one epoch of a recipe, without waiting for the device inside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

import torch

from regrade.data.generators import generator, torch_seed
from regrade.data.load import ImageSet
from regrade.data.pipeline import Stream
from regrade.training.averaging import AveragedNetwork, count_statistics
from regrade.training.image_pass import ImagePass
from regrade.training.learning_rates import Position
from regrade.training.losses import clip, mean_loss, penalty
from regrade.training.metrics import BatchRecord, Score, correct_images
from regrade.training.mixing import Mixed, draw, mix
from regrade.training.precision import autocast
from regrade.training.prefetch import prefetch
from regrade.training.schedules import Schedule

if TYPE_CHECKING:
    from regrade.data.nested import Choice
    from regrade.studies.recipe import Recipe

OnStep = Callable[[int], None]
"""Called after every step with its number of images."""
PREFETCHED = 4
"""How many batches the CPU prefetches for a GPU."""


class Trainer(ImagePass):
    """A network in training: the same seed gives the same epochs, whoever runs them."""

    def __init__(
        self,
        recipe: Recipe,
        network: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
        images: ImageSet,
        seed: int,
        device: torch.device,
        precision: str = "float32",
    ) -> None:
        super().__init__(
            recipe,
            images,
            recipe.transforms.training,
            recipe.batches.training,
            drop_last=recipe.batches.drop_last_training,
            seed=seed,
            device=device,
            precision=precision,
        )
        self.network = network
        self.optimizer = optimizer
        self.schedule = Schedule(recipe, optimizer)
        self.averaged: AveragedNetwork | None = None
        if recipe.average_weights:
            self.averaged = AveragedNetwork(recipe.average_weights, network)
        # A CPU that trains has no thread to spare.
        self.prefetched = PREFETCHED if device.type != "cpu" and self.pipeline.cpu_steps else 0

    def train_epoch(self, epoch: int, on_step: OnStep) -> Score:
        """Train one epoch (from 1) and return its running loss and accuracy.

        Order, augmentation and dropout depend on seed and epoch alone, so that a restart needs
        no state of a generator.
        """
        torch.manual_seed(torch_seed(self.seed, epoch, Stream.NETWORK))
        order = self._order(epoch)
        drawn = self.pipeline.draw(self.seed, epoch, Stream.TRAINING, len(order))
        sizes = self._sizes_of(epoch)
        record = BatchRecord(sizes, self.device, torch.float32 if self.recipe.mix else torch.int64)
        self.network.train()
        batches = self._batches(order, drawn, sizes)
        if self.prefetched:
            batches = prefetch(batches, self.prefetched)
        mixes = islice(self._mixes(epoch), len(sizes))
        for step, ((inputs, labels), mixed) in enumerate(zip(batches, mixes, strict=True)):
            self.schedule.start_step(epoch, step, len(self.sizes))
            self._step(step, inputs, labels, mixed, record)
            if self.averaged:
                self.averaged.finish_step(Position(epoch - 1, step, len(self.sizes)), len(sizes))
            on_step(len(labels))
        metrics = self.recipe.metrics
        return record.score(metrics.train_loss, metrics.train_accuracy)

    def _sizes_of(self, epoch: int) -> list[int]:
        """Return the images of each batch: the last epoch may end before its last batch."""
        if self.recipe.stop.steps is None:
            return self.sizes
        return self.sizes[: self.recipe.stop.steps - (epoch - 1) * len(self.sizes)]

    @property
    def scored(self) -> torch.nn.Module:
        """The network that is scored and kept: the averaged one, once there is an average."""
        if self.averaged and self.averaged.updates:
            return self.averaged.network
        return self.network

    def finish_average(self, epoch: int) -> None:
        """Count the batch-norm statistics of the averaged network anew, where the recipe does."""
        if not self.averaged or not self.averaged.counts_statistics:
            return
        torch.manual_seed(torch_seed(self.seed, epoch, Stream.STATISTICS))
        order = self._order(epoch)
        drawn = self.pipeline.draw(self.seed, epoch, Stream.STATISTICS, len(order))
        batches = self._batches(order, drawn, self.sizes)
        with torch.no_grad():
            count_statistics(
                self.averaged.network, (partial(self._feed, inputs) for inputs, _ in batches)
            )

    def _feed(self, inputs: torch.Tensor) -> None:
        with autocast(self.precision, self.device):
            self.scored(inputs)

    def _batches(
        self, order: torch.Tensor, drawn: Sequence[Choice], sizes: Sequence[int]
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        start = 0
        numbers = order.to(self.images.device)
        order = order.to(self.device)
        for size in sizes:
            batch = slice(start, start + size)
            inputs = self.pipeline.apply(self.images, drawn, batch, numbers[batch])
            yield inputs, self.labels[order[batch]]
            start += size

    def _mixes(self, epoch: int) -> Iterator[Mixed | None]:
        """Yield how each batch is mixed; None where it is not."""
        if not self.recipe.mix:
            return iter([None] * len(self.sizes))
        return draw(self.recipe.mix, self.seed, epoch, self.sizes, self.device)

    def _order(self, epoch: int) -> torch.Tensor:
        if not self.recipe.batches.shuffle:
            return torch.arange(len(self.labels))
        rng = generator(self.seed, epoch, Stream.ORDER)
        return torch.from_numpy(rng.permutation(len(self.labels)))

    def _step(
        self,
        step: int,
        inputs: torch.Tensor,
        labels: torch.Tensor,
        mixed: Mixed | None,
        record: BatchRecord,
    ) -> None:
        self.optimizer.zero_grad(set_to_none=True)
        share = 1.0
        if self.recipe.mix and mixed:
            inputs, share = mix(self.recipe.mix, inputs, mixed)
        with autocast(self.precision, self.device):
            logits = self.network(inputs)
        loss = mean_loss(self.recipe.loss, logits.float(), labels)
        correct = correct_images(logits, labels)
        if mixed:
            others = labels[mixed.partners]
            loss = share * loss + (1 - share) * mean_loss(self.recipe.loss, logits.float(), others)
            correct = share * correct + (1 - share) * correct_images(logits, others)
        if self.recipe.penalty:
            loss = loss + penalty(self.recipe.penalty, self.network)
        loss.backward()
        if self.recipe.clip:
            clip(self.recipe.clip, self.network)
        self.optimizer.step()
        record.add(step, loss, correct)
