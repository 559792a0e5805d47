"""Plain chains of layers, with residual chains inside them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING

from torch import Tensor, nn

if TYPE_CHECKING:
    from regrade.studies.architectures import Chain, Layer

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


def build_chain(model: Chain, classes: int, image_size: int) -> nn.Sequential:
    """Build a chain; its layers are named by their positions from 1, as in the layer table."""
    modules, _ = _build_layers(model.layers, (3, image_size, image_size), classes)
    return nn.Sequential(modules)


def _build_layers(
    layers: Sequence[Layer], shape: Shape, classes: int
) -> tuple[OrderedDict[str, nn.Module], Shape]:
    modules: OrderedDict[str, nn.Module] = OrderedDict()
    fresh = False
    for position, layer in enumerate(layers, start=1):
        module, shape = _build_layer(layer, shape, classes, inplace=fresh)
        modules[str(position)] = module
        fresh = layer.kind in FRESH
    return modules, shape


def _build_layer(
    layer: Layer, shape: Shape, classes: int, *, inplace: bool
) -> tuple[nn.Module, Shape]:
    """Build a layer for an input of the given shape; give it with the shape of its output."""
    match layer.kind:
        case "conv":
            sides = _sides(shape, layer.kernel, layer.stride, layer.padding)
            module = nn.Conv2d(
                shape[0], layer.channels, layer.kernel, layer.stride, layer.padding, bias=layer.bias
            )
            return module, (layer.channels, *sides)
        case "max_pool" | "average_pool":
            pool = nn.MaxPool2d if layer.kind == "max_pool" else nn.AvgPool2d
            stride = layer.stride or layer.kernel
            return pool(layer.kernel, stride), (shape[0], *_sides(shape, layer.kernel, stride, 0))
        case "linear":
            features = classes if layer.features == "classes" else layer.features
            return nn.Linear(shape[0], features, bias=layer.bias), (features,)
        case "flatten":
            return nn.Flatten(), (prod(shape),)
        case "residual":
            modules, shape = _build_layers(layer.layers, shape, classes)
            return Residual(modules), shape
        case "batch_norm":
            return (nn.BatchNorm2d if len(shape) == 3 else nn.BatchNorm1d)(shape[0]), shape
        case "dropout":
            return nn.Dropout(layer.probability), shape
        case "channel_dropout":
            return nn.Dropout2d(layer.probability), shape
    return _build_activation(layer.kind, inplace=inplace), shape


def _build_activation(kind: str, *, inplace: bool) -> nn.Module:
    match kind:
        case "relu":
            return nn.ReLU(inplace=inplace)
        case "leaky_relu":
            return nn.LeakyReLU(inplace=inplace)
        case "swish":
            return nn.SiLU()  # its backward pass reads the input
        case "sigmoid":
            return nn.Sigmoid()
        case "tanh":
            return nn.Tanh()
    raise ValueError(f"no layer of the kind {kind!r}")


def _sides(shape: Shape, kernel: int, stride: int, padding: int) -> Shape:
    return tuple((side + 2 * padding - kernel) // stride + 1 for side in shape[1:])
