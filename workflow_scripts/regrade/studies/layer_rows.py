"""The rows of a chain: shapes, parameters and multiply-adds of its layers, by arithmetic alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from regrade.studies.architectures import Activation, Chain, Conv, Dropout, Linear, Pool

Shape = tuple[int, ...]
"""Channels, height, width; or features alone."""


class ShapeError(ValueError):
    """A layer that does not fit its input."""


@dataclass(frozen=True)
class Row:
    """A layer of a network."""

    name: str
    """Position from 1 in the list of layers, dotted inside blocks."""
    kind: str
    output: Shape
    parameters: int = 0
    macs: int = 0
    kernel: int = 0
    """Side of a convolution's kernel."""
    in_block: bool = False
    """Whether it is a k x k convolution of a block's main path."""


def conv_side(side: int, kernel: int, stride: int, padding: int) -> int:
    """Side of a convolution's or pool's output in pixels."""
    return (side + 2 * padding - kernel) // stride + 1


def walk_chain(model: Chain, image: Shape, classes: int) -> list[Row]:
    """List the rows of a chain, whose last one must give a logit a class."""
    found = _walk(model.layers, image, classes, "")
    if found[-1].output != (classes,):
        raise ShapeError(
            f"the network gives {show(found[-1].output)}, but the data set has {classes} classes:"
            f" its last layer must give {classes} values"
        )
    return found


def show(shape: Shape) -> str:
    """Write a shape as a message shows it."""
    return " x ".join(map(str, shape))


def _walk(layers: Sequence, shape: Shape, classes: int, prefix: str) -> list[Row]:
    found: list[Row] = []
    for position, layer in enumerate(layers, start=1):
        name = f"{prefix}{position}"
        try:
            if layer.kind == "residual":
                inner = _walk(layer.layers, shape, classes, f"{name}.")
                if inner[-1].output != shape:
                    raise ShapeError(
                        f"its layers turn {show(shape)} into {show(inner[-1].output)},"
                        " which cannot be added to the input"
                    )
                found += inner
            else:
                found.append(ROWS[layer.kind](name, layer, shape, classes))
        except ShapeError as error:
            if str(error).startswith("layer "):
                raise
            raise ShapeError(
                f"layer {name} ({layer.kind}) does not fit its input {show(shape)}: {error}"
            ) from None
        shape = found[-1].output
    return found


def _row_of_conv(name: str, layer: Conv, shape: Shape, _: int) -> Row:
    inputs, side = _image(shape)
    return conv_row(
        name,
        inputs,
        layer.channels,
        side,
        layer.kernel,
        layer.stride,
        layer.padding,
        bias=layer.bias,
    )


def _row_of_linear(name: str, layer: Linear, shape: Shape, classes: int) -> Row:
    features = classes if layer.features == "classes" else layer.features
    if len(shape) != 1:
        raise ShapeError("it takes a vector; put a flatten layer before it")
    weights = shape[0] * features
    return Row(name, "linear", (features,), weights + features * layer.bias, weights)


def _row_of_pool(name: str, layer: Pool, shape: Shape, _: int) -> Row:
    channels, side = _image(shape)
    side = _positive(conv_side(side, layer.kernel, layer.stride or layer.kernel, 0))
    return Row(name, layer.kind, (channels, side, side))


def _row_of_channel_dropout(name: str, layer: Dropout, shape: Shape, _: int) -> Row:
    _image(shape)
    return Row(name, layer.kind, shape)


def _row_of_same_shape(name: str, layer: Activation | Dropout, shape: Shape, _: int) -> Row:
    return Row(name, layer.kind, shape)


ROWS: dict[str, Callable[[str, Any, Shape, int], Row]] = {
    "conv": _row_of_conv,
    "linear": _row_of_linear,
    "batch_norm": lambda name, _, shape, __: Row(name, "batch_norm", shape, 2 * shape[0]),
    **dict.fromkeys(("relu", "leaky_relu", "swish", "sigmoid", "tanh"), _row_of_same_shape),
    **dict.fromkeys(("max_pool", "average_pool"), _row_of_pool),
    "flatten": lambda name, _, shape, __: Row(name, "flatten", (prod(shape),)),
    "dropout": _row_of_same_shape,
    "channel_dropout": _row_of_channel_dropout,
}
"""The row of a layer by the kind of its word; a residual chain has a row for each of its layers."""


def _image(shape: Shape) -> tuple[int, int]:
    if len(shape) != 3:
        raise ShapeError("it takes an image (channels x height x width), not a vector")
    return shape[0], shape[1]


def _positive(side: int) -> int:
    if side < 1:
        raise ShapeError("nothing is left of the image")
    return side


def conv_row(
    name: str,
    inputs: int,
    outputs: int,
    side: int,
    kernel: int,
    stride: int = 1,
    padding: int = 0,
    *,
    bias: bool,
    groups: int = 1,
    in_block: bool = False,
) -> Row:
    """Return the row of a convolution of an image of a side."""
    out = _positive(conv_side(side, kernel, stride, padding))
    weights = inputs // groups * outputs * kernel**2
    parameters = weights + outputs * bias
    return Row(name, "conv", (outputs, out, out), parameters, weights * out**2, kernel, in_block)
