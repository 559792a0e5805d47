"""Plain chains of layers, with residual chains inside them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from torch import Tensor, nn

from regrade.studies.datasets import RGB

if TYPE_CHECKING:
    from regrade.studies.architectures import (
        Activation,
        BatchNorm,
        Chain,
        Conv,
        Layer,
        Linear,
        Pool,
    )
    from regrade.studies.architectures import Residual as ResidualWord

Shape = tuple[int, ...]
"""Channels, height, width; or features alone."""

FRESH = {"conv", "linear", "batch_norm"}
"""Layers whose output an activation may overwrite: their backward pass does not read it, and it
is no view of the input of a residual chain."""


class Residual(nn.Sequential):
    """A chain whose input is added to its output."""

    def forward(self, features: Tensor) -> Tensor:
        """Map features to features of the same shape."""
        return features + super().forward(features)


def build_chain(model: Chain, classes: int, image_size: int, channels: int = RGB) -> nn.Sequential:
    """Build a chain; its layers are named by their positions from 1, as in the layer table."""
    modules, _ = _build_layers(model.layers, (channels, image_size, image_size), classes)
    return nn.Sequential(modules)


def _build_layers(
    layers: Sequence[Layer], shape: Shape, classes: int
) -> tuple[OrderedDict[str, nn.Module], Shape]:
    modules: OrderedDict[str, nn.Module] = OrderedDict()
    fresh = False
    for position, layer in enumerate(layers, start=1):
        module, shape = BUILDERS[layer.kind](layer, Input(shape, classes, fresh))
        modules[str(position)] = module
        fresh = layer.kind in FRESH
    return modules, shape


class Input(NamedTuple):
    """What a layer is built for."""

    shape: Shape
    classes: int
    """Logits that the network gives."""
    fresh: bool
    """Whether the layer may overwrite its input."""


Built = tuple[nn.Module, Shape]
"""A layer, and the shape of its output."""
ACTIVATIONS: dict[str, Callable[[bool], nn.Module]] = {
    "relu": lambda fresh: nn.ReLU(inplace=fresh),
    "leaky_relu": lambda fresh: nn.LeakyReLU(inplace=fresh),
    "swish": lambda _: nn.SiLU(),  # its backward pass reads the input
    "sigmoid": lambda _: nn.Sigmoid(),
    "tanh": lambda _: nn.Tanh(),
}
"""What builds an activation that may, or may not, overwrite its input."""


def _build_conv(layer: Conv, given: Input) -> Built:
    module = nn.Conv2d(
        given.shape[0], layer.channels, layer.kernel, layer.stride, layer.padding, bias=layer.bias
    )
    sides = _sides(given.shape, layer.kernel, layer.stride, layer.padding)
    return module, (layer.channels, *sides)


def _build_linear(layer: Linear, given: Input) -> Built:
    features = given.classes if layer.features == "classes" else layer.features
    return nn.Linear(given.shape[0], features, bias=layer.bias), (features,)


def _build_batch_norm(_: BatchNorm, given: Input) -> Built:
    kind = nn.BatchNorm2d if len(given.shape) == 3 else nn.BatchNorm1d
    return kind(given.shape[0]), given.shape


def _build_activation(layer: Activation, given: Input) -> Built:
    return ACTIVATIONS[layer.kind](given.fresh), given.shape


def _build_pool(pool: Callable[[int, int], nn.Module], layer: Pool, given: Input) -> Built:
    stride = layer.stride or layer.kernel
    sides = _sides(given.shape, layer.kernel, stride, 0)
    return pool(layer.kernel, stride), (given.shape[0], *sides)


def _build_residual(layer: ResidualWord, given: Input) -> Built:
    modules, shape = _build_layers(layer.layers, given.shape, given.classes)
    return Residual(modules), shape


def _sides(shape: Shape, kernel: int, stride: int, padding: int) -> Shape:
    return tuple((side + 2 * padding - kernel) // stride + 1 for side in shape[1:])


BUILDERS: dict[str, Callable[[Any, Input], Built]] = {
    "conv": _build_conv,
    "linear": _build_linear,
    "batch_norm": _build_batch_norm,
    **dict.fromkeys(ACTIVATIONS, _build_activation),
    "max_pool": partial(_build_pool, nn.MaxPool2d),
    "average_pool": partial(_build_pool, nn.AvgPool2d),
    "flatten": lambda _, given: (nn.Flatten(), (prod(given.shape),)),
    "dropout": lambda layer, given: (nn.Dropout(layer.probability), given.shape),
    "channel_dropout": lambda layer, given: (nn.Dropout2d(layer.probability), given.shape),
    "residual": _build_residual,
}
"""What builds a layer, by the kind of its word."""
