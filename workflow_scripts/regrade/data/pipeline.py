"""The image pipeline: a recipe's transforms, a batch at a time, on the images' device.

Images are uint8 tensors (batch, height, width, 3) until `to_tensor` and float32 after it, in the
same layout throughout, so that the network's input is channels-last without a copy. The random
choices of an epoch are drawn in one go from a generator keyed by seed, epoch and stream: a batch
can be made ahead of time, on any device, or again after a restart, and is the same.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from regrade.data import erasing, geometry, resizing, shifting
from regrade.data.fused_tail import FusedTail, first_of_tail
from regrade.data.generators import generator

if TYPE_CHECKING:
    from regrade.studies.augmentation import Normalize, ToTensor, Transform


class Stream(IntEnum):
    """What random choices are for: each has its own generator."""

    ORDER = 0
    TRAINING = 1
    EVALUATION = 2
    NETWORK = 3
    MIXING = 4
    STATISTICS = 5


@dataclass(frozen=True)
class Operation:
    """How a transform draws its choices for so many images, and how it is done with them."""

    apply: Callable[..., torch.Tensor]
    draw: Callable[[Any, np.random.Generator, int], np.ndarray] | None = None
    on_cpu: bool = False
    """Whether it is compiled for the CPU alone."""


def _to_tensor(_: ToTensor, images: torch.Tensor) -> torch.Tensor:
    return images.to(torch.float32).div_(255)


def _normalize(transform: Normalize, images: torch.Tensor) -> torch.Tensor:
    mean, std = (_on(images.device, tuple(v)) for v in (transform.mean, transform.std))
    return images.sub_(mean).div_(std)


@functools.cache
def _on(device: torch.device, values: tuple[float, ...]) -> torch.Tensor:
    # Made once: making a tensor from numbers waits for the device.
    return torch.tensor(values, dtype=torch.float32, device=device)


def to_device(images: torch.Tensor, device: torch.device) -> torch.Tensor:
    """Copy images from the host without waiting for the device.

    Only from pinned memory does a copy run beside the device's own work. Apple's GPUs share the
    memory of the host and know no pinned part of it.
    """
    pinned = images if device.type == "mps" else images.pin_memory()
    return pinned.to(device, non_blocking=True)


def _compiled(module: str, apply: str, draw: str | None = None) -> Operation:
    # Imported here because it loads a compiler, which most recipes do without.
    room = importlib.import_module(f"regrade.data.{module}")
    return Operation(getattr(room, apply), getattr(room, draw) if draw else None, on_cpu=True)


OPERATIONS: dict[str, Callable[[], Operation]] = {
    "to_tensor": lambda: Operation(_to_tensor),
    "normalize": lambda: Operation(_normalize),
    "random_crop": lambda: Operation(geometry.crop, geometry.draw_offsets),
    **dict.fromkeys(geometry.MIRRORS, lambda: Operation(geometry.mirror, geometry.draw_coins)),
    "center_crop": lambda: Operation(geometry.center_crop),
    "random_shift": lambda: Operation(shifting.shift, shifting.draw_shifts),
    "cutout": lambda: Operation(erasing.cut_out, erasing.draw_middles),
    "random_erasing": lambda: Operation(erasing.erase, erasing.draw_boxes),
    "random_affine": lambda: _compiled("affine_maps", "affine", "draw_affine"),
    "random_resized_crop": lambda: _compiled("resized_crops", "resized_crop", "draw_windows"),
    "color_jitter": lambda: _compiled("colours", "jitter", "draw_jitter"),
    "grayscale": lambda: _compiled("colours", "grayscale"),
    "random_grayscale": lambda: _compiled("colours", "randomly_gray", "draw_gray"),
    "rand_augment": lambda: _compiled("pil_transforms", "augment", "draw_steps"),
    "random_rotation": lambda: _compiled("pil_transforms", "rotate", "draw_degrees"),
    "trivial_augment_wide": lambda: _compiled("pil_transforms", "augment", "draw_steps"),
    "auto_augment_cifar10": lambda: _compiled("pil_transforms", "augment", "draw_steps"),
    "resize": lambda: Operation(resizing.resize, on_cpu=True),
}
"""What a transform does, by the kind of its word."""


def operation_of(transform: Transform) -> Operation:
    """Return what a transform does."""
    return OPERATIONS[transform.kind]()


class Pipeline:
    """The transforms of a recipe, in order, for images that end on a device.

    On a CPU the last words are done in one compiled pass; on a GPU they are operations on the
    device, with the same pixels.
    """

    def __init__(self, transforms: Sequence[Transform], device: torch.device) -> None:
        self.steps = [(transform, operation_of(transform)) for transform in transforms]
        self.device = device
        compiled = [p for p, (_, operation) in enumerate(self.steps) if operation.on_cpu]
        self.cpu_steps = max(compiled, default=-1) + 1
        """So many steps from the first are done on the CPU."""
        self.tail = first_of_tail(transforms) if device.type == "cpu" else len(self.steps)
        """From this step on they are done in one pass."""
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

    def draw(self, seed: int, epoch: int, stream: Stream, count: int) -> list[torch.Tensor | None]:
        """Draw the choices of an epoch for `count` images: a tensor a random transform."""
        drawn: list[torch.Tensor | None] = []
        for position, (transform, operation) in enumerate(self.steps):
            if operation.draw is None:
                drawn.append(None)
                continue
            rng = generator(seed, epoch, stream, position)
            choices = torch.from_numpy(operation.draw(transform, rng, count))
            drawn.append(choices if position < self.cpu_steps else choices.to(self.device))
        return drawn

    def apply(
        self,
        images: torch.Tensor,
        drawn: Sequence[torch.Tensor | None],
        batch: slice,
        numbers: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Turn uint8 images (n, height, width, 3) into network input (batch, 3, side, side).

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
            given = () if operation.draw is None else (choices[position],)
            images = operation.apply(transform, images, *given)
        if self.fused:
            images = self.fused.apply(images, numbers, choices[self.tail :])
        return images.permute(0, 3, 1, 2)


def _fuse(tail: Sequence[tuple[Transform, Operation]]) -> FusedTail:
    # A crop or mirror image moves pixels and changes none: it has no place in the table.
    return FusedTail([(word, None if op.draw else op.apply) for word, op in tail])


def evaluation_batch(images: torch.Tensor, transforms: Sequence[Transform]) -> torch.Tensor:
    """Apply only the deterministic transforms."""
    fixed = [t for t in transforms if operation_of(t).draw is None]
    everything = slice(0, len(images))
    return Pipeline(fixed, images.device).apply(images, [None] * len(fixed), everything)
