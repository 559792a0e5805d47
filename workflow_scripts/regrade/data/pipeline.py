"""The image pipeline: a recipe's transforms, a batch at a time, on the images' device.

Images are uint8 tensors (batch, height, width, channels) until `to_tensor` and float32 after it, in
the same layout throughout, so that the network's input is channels-last without a copy. The random
choices of an epoch are drawn in one go from a generator keyed by seed, epoch and stream: a batch
can be made ahead of time, on any device, or again after a restart, and is the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, cast

import numpy as np
import torch

from regrade.data.fused_tail import FusedTail, first_of_tail
from regrade.data.generators import generator
from regrade.data.operations import Operation, operation_of
from regrade.studies.datasets import RGB
from regrade.studies.images import channels_after, channels_along

if TYPE_CHECKING:
    from regrade.data.nested import Choice
    from regrade.studies.augmentation import Transform

Tensors = list[torch.Tensor | None]


class Stream(IntEnum):
    """What random choices are for: each has its own generator."""

    ORDER = 0
    TRAINING = 1
    EVALUATION = 2
    NETWORK = 3
    MIXING = 4
    STATISTICS = 5


def to_device(images: torch.Tensor, device: torch.device) -> torch.Tensor:
    """Copy images from the host without waiting for the device.

    Only from pinned memory does a copy run beside the device's own work. Apple's GPUs share the
    memory of the host and know no pinned part of it.
    """
    pinned = images if device.type == "mps" else images.pin_memory()
    return pinned.to(device, non_blocking=True)


class Pipeline:
    """The transforms of a recipe, in order, for images that end on a device.

    On a CPU the last words are done in one compiled pass; on a GPU they are operations on the
    device, with the same pixels.
    """

    def __init__(
        self, transforms: Sequence[Transform], device: torch.device, channels: int = RGB
    ) -> None:
        self.steps = [(transform, operation_of(transform)) for transform in transforms]
        self.device = device
        compiled = [p for p, (_, operation) in enumerate(self.steps) if operation.on_cpu]
        self.cpu_steps = max(compiled, default=-1) + 1
        """So many steps from the first are done on the CPU."""
        self.tail = first_of_tail(transforms) if device.type == "cpu" else len(self.steps)
        """From this step on they are done in one pass, which is for images in colour."""
        if channels_along(transforms, channels)[self.tail] != RGB:
            self.tail = len(self.steps)
        self.fused: FusedTail | None = None
        if self.tail < len(self.steps):
            self.fused = _fuse(self.steps[self.tail :])

    @property
    def source(self) -> torch.device:
        """Where the images must lie that the pipeline takes."""
        return torch.device("cpu") if self.cpu_steps else self.device

    @property
    def random(self) -> bool:
        """Whether two passes over the same images may differ."""
        return any(operation.draw for _, operation in self.steps)

    def draw(self, seed: int, epoch: int, stream: Stream, count: int) -> list[Choice]:
        """Draw the choices of an epoch for `count` images, for each random transform."""
        drawn: list[Choice] = []
        for position, (transform, operation) in enumerate(self.steps):
            if operation.draw is None:
                drawn.append(None)
                continue
            rng = generator(seed, epoch, stream, position)
            choices = operation.draw(transform, rng, count)
            if isinstance(choices, np.ndarray):
                found = torch.from_numpy(choices)
                drawn.append(found if position < self.cpu_steps else found.to(self.device))
            else:
                drawn.append(choices)
        return drawn

    def apply(
        self,
        images: torch.Tensor,
        drawn: Sequence[Choice],
        batch: slice,
        numbers: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Turn uint8 images (n, height, width, c) into network input (batch, c, side, side).

        `batch` says which of the drawn choices are those of the images; `numbers`, int64 (batch,),
        which of the images are taken (all, in their order, where None). The result is float32 on
        the pipeline's device and contiguous in channels-last order.
        """
        choices = [None if drawn_here is None else drawn_here[batch] for drawn_here in drawn]
        if numbers is not None and self.tail > 0:
            # Rows of a matrix are copied in half the time of numbered images.
            rows = images.flatten(1).index_select(0, numbers.to(images.device))
            images, numbers = rows.unflatten(1, images.shape[1:]), None
        for position, (transform, operation) in enumerate(self.steps[: self.tail]):
            if position == self.cpu_steps and self.source != self.device:
                images = to_device(images, self.device)
            images = _applied(transform, operation, images, choices[position])
        if self.cpu_steps == len(self.steps) and self.source != self.device:
            images = to_device(images, self.device)
        if self.fused:
            images = self.fused.apply(images, numbers, cast(Tensors, choices[self.tail :]))
        return images.permute(0, 3, 1, 2)


def _applied(
    transform: Transform,
    operation: Operation,
    images: torch.Tensor,
    choices: Choice,
) -> torch.Tensor:
    """Do what a transform does; what is compiled sees gray images in three equal channels.

    PIL does to them what it does to gray ones.
    """
    given = () if operation.draw is None else (choices,)
    channels = images.shape[-1]
    if not operation.on_cpu or channels == RGB:
        return operation.apply(transform, images, *given)
    coloured = images.expand(*images.shape[:-1], RGB).contiguous()
    done = operation.apply(transform, coloured, *given)
    return done[..., : channels_after(transform, channels)].contiguous()


def _fuse(tail: Sequence[tuple[Transform, Operation]]) -> FusedTail:
    # A crop or mirror image moves pixels and changes none: it has no place in the table.
    return FusedTail([(word, None if op.draw else op.apply) for word, op in tail])


def evaluation_batch(images: torch.Tensor, transforms: Sequence[Transform]) -> torch.Tensor:
    """Apply only the deterministic transforms.

    Parameters
    ----------
    images
        Bytes (batch, height, width, channels).

    Returns
    -------
    Float32 (batch, channels, side, side), contiguous in channels-last order.
    """
    fixed = [t for t in transforms if operation_of(t).draw is None]
    everything = slice(0, len(images))
    pipeline = Pipeline(fixed, images.device, images.shape[-1])
    return pipeline.apply(images, [None] * len(fixed), everything)
