"""Words for transforms that torchvision itself does, image by image: the uncommon ones."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, NonNegativeFloat, PositiveFloat, PositiveInt
from pydantic import field_validator as validator

from regrade.studies.base import SchemaModel, added
from regrade.studies.bounds import ByteValue, ClosedProbability, NonNegativeInt, Range, refusal

Interpolation = Literal["nearest", "bilinear", "bicubic"]


def _odd(side: int) -> int:
    if not side % 2:
        raise refusal(f"found {side}: the side of a kernel that blurs must be odd")
    return side


Odd = Annotated[PositiveInt, AfterValidator(_odd)]


class RandomPerspective(SchemaModel):
    """torchvision's RandomPerspective on bytes: the image seen from the side."""

    kind: Literal["random_perspective"]
    distortion_scale: ClosedProbability = 0.5
    """How far corners move at most, as a share of half the side."""
    probability: ClosedProbability = 0.5
    """Of an image to be changed."""
    interpolation: Interpolation = "bilinear"
    """How new pixels come of old ones."""
    fill: ByteValue = 0
    """What comes in at the edges."""


class GaussianBlur(SchemaModel):
    """torchvision's GaussianBlur on bytes, of a random width."""

    kind: Literal["gaussian_blur"]
    kernel: Odd | tuple[Odd, Odd]
    """Its side in pixels, or width and height: odd numbers."""
    sigma: Range = (0.1, 2.0)
    """From the least standard deviation to the greatest, in pixels; one number is both."""

    @validator("sigma", mode="before")
    @classmethod
    def _read_a_number_as_both(cls, sigma: Any) -> Any:
        return (sigma, sigma) if isinstance(sigma, int | float) else sigma


class ElasticTransform(SchemaModel):
    """torchvision's ElasticTransform on bytes: pixels moved by a smooth random field."""

    kind: Literal["elastic_transform"]
    alpha: float | tuple[float, float] = 50.0
    """How far, along x and y."""
    sigma: NonNegativeFloat | tuple[NonNegativeFloat, NonNegativeFloat] = 5.0
    """How smoothly: the standard deviation that the field is blurred with, in pixels."""
    interpolation: Interpolation = "bilinear"
    """How new pixels come of old ones."""
    fill: ByteValue = 0
    """What comes in at the edges."""

    @property
    def widths(self) -> tuple[float, float]:
        """The two standard deviations."""
        return self.sigma if isinstance(self.sigma, tuple) else (self.sigma, self.sigma)


class AugMix(SchemaModel):
    """torchvision's AugMix on bytes: chains of random operations, mixed with the image."""

    kind: Literal["aug_mix"]
    severity: Annotated[int, Field(ge=1, le=10)] = 3
    """Strength of the operations, from 1 to 10."""
    mixture_width: PositiveInt = 3
    """Chains that are mixed."""
    chain_depth: NonNegativeInt | Literal[-1] = -1
    """Operations of a chain; 0 or -1: 1 to 3 by chance."""
    alpha: PositiveFloat = 1.0
    """Of the Dirichlet distributions that the shares are drawn from."""
    all_ops: bool = True
    """Brightness, colour, contrast and sharpness as well."""
    interpolation: Interpolation = "bilinear"
    """How operations that move pixels make new ones of old ones."""
    fill: ByteValue | None = added(None)
    """What comes in at the edges; left out: black."""


LibraryWord = RandomPerspective | GaussianBlur | ElasticTransform | AugMix
