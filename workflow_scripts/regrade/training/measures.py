"""What a recipe asks for on the test set after training, beside loss and accuracy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from regrade.data.geometry import PLACES, CornerCrop
from regrade.training.evaluation import Evaluator

TOP = 5
FIVE = len(PLACES)


@dataclass(frozen=True)
class Outputs:
    """What a network gives for the images of a set, on the CPU, in double precision."""

    logits: torch.Tensor
    labels: torch.Tensor
    mirrored: torch.Tensor | None
    """Its logits of the mirror images, where they are wanted."""
    crops: Sequence[torch.Tensor] = ()
    """Its logits of the five crops, and of those of the mirror images, where they are wanted."""

    @property
    def confusion(self) -> torch.Tensor:
        """How many images of each class (row) are taken for each class (column)."""
        classes = self.logits.shape[1]
        cells = self.labels * classes + self.logits.argmax(1)
        return torch.bincount(cells, minlength=classes**2).reshape(classes, classes)


def top5_accuracy(found: Outputs) -> dict[str, Any]:
    """Return the share of images whose class has one of the five largest logits."""
    count = min(TOP, found.logits.shape[1])
    best = found.logits.topk(count, dim=1).indices
    hit = (best == found.labels[:, None]).any(1)
    return {"top5_accuracy": float(hit.double().mean())}


def flip_accuracy(found: Outputs) -> dict[str, Any]:
    """Return the accuracy of the mean of the probabilities of an image and its mirror image.

    Krizhevsky, Sutskever and Hinton (2012), ImageNet Classification, average softmax outputs so.
    """
    if found.mirrored is None:
        raise ValueError("the mirror images were not shown to the network")
    both = found.logits.softmax(1) + found.mirrored.softmax(1)
    return {"flip_accuracy": float((both.argmax(1) == found.labels).double().mean())}


def five_crop_accuracy(found: Outputs) -> dict[str, Any]:
    """Return the accuracy of the mean of the probabilities of four corners and the middle."""
    return {"five_crop_accuracy": _of_mean(found.crops[:FIVE], found.labels)}


def ten_crop_accuracy(found: Outputs) -> dict[str, Any]:
    """Return the same of ten crops: the five and those of the mirror image (Krizhevsky et al.)."""
    return {"ten_crop_accuracy": _of_mean(found.crops[: 2 * FIVE], found.labels)}


def _of_mean(logits: Sequence[torch.Tensor], labels: torch.Tensor) -> float:
    mean = torch.stack([part.softmax(1) for part in logits]).mean(0)
    return float((mean.argmax(1) == labels).double().mean())


def macro_f1(found: Outputs) -> dict[str, Any]:
    """Return the mean of F1 over classes; 0 for a class that is never right."""
    table = found.confusion.double()
    right, sizes = table.diagonal(), table.sum(0) + table.sum(1)
    each = torch.where(sizes > 0, 2 * right / sizes.clamp(min=1), 0.0)
    return {"macro_f1": float(each.mean())}


def class_accuracy(found: Outputs) -> dict[str, Any]:
    """Return the share of each class's images that are right, and the confusion matrix."""
    table = found.confusion
    rows = zip(table.diagonal().tolist(), table.sum(1).tolist(), strict=True)
    shares = [right / images if images else None for right, images in rows]
    return {"class_accuracy": shares, "confusion": table.tolist()}


MEASURES: dict[str, Callable[[Outputs], dict[str, Any]]] = {
    "top5_accuracy": top5_accuracy,
    "flip_accuracy": flip_accuracy,
    "five_crop_accuracy": five_crop_accuracy,
    "ten_crop_accuracy": ten_crop_accuracy,
    "macro_f1": macro_f1,
    "class_accuracy": class_accuracy,
}
"""The entries of a summary that a measure gives, by its name in recipes."""
MIRRORED = ("flip_accuracy",)
"""Measures that look at mirror images, too."""
CROPS = {"five_crop_accuracy": FIVE, "ten_crop_accuracy": 2 * FIVE}
"""How many crops a measure looks at."""


def take(
    evaluator: Evaluator, network: torch.nn.Module, epoch: int, names: Sequence[str]
) -> dict[str, Any]:
    """Take the measures of a network on the set of an evaluator."""
    logits = evaluator.logits(network, epoch)
    mirrored = None
    if any(name in MIRRORED for name in names):
        mirrored = evaluator.logits(network, epoch, mirrored=True)
    labels = evaluator.labels[: len(logits)].cpu()
    wanted = max((CROPS.get(name, 0) for name in names), default=0)
    crops = [
        evaluator.logits(network, epoch, crop=CornerCrop(evaluator.crop_size, place, bool(again)))
        for again, place in (divmod(number, FIVE) for number in range(wanted))
    ]
    found = Outputs(logits, labels, mirrored, crops)
    return {key: value for name in names for key, value in MEASURES[name](found).items()}
