"""Words for single layers; `architectures` has those that are made of layers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, model_validator

from regrade.studies.activations import AnyActivation
from regrade.studies.base import SchemaModel, added
from regrade.studies.bounds import BelowOne, NonNegativeInt, refusal
from regrade.studies.counts import (
    Count,
    Padding,
    PoolKernel,
    Sides,
    SidesOrNone,
)
from regrade.studies.initialization import (
    ConvInitialization,
    LinearInitialization,
    NormInitialization,
)

Epsilon = PositiveFloat
PaddingMode = Literal["zeros", "reflect", "replicate", "circular"]


class Conv(SchemaModel):
    """A two-dimensional convolution; its kernel is square, or [height, width]."""

    kind: Literal["conv"]
    channels: Count
    """Output channels; `inputs` stands for those that come in (`2 * inputs`), `classes` for the
    number of classes of the data set."""
    kernel: Sides
    """Side of the kernel in pixels."""
    stride: Sides = 1
    """Pixels from one place of the kernel to the next."""
    padding: Padding = 0
    """On every side in pixels; `same` keeps the size (with stride 1)."""
    bias: bool = True
    """Whether each output channel has a bias."""
    dilation: Sides = added(1)
    """Pixels from one weight of the kernel to the next."""
    groups: Count = added(1)
    """Groups of channels without connection; `inputs` makes it depthwise."""
    padding_mode: PaddingMode = added("zeros")
    """What the padding holds."""
    initialization: ConvInitialization | None = added(None)
    """How it begins, where it differs from others of its kind."""

    @model_validator(mode="after")
    def _need_one_stride(self) -> Conv:
        if self.padding == "same" and self.stride not in (1, (1, 1)):
            raise refusal(
                f"padding `same` goes with stride 1, but the stride is {self.stride}:"
                " write the padding in pixels, or put a `pad` layer before it"
            )
        return self


class Linear(SchemaModel):
    """A fully connected layer."""

    kind: Literal["linear"]
    features: Count
    """Output features; `classes` stands for the number of classes of the data set, `inputs` for
    the features that come in."""
    bias: bool = True
    """Whether each output feature has a bias."""
    initialization: LinearInitialization | None = added(None)
    """How it begins, where it differs from others of its kind."""


class BatchNorm(SchemaModel):
    """Batch normalisation over the channels."""

    kind: Literal["batch_norm"]
    eps: Epsilon = added(1e-5)
    """Added to the variance (Keras' default is 1e-3)."""
    momentum: Annotated[float, Field(ge=0, le=1)] | None = added(0.1)
    """Weight of the latest batch in the running statistics (Keras: 1 - momentum); null: all
    batches count alike."""
    affine: bool = added(True)
    """Whether a weight and a bias a channel are learnt."""
    running_statistics: bool = added(True)
    """Whether evaluation uses running statistics instead of those of its batch."""
    initialization: NormInitialization | None = added(None)
    """How it begins, where it differs from others of its kind."""


class GroupNorm(SchemaModel):
    """Normalisation of each image over groups of channels."""

    kind: Literal["group_norm"]
    groups: Count
    """`inputs` makes each channel a group."""
    eps: Epsilon = 1e-5
    """Added to the variance."""
    affine: bool = True
    """Whether a weight and a bias a channel are learnt."""
    initialization: NormInitialization | None = added(None)
    """How it begins, where it differs from others of its kind."""


class LayerNorm(SchemaModel):
    """Normalisation of each image over all its values, or of each pixel over its channels."""

    kind: Literal["layer_norm"]
    over: Literal["all", "channels"] = "all"
    """What mean and variance are taken over."""
    eps: Epsilon = 1e-5
    """Added to the variance (Keras' default is 1e-3)."""
    affine: bool = True
    """Whether a weight and a bias are learnt for each value that it is taken over."""


class InstanceNorm(SchemaModel):
    """Normalisation of each channel of each image."""

    kind: Literal["instance_norm"]
    eps: Epsilon = 1e-5
    """Added to the variance."""
    momentum: Annotated[float, Field(ge=0, le=1)] = 0.1
    """Weight of the latest batch in the running statistics."""
    affine: bool = False
    """Whether a weight and a bias a channel are learnt."""
    running_statistics: bool = False
    """Whether evaluation uses running statistics instead of those of each image."""


class LocalResponseNorm(SchemaModel):
    """AlexNet's normalisation over neighbouring channels: x / (k + alpha mean(x^2))^beta."""

    kind: Literal["local_response_norm"]
    size: PositiveInt
    """Channels that count, the own in the middle."""
    alpha: NonNegativeFloat = 1e-4
    """As in torch divided by the size (TensorFlow's alpha times the size)."""
    beta: float = 0.75
    k: PositiveFloat = 1.0


class MaxPool(SchemaModel):
    """Maximum pooling; what is padded never counts."""

    kind: Literal["max_pool"]
    kernel: PoolKernel
    """In pixels; `global` is the whole image."""
    stride: Sides | None = None
    """Defaults to the kernel."""
    padding: SidesOrNone = added(0)
    """On every side in pixels, at most half of the kernel."""
    ceil_mode: bool = added(False)
    """Whether a last window that reaches over the edge counts."""
    dilation: Sides = added(1)
    """Pixels from one value of the window to the next."""


class AveragePool(SchemaModel):
    """Average pooling."""

    kind: Literal["average_pool"]
    kernel: PoolKernel
    """In pixels; `global` is the whole image."""
    stride: Sides | None = None
    """Defaults to the kernel."""
    padding: SidesOrNone = added(0)
    """Of zeros, on every side in pixels, at most half of the kernel."""
    ceil_mode: bool = added(False)
    """Whether a last window that reaches over the edge counts."""
    count_include_pad: bool = added(True)
    """Whether the zeros of the padding count."""


class AdaptivePool(SchemaModel):
    """Pooling to a size, whatever comes in."""

    kind: Literal["adaptive_average_pool", "adaptive_max_pool"]
    size: Sides
    """In pixels, after pooling (torch: `output_size`)."""


class Pad(SchemaModel):
    """Pixels around the image, where a convolution's or pool's own padding does not say it."""

    kind: Literal["pad"]
    left: NonNegativeInt = 0
    """Pixels on the left."""
    right: NonNegativeInt = 0
    """Pixels on the right."""
    top: NonNegativeInt = 0
    """Pixels above."""
    bottom: NonNegativeInt = 0
    """Pixels below."""
    mode: PaddingMode = "zeros"
    """What they hold."""


class Flatten(SchemaModel):
    """Channels x height x width become one vector."""

    kind: Literal["flatten"]


class Dropout(SchemaModel):
    """Dropout of single values or of whole channels; `alpha` keeps mean and variance (for SELU)."""

    kind: Literal["dropout", "channel_dropout", "alpha_dropout", "channel_alpha_dropout"]
    probability: BelowOne
    """The probability of dropping a value (PyTorch's meaning)."""


class StochasticDepth(SchemaModel):
    """In training, drops its whole input for some images, and scales up that of the others.

    It stands last in the main path of a residual block.
    """

    kind: Literal["stochastic_depth"]
    probability: BelowOne
    """The probability of dropping."""
    mode: Literal["row", "batch"] = "row"
    """Whether each image is drawn on its own, or the batch as a whole."""
    scaled: Literal["training", "evaluation"] = added("training")
    """Where the dropped inputs are compensated: in training (torchvision, timm: kept inputs are
    scaled up) or in evaluation (Huang et al., arXiv 1603.09382: all are scaled down)."""


class ChannelShuffle(SchemaModel):
    """Channels of all groups take turns (ShuffleNet)."""

    kind: Literal["channel_shuffle"]
    groups: PositiveInt
    """How many; they divide the channels."""


class ChannelSlice(SchemaModel):
    """Some of the channels, the others are left out: `stop: inputs // 2` is the first half."""

    kind: Literal["channel_slice"]
    start: Count | None = None
    """The first that stays, from 0; left out: all from the first on."""
    stop: Count | None = None
    """The first after them; left out: up to the last."""


class Multiply(SchemaModel):
    """Everything times a number that is not learnt: scaled logits, scaled residuals."""

    kind: Literal["multiply"]
    factor: float
    """The number."""


SingleLayer = (
    Conv
    | Linear
    | BatchNorm
    | GroupNorm
    | LayerNorm
    | InstanceNorm
    | LocalResponseNorm
    | MaxPool
    | AveragePool
    | AdaptivePool
    | Pad
    | Flatten
    | Dropout
    | StochasticDepth
    | ChannelShuffle
    | ChannelSlice
    | Multiply
    | AnyActivation
)
