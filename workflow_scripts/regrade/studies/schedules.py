"""Words for schedules: the learning rate as training goes on."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from regrade.studies.base import Word
from regrade.studies.bounds import NonNegativeInt


class Constant(Word):
    """The optimizer's learning rate throughout."""

    kind: Literal["constant"]


class StepDecay(Word):
    """The learning rate is multiplied by `factor` after every `every` epochs."""

    kind: Literal["step"]
    every: PositiveInt
    factor: PositiveFloat


class MultiStepDecay(Word):
    """The learning rate is multiplied by `factor` after each of the listed epochs (from 1)."""

    kind: Literal["multi_step"]
    after: Annotated[list[PositiveInt], Field(min_length=1)]
    factor: PositiveFloat


class RateTable(Word):
    """The learning rate of each block of epochs, as really applied, whatever rule it came from."""

    kind: Literal["table"]
    rates: Annotated[dict[PositiveInt, PositiveFloat], Field(min_length=1)]
    """First epoch of a block (from 1): its learning rate."""


class Plateau(Word):
    """ReduceLROnPlateau on the validation loss, stepped after every epoch's validation."""

    kind: Literal["plateau"]
    factor: PositiveFloat = 0.1
    patience: NonNegativeInt = 10
    threshold: NonNegativeFloat = 1e-4
    """Relative improvement that counts."""


Schedule = Annotated[
    Constant | StepDecay | MultiStepDecay | RateTable | Plateau, Field(discriminator="kind")
]
