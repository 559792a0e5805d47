"""Single layers of a chain from the words of a recipe."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from torch import nn

from regrade.models.activations import BUILDERS as ACTIVATIONS
from regrade.models.activations import build_activation
from regrade.models.own_layers import (
    AdaptiveAveragePool,
    AdaptiveMaxPool,
    ChannelLayerNorm,
    ChannelShuffle,
    ChannelSlice,
    LocalResponseNorm,
    Multiply,
    Pad,
    PaddedConv,
    StochasticDepth,
)
from regrade.studies.counts import pair
from regrade.studies.layer_rows import Given, slice_of

if TYPE_CHECKING:
    from regrade.studies import activations, layers


KIND = "kind_of_layer"
"""Attribute of a layer's module: the kind of its word, which the layer table shows."""


class Input(NamedTuple):
    """What a layer is built for."""

    given: Given
    fresh: bool
    """Whether the layer may overwrite its input."""

    @property
    def channels(self) -> int:
        """Channels, or features, that come in."""
        return self.given.shape[0]

    @property
    def is_image(self) -> bool:
        """Whether an image comes in, and not a vector."""
        return len(self.given.shape) == 3


def _build_conv(layer: layers.Conv, input_: Input) -> nn.Module:
    padding = layer.padding if layer.padding == "same" else pair(layer.padding)
    kind = nn.Conv2d if layer.padding_mode == "zeros" else PaddedConv
    return kind(
        input_.channels,
        input_.given.count(layer.channels),
        pair(layer.kernel),
        pair(layer.stride),
        padding,
        pair(layer.dilation),
        input_.given.count(layer.groups),
        bias=layer.bias,
        padding_mode=layer.padding_mode,
    )


def _build_linear(layer: layers.Linear, input_: Input) -> nn.Module:
    return nn.Linear(input_.channels, input_.given.count(layer.features), bias=layer.bias)


def _build_batch_norm(layer: layers.BatchNorm, input_: Input) -> nn.Module:
    kind = nn.BatchNorm2d if input_.is_image else nn.BatchNorm1d
    return kind(
        input_.channels,
        layer.eps,
        layer.momentum,
        layer.affine,
        track_running_stats=layer.running_statistics,
    )


def _build_group_norm(layer: layers.GroupNorm, input_: Input) -> nn.Module:
    groups = input_.given.count(layer.groups)
    return nn.GroupNorm(groups, input_.channels, layer.eps, layer.affine)


def _build_layer_norm(layer: layers.LayerNorm, input_: Input) -> nn.Module:
    if layer.over == "all":
        return nn.LayerNorm(input_.given.shape, layer.eps, layer.affine)
    return ChannelLayerNorm(input_.channels, layer.eps, layer.affine)


def _build_instance_norm(layer: layers.InstanceNorm, input_: Input) -> nn.Module:
    return nn.InstanceNorm2d(
        input_.channels, layer.eps, layer.momentum, layer.affine, layer.running_statistics
    )


def _build_max_pool(layer: layers.MaxPool, input_: Input) -> nn.Module:
    if layer.kernel == "global":
        return nn.MaxPool2d(input_.given.shape[1:])
    stride = None if layer.stride is None else pair(layer.stride)
    kernel, padding = pair(layer.kernel), pair(layer.padding)
    return nn.MaxPool2d(kernel, stride, padding, pair(layer.dilation), ceil_mode=layer.ceil_mode)


def _build_average_pool(layer: layers.AveragePool, _: Input) -> nn.Module:
    if layer.kernel == "global":
        return nn.AdaptiveAvgPool2d(1)
    stride = None if layer.stride is None else pair(layer.stride)
    kernel, padding = pair(layer.kernel), pair(layer.padding)
    return nn.AvgPool2d(kernel, stride, padding, layer.ceil_mode, layer.count_include_pad)


def _build_pad(layer: layers.Pad, _: Input) -> nn.Module:
    return Pad((layer.left, layer.right, layer.top, layer.bottom), layer.mode)


def _build_dropout(kind: type[nn.Module], layer: layers.Dropout, _: Input) -> nn.Module:
    return kind(layer.probability)


def _build_prelu(layer: activations.Prelu, input_: Input) -> nn.Module:
    return nn.PReLU(input_.channels if layer.per_channel else 1, layer.init)


def _build_activation(layer: Any, input_: Input) -> nn.Module:
    return build_activation(layer, in_place=input_.fresh)


BUILDERS: dict[str, Callable[[Any, Input], nn.Module]] = {
    "conv": _build_conv,
    "linear": _build_linear,
    "batch_norm": _build_batch_norm,
    "group_norm": _build_group_norm,
    "layer_norm": _build_layer_norm,
    "instance_norm": _build_instance_norm,
    "local_response_norm": lambda layer, _: LocalResponseNorm(
        layer.size, layer.alpha, layer.beta, layer.k
    ),
    **dict.fromkeys(ACTIVATIONS, _build_activation),
    "prelu": _build_prelu,
    "max_pool": _build_max_pool,
    "average_pool": _build_average_pool,
    "adaptive_average_pool": lambda layer, _: AdaptiveAveragePool(pair(layer.size)),
    "adaptive_max_pool": lambda layer, _: AdaptiveMaxPool(pair(layer.size)),
    "pad": _build_pad,
    "flatten": lambda *_: nn.Flatten(),
    "dropout": partial(_build_dropout, nn.Dropout),
    "channel_dropout": partial(_build_dropout, nn.Dropout2d),
    "alpha_dropout": partial(_build_dropout, nn.AlphaDropout),
    "channel_alpha_dropout": partial(_build_dropout, nn.FeatureAlphaDropout),
    "stochastic_depth": lambda layer, _: StochasticDepth(
        layer.probability, layer.mode, layer.scaled
    ),
    "channel_shuffle": lambda layer, _: ChannelShuffle(layer.groups),
    "multiply": lambda layer, _: Multiply(layer.factor),
    "channel_slice": lambda layer, input_: ChannelSlice(*slice_of(layer, input_.given)),
}
"""What builds a single layer, by the kind of its word."""
