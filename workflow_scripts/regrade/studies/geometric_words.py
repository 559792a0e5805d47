"""Words for transforms of geometry: each moves pixels, or changes the size of the image."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt, field_validator

from regrade.studies.base import SchemaModel, added
from regrade.studies.bounds import ByteValue, ClosedProbability, Range


class RandomFlip(SchemaModel):
    """A mirror image with the given probability."""

    kind: Literal["random_horizontal_flip", "random_vertical_flip"]
    probability: ClosedProbability = 0.5
    """Of an image to be mirrored."""


class RandomRotation(SchemaModel):
    """A rotation by a uniform angle in [-degrees, degrees], nearest pixel, black corners."""

    kind: Literal["random_rotation"]
    degrees: PositiveFloat
    """The largest angle, either way."""


class RandomAffine(SchemaModel):
    """torchvision's RandomAffine on bytes: rotation, shift, scale and shear, nearest pixel."""

    kind: Literal["random_affine"]
    degrees: NonNegativeFloat | Range
    """Angles: between two, or up to so many either way."""
    translate: tuple[ClosedProbability, ClosedProbability] = (0.0, 0.0)
    """Shifts at most, as shares of width and height."""
    scale: Range = (1.0, 1.0)
    """Factors of the size, from the smallest to the largest."""
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
    """Side of the new image in pixels."""
    scale: Range = (0.08, 1.0)
    """The window's share of the image."""
    ratio: Range = (3 / 4, 4 / 3)
    """The window's width by its height."""


class Resize(SchemaModel):
    """Resize to a square of the given side: as PIL does on bytes, as torch does on floats."""

    kind: Literal["resize"]
    size: PositiveInt
    """Side of the new image in pixels."""
    interpolation: Literal["bilinear", "bicubic", "nearest"] = added("bilinear")
    """How new pixels come of old ones."""
    antialias: bool = added(True)
    """On floats: whether pixels are averaged when the image shrinks; PIL always does, but for the
    nearest pixel."""


class CenterCrop(SchemaModel):
    """The middle of the image."""

    kind: Literal["center_crop"]
    size: PositiveInt
    """Side of the window in pixels."""
