"""Optimizers in torch's fused form."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from regrade.studies.recipe import Recipe

OPTIMIZER_KERNEL = "fused"
"""Recorded in the provenance: other kernels give other bits."""


def build_optimizer(
    recipe: Recipe, parameters: Iterable[torch.nn.Parameter]
) -> torch.optim.Optimizer:
    """Build the recipe's optimizer; weight decay applies to every parameter."""
    word = recipe.optimizer
    if word.kind == "sgd":
        return torch.optim.SGD(
            parameters,
            lr=word.learning_rate,
            momentum=word.momentum,
            weight_decay=word.weight_decay,
            nesterov=word.nesterov,
            fused=True,
        )
    cls = torch.optim.Adam if word.kind == "adam" else torch.optim.AdamW
    return cls(
        parameters,
        lr=word.learning_rate,
        betas=tuple(word.betas),
        weight_decay=word.weight_decay,
        fused=True,
    )
