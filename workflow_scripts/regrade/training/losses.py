"""What is minimised: losses, penalties on the weights, and what is done to gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

from regrade.training.parameter_group import kernels_of

if TYPE_CHECKING:
    from regrade.studies.optimization import (
        Clip,
        ClipByNorm,
        ClipByValue,
        CrossEntropy,
        L2Penalty,
        Loss,
        MultiMargin,
        Penalty,
    )

Compare = Callable[[Any, torch.Tensor, torch.Tensor], torch.Tensor]


def _cross_entropy(word: CrossEntropy, outputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    return functional.cross_entropy(
        outputs, labels, reduction="none", label_smoothing=word.label_smoothing
    )


def _multi_margin(word: MultiMargin, outputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    return functional.multi_margin_loss(
        outputs, labels, p=word.p, margin=word.margin, reduction="none"
    )


def _one_hot(outputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    classes = torch.arange(outputs.shape[1], device=outputs.device)
    return (labels[:, None] == classes).to(outputs.dtype)


def _mean_squared_error(_: Any, outputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    return (outputs - _one_hot(outputs, labels)).square().mean(1)


def _binary_cross_entropy(_: Any, outputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    return functional.binary_cross_entropy_with_logits(
        outputs, _one_hot(outputs, labels), reduction="none"
    ).mean(1)


LOSSES: dict[str, Compare] = {
    "cross_entropy": _cross_entropy,
    "nll": lambda _, outputs, labels: functional.nll_loss(outputs, labels, reduction="none"),
    "multi_margin": _multi_margin,
    "mean_squared_error": _mean_squared_error,
    "binary_cross_entropy": _binary_cross_entropy,
}
"""The loss of each image by the kind of its word: its word, outputs (n, classes), labels (n,)."""


def losses(word: Loss, outputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return the loss of each image of a batch.

    Parameters
    ----------
    outputs
        What the network gives, floats (images, classes): logits, or log-probabilities for `nll`.
    labels
        Numbers of classes, int64 (images,).

    Returns
    -------
    Losses (images,): of cross-entropies and `nll` in nats, else in the unit of the loss.
    """
    return LOSSES[word.kind](word, outputs, labels)


def mean_loss(word: Loss, outputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return the mean loss of a batch, a scalar; outputs and labels are those of `losses`."""
    if word.kind == "cross_entropy":
        # torch's own mean: that of single losses has other last bits.
        return functional.cross_entropy(outputs, labels, label_smoothing=word.label_smoothing)
    return losses(word, outputs, labels).mean()


def _trained(network: torch.nn.Module) -> list[torch.Tensor]:
    return [p for p in network.parameters() if p.requires_grad]


def _sum_of_sizes(_: Any, network: torch.nn.Module) -> torch.Tensor:
    return torch.stack([p.abs().sum() for p in _trained(network)]).sum()


def _sum_of_squares(word: L2Penalty, network: torch.nn.Module) -> torch.Tensor:
    counted = _trained(network)
    if word.of == "kernels":
        counted = kernels_of(network)
    return torch.stack([p.square().sum() for p in counted]).sum()


PENALTIES: dict[str, Callable[[Any, torch.nn.Module], torch.Tensor]] = {
    "l1": _sum_of_sizes,
    "l2": _sum_of_squares,
}
"""What a penalty multiplies by its strength, by the kind of its word."""


def penalty(word: Penalty, network: torch.nn.Module) -> torch.Tensor:
    """Return what a recipe's penalty adds to the loss; without a gradient where it says so."""
    norm = PENALTIES[word.kind](word, network)
    return word.strength * (norm if word.differentiated else norm.detach())


def _by_norm(word: ClipByNorm, parameters: list[torch.Tensor]) -> None:
    torch.nn.utils.clip_grad_norm_(parameters, word.maximum, norm_type=word.p)


def _by_value(word: ClipByValue, parameters: list[torch.Tensor]) -> None:
    torch.nn.utils.clip_grad_value_(parameters, word.maximum)


CLIPS: dict[str, Callable[[Any, list[torch.Tensor]], None]] = {"norm": _by_norm, "value": _by_value}
"""What changes the gradients of parameters, by the kind of its word."""


def clip(word: Clip, network: torch.nn.Module) -> None:
    """Cut the gradients of a network's parameters."""
    CLIPS[word.kind](word, _trained(network))
