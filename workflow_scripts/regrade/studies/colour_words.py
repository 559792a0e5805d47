"""Words for transforms of colours: each changes the values of pixels and moves none."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveInt

from regrade.studies.base import SchemaModel, added
from regrade.studies.bounds import ClosedProbability, Range

HalfTurn = Annotated[float, Field(ge=0, le=0.5)]
HueTurn = Annotated[float, Field(ge=-0.5, le=0.5)]


class ColorJitter(SchemaModel):
    """torchvision's ColorJitter on bytes, the four in a random order."""

    kind: Literal["color_jitter"]
    brightness: NonNegativeFloat | Range = 0.0
    """The factor is up to so far from 1, or between two numbers."""
    contrast: NonNegativeFloat | Range = 0.0
    """As `brightness`."""
    saturation: NonNegativeFloat | Range = 0.0
    """As `brightness`."""
    hue: HalfTurn | tuple[HueTurn, HueTurn] = 0.0
    """At most so far round the circle of hues, as a share of it: up to 0.5."""


class Grayscale(SchemaModel):
    """torchvision's Grayscale on bytes."""

    kind: Literal["grayscale"]
    channels: Literal[1, 3] = added(3)
    """Equal ones; torchvision's `num_output_channels`, which is 1 where its code gives none."""


class RandomGrayscale(SchemaModel):
    """Gray in three channels with the given probability, on bytes."""

    kind: Literal["random_grayscale"]
    probability: ClosedProbability = 0.1
    """Of an image to become gray."""


class RandomTone(SchemaModel):
    """torchvision's RandomInvert, RandomAutocontrast and RandomEqualize on bytes.

    The negative, every channel stretched to the full range, or every histogram made even.
    """

    kind: Literal["random_invert", "random_autocontrast", "random_equalize"]
    probability: ClosedProbability = 0.5
    """Of an image to be changed."""


class RandomPosterize(SchemaModel):
    """torchvision's RandomPosterize on bytes: the first bits of every value alone are kept."""

    kind: Literal["random_posterize"]
    bits: Annotated[int, Field(ge=1, le=8)]
    """How many are kept, of 8."""
    probability: ClosedProbability = 0.5
    """Of an image to be changed."""


class RandomSolarize(SchemaModel):
    """torchvision's RandomSolarize on bytes: values from a threshold on become their negative."""

    kind: Literal["random_solarize"]
    threshold: Annotated[float, Field(ge=0, le=256)]
    """From 0 (all) to 256 (none)."""
    probability: ClosedProbability = 0.5
    """Of an image to be changed."""


class RandomAdjustSharpness(SchemaModel):
    """torchvision's RandomAdjustSharpness on bytes."""

    kind: Literal["random_adjust_sharpness"]
    sharpness_factor: NonNegativeFloat
    """0 blurs, 1 changes nothing, 2 sharpens."""
    probability: ClosedProbability = 0.5
    """Of an image to be changed."""


class RandAugment(SchemaModel):
    """torchvision's RandAugment on bytes: so many operations of one strength, nearest pixel."""

    kind: Literal["rand_augment"]
    num_ops: PositiveInt = 2
    """Operations an image."""
    magnitude: Annotated[int, Field(ge=0, le=30)] = 9
    """Of 31 strengths from 0."""


class AutomaticAugment(SchemaModel):
    """torchvision's TrivialAugmentWide, or AutoAugment with its CIFAR-10 policy, both on bytes."""

    kind: Literal["trivial_augment_wide", "auto_augment_cifar10"]


Colours = (
    ColorJitter
    | Grayscale
    | RandomGrayscale
    | RandomTone
    | RandomPosterize
    | RandomSolarize
    | RandomAdjustSharpness
    | RandAugment
    | AutomaticAugment
)
"""All of them work on bytes."""
