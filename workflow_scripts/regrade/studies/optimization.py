"""Words for optimizers and for what is added to the loss."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat

from regrade.studies.base import Word
from regrade.studies.bounds import BelowOne


class Penalty(Word):
    """A penalty on the L1 norm of all trainable parameters, added to the loss."""

    kind: Literal["l1"]
    strength: PositiveFloat
    differentiated: bool
    """Whether the penalty has a gradient; without one it shifts the reported losses only."""


class Sgd(Word):
    """Stochastic gradient descent; weight decay applies to every parameter."""

    kind: Literal["sgd"]
    learning_rate: PositiveFloat
    momentum: BelowOne = 0.0
    weight_decay: NonNegativeFloat = 0.0
    nesterov: bool = False
    """The gradient is taken ahead of the momentum: it needs a momentum above 0."""


class Adam(Word):
    """Adam (L2 in the gradient) or AdamW (decoupled weight decay); epsilon 1e-8."""

    kind: Literal["adam", "adamw"]
    learning_rate: PositiveFloat
    weight_decay: NonNegativeFloat = 0.0
    betas: tuple[BelowOne, BelowOne] = (0.9, 0.999)


Optimizer = Annotated[Sgd | Adam, Field(discriminator="kind")]
