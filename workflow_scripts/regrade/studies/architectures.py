"""Words for network architectures: layer chains, stage networks, those of torchvision and timm.

Images are 3 x 32 x 32 unless the recipe resizes them; the last layer gives one logit a class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, PositiveInt

from regrade.studies.base import SchemaModel, added
from regrade.studies.bounds import BelowOne
from regrade.studies.compositions import Chain
from regrade.studies.initialization import Initialization
from regrade.studies.shortcuts import NoShortcut, PadShortcut, ProjectionShortcut
from regrade.studies.shorthand import Shorthand


class Stem(SchemaModel):
    """The convolution, batch norm and ReLU before the first stage (stride 1, same padding)."""

    channels: PositiveInt
    """Output channels of the convolution."""
    kernel: PositiveInt = 3
    """Side of its kernel in pixels."""
    bias: bool = False
    """Whether it has a bias."""


class BasicBlock(SchemaModel):
    """Two k x k convolutions, each with batch norm; ReLU after the first and after the sum.

    An even kernel pads k/2 in the first convolution and k/2 - 1 in the second, so that the
    block keeps the size of its input (divided by its stride).
    """

    kind: Literal["basic"]
    kernel: PositiveInt = 3
    """Side of the kernels in pixels."""
    bias: bool = False
    """Whether the convolutions have biases."""


class SeparableBlock(SchemaModel):
    """Two units of depthwise k x k, batch norm, ReLU, pointwise 1 x 1, batch norm, ReLU.

    The stride sits in the first depthwise convolution.
    """

    kind: Literal["separable"]
    kernel: PositiveInt = 3
    """Side of the depthwise kernels in pixels."""
    bias: bool = False
    """Whether the convolutions have biases."""


AnyBlock = BasicBlock | SeparableBlock
StageShortcut = NoShortcut | PadShortcut | ProjectionShortcut


class Stages(SchemaModel):
    """A ResNet-like network: stem, stages of equal blocks, average pooling, one linear layer.

    The first block of every stage but the first halves the size (stride 2).
    """

    kind: Literal["stages"]
    stem: Stem
    """What stands before the first stage."""
    block: Annotated[AnyBlock, Field(discriminator="kind"), Shorthand.of(AnyBlock)]
    """The kind of block that all stages are made of."""
    shortcut: Annotated[StageShortcut, Field(discriminator="kind"), Shorthand.of(StageShortcut)]
    """The path beside each block."""
    blocks: Annotated[list[PositiveInt], Field(min_length=1)]
    """Blocks in each stage."""
    channels: Annotated[list[PositiveInt], Field(min_length=1)]
    """Output channels of each stage."""
    initialization: Initialization | None = added(None)
    """The values before training; left out: torch's own."""


TORCHVISION_NAMES = (
    *("resnet18", "resnet34", "resnet50", "resnet101", "resnet152"),
    *("resnext50_32x4d", "resnext101_32x8d", "resnext101_64x4d"),
    *("wide_resnet50_2", "wide_resnet101_2"),
    *("vgg11", "vgg11_bn", "vgg13", "vgg13_bn", "vgg16", "vgg16_bn", "vgg19", "vgg19_bn"),
    *("alexnet", "googlenet", "inception_v3", "squeezenet1_0", "squeezenet1_1"),
    *("densenet121", "densenet161", "densenet169", "densenet201"),
    *("mobilenet_v2", "mobilenet_v3_large", "mobilenet_v3_small"),
    *("mnasnet0_5", "mnasnet0_75", "mnasnet1_0", "mnasnet1_3"),
    *("shufflenet_v2_x0_5", "shufflenet_v2_x1_0", "shufflenet_v2_x1_5", "shufflenet_v2_x2_0"),
    *("efficientnet_b0", "efficientnet_b1", "efficientnet_b2", "efficientnet_b3"),
    *("efficientnet_b4", "efficientnet_b5", "efficientnet_b6", "efficientnet_b7"),
    *("efficientnet_v2_s", "efficientnet_v2_m", "efficientnet_v2_l"),
    *("convnext_tiny", "convnext_small", "convnext_base", "convnext_large"),
    *("regnet_x_400mf", "regnet_x_800mf", "regnet_x_1_6gf", "regnet_x_3_2gf"),
    *("regnet_x_8gf", "regnet_x_16gf", "regnet_x_32gf"),
    *("regnet_y_400mf", "regnet_y_800mf", "regnet_y_1_6gf", "regnet_y_3_2gf"),
    *("regnet_y_8gf", "regnet_y_16gf", "regnet_y_32gf", "regnet_y_128gf"),
    *("vit_b_16", "vit_b_32", "vit_l_16", "vit_l_32", "vit_h_14"),
    *("swin_t", "swin_s", "swin_b", "swin_v2_t", "swin_v2_s", "swin_v2_b", "maxvit_t"),
)
"""Its classification networks: all of them."""
if TYPE_CHECKING:
    TorchvisionName = str
else:
    TorchvisionName = Literal[*TORCHVISION_NAMES]


class Torchvision(SchemaModel):
    """A torchvision model by name; its last layer is replaced by one logit a class.

    GoogLeNet and Inception are without the classifiers that they have on the side in training. A
    ViT takes images whose side is a multiple of its patches', MaxViT multiples of 224 pixels.
    """

    kind: Literal["torchvision"]
    name: TorchvisionName
    """What torchvision calls it."""
    pretrained: bool = False
    """Start from torchvision's ImageNet weights (IMAGENET1K_V1)."""
    frozen: Literal["all_but_last"] | list[str] = added([])
    """Parts that are not trained, by torchvision's names for a network's children or theirs
    (`layer1`, `features.0`), or all but the new last layer. Running statistics of batch norm go on
    there."""
    initialization: Initialization | None = added(None)
    """The values before training; left out: torchvision's own. ImageNet weights replace them."""


class Timm(SchemaModel):
    """A network of timm by its name, with fresh weights; its last layer gives one logit a class.

    It needs timm (`pip install timm`), whose version is a part of what its results are.
    """

    kind: Literal["timm"]
    name: Annotated[str, Field(pattern=r"^[a-z0-9_]+$", max_length=100)]
    """One of `timm.list_models()`."""
    drop_rate: BelowOne = 0.0
    """Of the dropout before the last layer."""
    drop_path_rate: BelowOne = 0.0
    """Of stochastic depth."""
    initialization: Initialization | None = None
    """The values before training; left out: timm's own."""


Architecture = Annotated[Chain | Stages | Torchvision | Timm, Field(discriminator="kind")]
