"""Words for transforms: what happens to images on the way to the network."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    field_validator,
    model_validator,
)

from regrade.studies.base import SchemaModel, added, kinds_of
from regrade.studies.bounds import ClosedProbability, NonNegativeInt, refusal

Triple = tuple[float, float, float]
PositiveTriple = tuple[PositiveFloat, PositiveFloat, PositiveFloat]
ByteValue = Annotated[int, Field(ge=0, le=255)]
HalfTurn = Annotated[float, Field(ge=0, le=0.5)]
HueTurn = Annotated[float, Field(ge=-0.5, le=0.5)]


def _grows(found: tuple[float, float]) -> tuple[float, float]:
    if found[0] > found[1]:
        raise refusal(f"found {list(found)}: the smaller number belongs first")
    return found


Range = Annotated[tuple[PositiveFloat, PositiveFloat], AfterValidator(_grows)]


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
    padding_mode: Literal["constant", "edge", "reflect", "symmetric"] = added("constant")
    """What padding is made of: `fill`, or the pixels at the edge, mirrored without the outermost
    (reflect) or with it (symmetric)."""
    fill: NonNegativeFloat = added(0.0)
    """Value of constant padding: 0 to 255 before `to_tensor`."""

    @property
    def is_black(self) -> bool:
        """Whether the padding is zeros."""
        return self.padding_mode == "constant" and not self.fill


class RandomShift(SchemaModel):
    """A shift by parts of pixels, bilinear: Keras' height_shift_range and width_shift_range.

    It works on floats: it stands after `to_tensor`.
    """

    kind: Literal["random_shift"]
    height: NonNegativeFloat = 0.0
    """At most so far up or down: a share of the side below 1, else pixels."""
    width: NonNegativeFloat = 0.0
    """At most so far left or right."""
    fill_mode: Literal["nearest", "constant", "reflect", "wrap"] = "nearest"
    """What comes in at the edges: the edge, `fill`, a mirror image or the other side."""
    fill: float = 0.0
    """What `constant` brings in (Keras' cval)."""
    whole: bool = False
    """Whole pixels, fewer than the range, as Keras for ranges that are whole numbers."""

    @model_validator(mode="after")
    def _moves(self) -> Self:
        if not self.height and not self.width:
            raise refusal("it needs a range above 0: `height`, `width` or both")
        if self.whole and any(extent % 1 for extent in (self.height, self.width)):
            raise refusal(f"`whole` needs whole numbers, not {self.height:g} and {self.width:g}")
        return self


class Cutout(SchemaModel):
    """Square holes at random places, cut off at the edges (DeVries, Taylor, arXiv 1708.04552)."""

    kind: Literal["cutout"]
    size: PositiveInt
    """Side of a hole in pixels."""
    holes: PositiveInt = 1
    value: float = 0.0
    """What holes are filled with; after `normalize`, 0 is the mean colour."""


class RandomErasing(SchemaModel):
    """torchvision's RandomErasing: a box of random area, ratio and place."""

    kind: Literal["random_erasing"]
    probability: ClosedProbability = 0.5
    scale: Range = (0.02, 0.33)
    """Its share of the image."""
    ratio: Range = (0.3, 3.3)
    """Its height by its width."""
    value: float = 0.0


class RandomFlip(SchemaModel):
    """A mirror image with the given probability."""

    kind: Literal["random_horizontal_flip", "random_vertical_flip"]
    probability: ClosedProbability = 0.5


class RandomRotation(SchemaModel):
    """A rotation by a uniform angle in [-degrees, degrees], nearest pixel, black corners."""

    kind: Literal["random_rotation"]
    degrees: PositiveFloat


class RandomAffine(SchemaModel):
    """torchvision's RandomAffine on bytes: rotation, shift, scale and shear, nearest pixel."""

    kind: Literal["random_affine"]
    degrees: NonNegativeFloat | Range
    """Angles: between two, or up to so many either way."""
    translate: tuple[ClosedProbability, ClosedProbability] = (0.0, 0.0)
    """Shifts at most, as shares of width and height."""
    scale: Range = (1.0, 1.0)
    shear: tuple[float, float] | tuple[float, float, float, float] = (0.0, 0.0)
    """Angles of the shear along x from the first to the second, along y from the third on."""
    fill: ByteValue = 0
    """What comes in at the edges."""

    @field_validator("shear", mode="before")
    @classmethod
    def _read_a_number_as_both_ways(cls, shear: Any) -> Any:
        return (-shear, shear) if isinstance(shear, int | float) else shear


class RandomResizedCrop(SchemaModel):
    """torchvision's RandomResizedCrop on bytes: a window of random area and ratio, bilinear."""

    kind: Literal["random_resized_crop"]
    size: PositiveInt
    scale: Range = (0.08, 1.0)
    """The window's share of the image."""
    ratio: Range = (3 / 4, 4 / 3)
    """The window's width by its height."""


class ColorJitter(SchemaModel):
    """torchvision's ColorJitter on bytes, the four in a random order."""

    kind: Literal["color_jitter"]
    brightness: NonNegativeFloat | Range = 0.0
    """The factor is up to so far from 1, or between two numbers."""
    contrast: NonNegativeFloat | Range = 0.0
    saturation: NonNegativeFloat | Range = 0.0
    hue: HalfTurn | tuple[HueTurn, HueTurn] = 0.0
    """At most so far round the circle of hues, as a share of it: up to 0.5."""


class Grayscale(SchemaModel):
    """Gray in three channels, on bytes."""

    kind: Literal["grayscale"]


class RandomGrayscale(SchemaModel):
    """Gray in three channels with the given probability, on bytes."""

    kind: Literal["random_grayscale"]
    probability: ClosedProbability = 0.1


class RandAugment(SchemaModel):
    """torchvision's RandAugment on bytes: so many operations of one strength, nearest pixel."""

    kind: Literal["rand_augment"]
    num_ops: PositiveInt = 2
    magnitude: Annotated[int, Field(ge=0, le=30)] = 9
    """Of 31 strengths from 0."""


class AutomaticAugment(SchemaModel):
    """torchvision's TrivialAugmentWide, or AutoAugment with its CIFAR-10 policy, both on bytes."""

    kind: Literal["trivial_augment_wide", "auto_augment_cifar10"]


class Resize(SchemaModel):
    """Resize to a square of the given side: as PIL does on bytes, as torch does on floats."""

    kind: Literal["resize"]
    size: PositiveInt
    interpolation: Literal["bilinear", "bicubic", "nearest"] = added("bilinear")
    antialias: bool = added(True)
    """On floats: whether pixels are averaged when the image shrinks; PIL always does, but for the
    nearest pixel."""


class CenterCrop(SchemaModel):
    """The middle of the image."""

    kind: Literal["center_crop"]
    size: PositiveInt


Transform = Annotated[
    ToTensor
    | Normalize
    | RandomCrop
    | RandomShift
    | RandomFlip
    | RandomRotation
    | RandomAffine
    | RandomResizedCrop
    | ColorJitter
    | Grayscale
    | RandomGrayscale
    | Cutout
    | RandomErasing
    | RandAugment
    | AutomaticAugment
    | Resize
    | CenterCrop,
    Field(discriminator="kind"),
]

BYTE_TRANSFORMS = frozenset(
    kinds_of(
        RandomRotation
        | RandomAffine
        | RandomResizedCrop
        | ColorJitter
        | Grayscale
        | RandomGrayscale
        | RandAugment
        | AutomaticAugment
    )
)
"""Kinds of transforms that work on bytes: they stand before `to_tensor`."""
POLICIES = frozenset(kinds_of(AutomaticAugment | RandAugment))
"""Kinds whose strengths are those for images of one side."""
POLICY_SIDE = 32
"""That side in pixels."""
FLOAT_TRANSFORMS = frozenset(kinds_of(Normalize | RandomShift))
"""Kinds of transforms that work on floats: they stand after `to_tensor`."""
