"""Words for transforms: what happens to images on the way to the network."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    model_validator,
)
from typing_extensions import TypeAliasType

from regrade.studies.base import SchemaModel, added, kinds_of
from regrade.studies.bounds import (
    ClosedProbability,
    NonNegativeInt,
    Range,
    refusal,
)
from regrade.studies.colour_words import AutomaticAugment, Colours, RandAugment
from regrade.studies.geometric_words import (
    CenterCrop,
    RandomAffine,
    RandomFlip,
    RandomResizedCrop,
    RandomRotation,
    Resize,
)
from regrade.studies.library_words import LibraryWord
from regrade.studies.shorthand import Shorthand

Pair = tuple[NonNegativeInt, NonNegativeInt]
Four = tuple[NonNegativeInt, NonNegativeInt, NonNegativeInt, NonNegativeInt]
PaddingMode = Literal["constant", "edge", "reflect", "symmetric"]


def _of_channels(found: Any) -> Any:
    """Read a number as that of all channels; of several, as many as images have channels."""
    values = (found,) if isinstance(found, int | float) else found
    if isinstance(values, list | tuple) and len(values) not in (1, 3):
        raise refusal(f"found {len(values)} items: one belongs here for each channel, 1 or 3")
    return values


Channels = Annotated[tuple[float, ...], BeforeValidator(_of_channels)]
PositiveChannels = Annotated[tuple[PositiveFloat, ...], BeforeValidator(_of_channels)]


class ToTensor(SchemaModel):
    """Bytes become floats in [0, 1]."""

    kind: Literal["to_tensor"]


class Normalize(SchemaModel):
    """(x - mean) / std, a channel at a time; stands after `to_tensor`."""

    kind: Literal["normalize"]
    mean: Channels
    """A number for each channel, or one for all of them; pixels are in [0, 1]."""
    std: PositiveChannels
    """As `mean`, above 0."""


class RandomCrop(SchemaModel):
    """A random window of the image padded with zeros (after `normalize`: with the mean colour)."""

    kind: Literal["random_crop"]
    size: PositiveInt
    """Side of the window in pixels."""
    padding: NonNegativeInt = 0
    """On every side, in pixels."""
    padding_mode: PaddingMode = added("constant")
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
    """Holes an image."""
    value: float = 0.0
    """What holes are filled with; after `normalize`, 0 is the mean colour."""


class RandomErasing(SchemaModel):
    """torchvision's RandomErasing: a box of random area, ratio and place."""

    kind: Literal["random_erasing"]
    probability: ClosedProbability = 0.5
    """Of an image to have a box."""
    scale: Range = (0.02, 0.33)
    """Its share of the image."""
    ratio: Range = (0.3, 3.3)
    """Its height by its width."""
    value: float = 0.0
    """What the box is filled with; after `normalize`, 0 is the mean colour."""


class Pad(SchemaModel):
    """torchvision's Pad: pixels on all sides, so many that the image stays square."""

    kind: Literal["pad"]
    padding: NonNegativeInt | Pair | Four
    """On every side; or left and right, above and below; or left, above, right, below."""
    fill: NonNegativeFloat = 0.0
    """Value of constant padding: 0 to 255 before `to_tensor`."""
    padding_mode: PaddingMode = "constant"
    """What padding is made of, as that of `random_crop`."""

    @property
    def edges(self) -> tuple[int, int, int, int]:
        """Pixels on the left, above, on the right and below."""
        given = self.padding if isinstance(self.padding, tuple) else (self.padding,) * 2
        left, above, right, below = (*given, *given)[:4]
        return left, above, right, below

    @property
    def added(self) -> int:
        """By how many pixels the side grows."""
        return self.edges[0] + self.edges[2]

    @model_validator(mode="after")
    def _stays_square(self) -> Self:
        left, above, right, below = self.edges
        if left + right != above + below:
            raise refusal(
                f"padding {list(self.edges)} adds {left + right} pixels to the width and"
                f" {above + below} to the height: images stay square"
            )
        return self


class RandomApply(SchemaModel):
    """torchvision's RandomApply: all of some transforms with the given probability, or none."""

    kind: Literal["random_apply"]
    transforms: Transforms
    """All of them, in their order."""
    probability: ClosedProbability = 0.5
    """Of an image to go through them."""


class RandomOrder(SchemaModel):
    """torchvision's RandomOrder: all of some transforms, an image at a time in a random order."""

    kind: Literal["random_order"]
    transforms: Transforms
    """All that an image goes through."""


class RandomChoice(SchemaModel):
    """torchvision's RandomChoice: one of some transforms, an image at a time."""

    kind: Literal["random_choice"]
    transforms: Transforms
    """One of them is drawn for each image."""
    probabilities: list[NonNegativeFloat] | None = None
    """How likely each is against the others (torchvision: `p`); left out: all alike."""

    @model_validator(mode="after")
    def _can_be_drawn(self) -> Self:
        shares, count = self.probabilities, len(self.transforms)
        if shares is not None and len(shares) != count:
            raise refusal(f"it has {count} transforms and {len(shares)} probabilities")
        if shares is not None and not sum(shares):
            raise refusal("probabilities: one of them must be above 0")
        return self


AnyTransform = (
    ToTensor
    | Normalize
    | RandomCrop
    | RandomShift
    | RandomFlip
    | RandomRotation
    | RandomAffine
    | RandomResizedCrop
    | Colours
    | Cutout
    | RandomErasing
    | Resize
    | CenterCrop
    | Pad
    | LibraryWord
    | RandomApply
    | RandomOrder
    | RandomChoice
)
Words = Annotated[AnyTransform, Field(discriminator="kind"), Shorthand.of(AnyTransform)]
Transform = TypeAliasType("Transform", Words)
"""Any of them. The alias has a name, so that the schema holds them once and not wherever a list of
transforms may stand."""
Transforms = Annotated[list[Transform], Field(min_length=1)]
for _word in (RandomApply, RandomOrder, RandomChoice):
    _word.model_rebuild()

LIBRARY_TRANSFORMS = frozenset(kinds_of(LibraryWord))
"""Kinds of transforms that run through torchvision, image by image."""
BYTE_TRANSFORMS = LIBRARY_TRANSFORMS | frozenset(
    kinds_of(RandomRotation | RandomAffine | RandomResizedCrop | Colours)
)
"""Kinds of transforms that work on bytes: they stand before `to_tensor`."""
POLICIES = frozenset(kinds_of(AutomaticAugment | RandAugment))
"""Kinds whose strengths are those for images of one side."""
POLICY_SIDE = 32
"""That side in pixels."""
FLOAT_TRANSFORMS = frozenset(kinds_of(Normalize | RandomShift))
"""Kinds of transforms that work on floats: they stand after `to_tensor`."""
