"""Words for transforms: what happens to images on the way to the network."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from regrade.studies.base import SchemaModel, kinds_of
from regrade.studies.bounds import ClosedProbability, NonNegativeInt

Triple = tuple[float, float, float]
PositiveTriple = tuple[PositiveFloat, PositiveFloat, PositiveFloat]


class ToTensor(SchemaModel):
    """Bytes become floats in [0, 1]."""

    kind: Literal["to_tensor"]


class Normalize(SchemaModel):
    """(x - mean) / std, a channel at a time; stands after `to_tensor`."""

    kind: Literal["normalize"]
    mean: Triple
    std: PositiveTriple


class RandomCrop(SchemaModel):
    """A random window of the image padded with zeros (after `normalize`: with the mean colour)."""

    kind: Literal["random_crop"]
    size: PositiveInt
    padding: NonNegativeInt = 0


class RandomFlip(SchemaModel):
    """A mirror image with the given probability."""

    kind: Literal["random_horizontal_flip", "random_vertical_flip"]
    probability: ClosedProbability = 0.5


class RandomRotation(SchemaModel):
    """A rotation by a uniform angle in [-degrees, degrees], nearest pixel, black corners."""

    kind: Literal["random_rotation"]
    degrees: PositiveFloat


class AutomaticAugment(SchemaModel):
    """torchvision's TrivialAugmentWide, or AutoAugment with its CIFAR-10 policy, both on bytes."""

    kind: Literal["trivial_augment_wide", "auto_augment_cifar10"]


class Resize(SchemaModel):
    """Bilinear resize (with antialiasing, as PIL does) to a square of the given side, on bytes."""

    kind: Literal["resize"]
    size: PositiveInt


Transform = Annotated[
    ToTensor | Normalize | RandomCrop | RandomFlip | RandomRotation | AutomaticAugment | Resize,
    Field(discriminator="kind"),
]

BYTE_TRANSFORMS = frozenset(kinds_of(RandomRotation | AutomaticAugment | Resize))
"""Kinds of transforms that work on bytes: they stand before `to_tensor`."""
