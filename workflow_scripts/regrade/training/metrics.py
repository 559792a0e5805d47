"""Losses and accuracies of an epoch, collected on the device without waiting for it."""

from __future__ import annotations

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Score:
    """Loss in the unit of the recipe's loss (nats for cross-entropies), accuracy as a fraction."""

    loss: float
    accuracy: float
    image_accuracy: float
    """The share of images, whatever the recipe averages over."""


def correct_images(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Count the images whose largest logit, of (size, classes), is that of their label (size,)."""
    return (logits.detach().argmax(1) == labels).sum()


class BatchRecord:
    """Mean loss, correct images and size of each batch of a pass."""

    def __init__(
        self, sizes: list[int], device: torch.device, dtype: torch.dtype = torch.int64
    ) -> None:
        self.sizes = torch.tensor(sizes, dtype=torch.float64)
        self.losses = torch.zeros(len(sizes), dtype=torch.float32, device=device)
        self.correct = torch.zeros(len(sizes), dtype=dtype, device=device)

    def add(self, batch: int, loss: torch.Tensor, correct: torch.Tensor) -> None:
        """Record a batch: its mean loss and how many of its images are correct, both scalars."""
        self.losses[batch] = loss.detach()
        self.correct[batch] = correct

    def score(self, loss: str, accuracy: str) -> Score:
        """Average over batches (`batch_mean`) or over images (`image_mean`)."""
        losses = self.losses.cpu().double()
        shares = self.correct.cpu().double() / self.sizes
        return Score(
            self._mean(losses, loss),
            self._mean(shares, accuracy),
            self._mean(shares, "image_mean"),
        )

    def _mean(self, values: torch.Tensor, averaging: str) -> float:
        if averaging == "batch_mean":
            return float(values.mean())
        return float((values * self.sizes).sum() / self.sizes.sum())


def batch_sizes(images: int, batch: int, *, drop_last: bool) -> list[int]:
    """Return the sizes of an epoch's batches; an epoch of less than one batch keeps it."""
    full, rest = divmod(images, batch)
    sizes = [batch] * full
    if rest and not (drop_last and full):
        sizes.append(rest)
    return sizes
