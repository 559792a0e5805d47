"""Words for schedules without a length of their own, which go on as long as training does."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from regrade.studies.base import SchemaModel, added
from regrade.studies.bounds import Measured, NonNegativeInt, Share

Per = Literal["epoch", "step"]
Factors = Annotated[list[PositiveInt], Field(min_length=1)]


class Constant(SchemaModel):
    """The optimizer's learning rate throughout."""

    kind: Literal["constant"]


class StepDecay(SchemaModel):
    """The learning rate is multiplied by `factor` after every `every` epochs."""

    kind: Literal["step"]
    every: PositiveInt
    factor: PositiveFloat
    per: Per = added("epoch")
    """What `every` counts: epochs or steps."""


class MultiStepDecay(SchemaModel):
    """The learning rate is multiplied by `factor` after each of the listed epochs (from 1)."""

    kind: Literal["multi_step"]
    after: Factors
    """These epochs, or steps."""
    factor: PositiveFloat
    per: Per = added("epoch")
    """What `after` counts: epochs or steps."""


class RateTable(SchemaModel):
    """The learning rate of each block of epochs, as really applied, whatever rule it came from."""

    kind: Literal["table"]
    rates: Annotated[dict[PositiveInt, PositiveFloat], Field(min_length=1)]
    """First epoch of a block (from 1): its learning rate."""


class Exponential(SchemaModel):
    """rate * factor ** (t / every): smooth, where `step` jumps."""

    kind: Literal["exponential"]
    factor: PositiveFloat
    every: PositiveInt = 1
    per: Per = "epoch"
    """What t counts from 0: epochs or steps."""


class InverseTime(SchemaModel):
    """rate / (1 + decay * t / every), as Keras: the `decay` of its optimizers, InverseTimeDecay."""

    kind: Literal["inverse_time"]
    decay: PositiveFloat
    every: PositiveInt = 1
    per: Per = "step"
    """What t counts from 0: epochs or steps; Keras counts steps."""


class Plateau(SchemaModel):
    """torch's ReduceLROnPlateau, by what is measured after every epoch.

    It reduces after `patience` + 1 epochs without an improvement; Keras after `patience`.
    """

    kind: Literal["plateau"]
    factor: Share = 0.1
    """What the rate is multiplied by."""
    patience: NonNegativeInt = 10
    """Epochs without an improvement that change nothing."""
    threshold: NonNegativeFloat = 1e-4
    """Only an improvement by more than this counts."""
    monitor: Measured = added("validation_loss")
    """What is watched."""
    mode: Literal["min", "max"] | None = added(None)
    """Whether smaller or larger is better; by default smaller losses and larger accuracies."""
    threshold_mode: Literal["rel", "abs"] = added("rel")
    """Whether the threshold is a share of the best or a difference from it."""
    cooldown: NonNegativeInt = added(0)
    """Epochs after a reduction in which none is counted as bad."""
    minimum: NonNegativeFloat = added(0.0)
    """The rate is never reduced below it (torch: `min_lr`)."""
