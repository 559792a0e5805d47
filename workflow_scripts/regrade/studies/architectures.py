"""Words for network architectures: layer chains, stage networks and torchvision models.

Images are 3 x 32 x 32 unless the recipe resizes them; the last layer gives one logit a class.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from regrade.studies.base import SchemaModel, added
from regrade.studies.compositions import Chain
from regrade.studies.initialization import Initialization
from regrade.studies.shortcuts import NoShortcut, PadShortcut, ProjectionShortcut


class Stem(SchemaModel):
    """The convolution, batch norm and ReLU before the first stage (stride 1, same padding)."""

    channels: PositiveInt
    kernel: PositiveInt = 3
    bias: bool = False


class BasicBlock(SchemaModel):
    """Two k x k convolutions, each with batch norm; ReLU after the first and after the sum.

    An even kernel pads k/2 in the first convolution and k/2 - 1 in the second, so that the
    block keeps the size of its input (divided by its stride).
    """

    kind: Literal["basic"]
    kernel: PositiveInt = 3
    bias: bool = False


class SeparableBlock(SchemaModel):
    """Two units of depthwise k x k, batch norm, ReLU, pointwise 1 x 1, batch norm, ReLU.

    The stride sits in the first depthwise convolution.
    """

    kind: Literal["separable"]
    kernel: PositiveInt = 3
    bias: bool = False


class Stages(SchemaModel):
    """A ResNet-like network: stem, stages of equal blocks, average pooling, one linear layer.

    The first block of every stage but the first halves the size (stride 2).
    """

    kind: Literal["stages"]
    stem: Stem
    block: Annotated[BasicBlock | SeparableBlock, Field(discriminator="kind")]
    shortcut: Annotated[NoShortcut | PadShortcut | ProjectionShortcut, Field(discriminator="kind")]
    blocks: Annotated[list[PositiveInt], Field(min_length=1)]
    """Blocks in each stage."""
    channels: Annotated[list[PositiveInt], Field(min_length=1)]
    """Output channels of each stage."""
    initialization: Initialization | None = added(None)
    """The values before training; left out: torch's own."""


class Torchvision(SchemaModel):
    """A torchvision model by name; its last layer is replaced by one logit a class."""

    kind: Literal["torchvision"]
    name: Literal["resnet18", "resnet34", "vgg11", "vgg11_bn", "vgg16", "vgg16_bn", "alexnet"]
    pretrained: bool = False
    """Start from torchvision's ImageNet weights (IMAGENET1K_V1)."""
    initialization: Initialization | None = added(None)
    """The values before training; left out: torchvision's own. ImageNet weights replace them."""


Architecture = Annotated[Chain | Stages | Torchvision, Field(discriminator="kind")]
