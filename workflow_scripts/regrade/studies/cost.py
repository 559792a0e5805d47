"""Shapes, parameters and multiply-adds of an architecture, by arithmetic alone.

One MAC is one multiply-add of a convolution or linear layer; bias, batch norm and pooling are
not counted. The built torch modules are tested against these numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from regrade.studies.architectures import (
    BasicBlock,
    Chain,
    PadShortcut,
    ProjectionShortcut,
    Stages,
    Torchvision,
)

Shape = tuple[int, ...]
"""Channels, height, width; or features alone."""

TORCHVISION_COSTS = {
    "resnet18": (11_176_512, 512, 1_813_561_344),
    "resnet34": (21_284_672, 512, 3_663_249_408),
    "vgg11": (128_766_336, 4096, 7_604_994_048),
    "vgg11_bn": (128_771_840, 4096, 7_604_994_048),
    "vgg16": (134_260_544, 4096, 15_466_168_320),
    "vgg16_bn": (134_268_992, 4096, 15_466_168_320),
    "alexnet": (57_003_840, 4096, 710_092_480),
}
"""Parameters without the last layer, its inputs, MACs without it at 224 x 224 pixels."""
VALUES_PER_MAC = 2e-3
"""Numbers that torchvision's layers give for a MAC: that of a ResNet-18, the most of these."""


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


@dataclass(frozen=True)
class Cost:
    """Totals of a network."""

    parameters: int
    macs: int
    values: int
    """Numbers that the layers give for an image, the input of the next: what training keeps."""


def conv_side(side: int, kernel: int, stride: int, padding: int) -> int:
    """Side of a convolution's or pool's output in pixels."""
    return (side + 2 * padding - kernel) // stride + 1


def rows(model: Chain | Stages, image_size: int, classes: int) -> list[Row]:
    """Walk a network that is spelt out in layers.

    Raises
    ------
    ShapeError
        Naming the first layer that does not fit, and the shape that reached it.
    """
    image = (3, image_size, image_size)
    if isinstance(model, Stages):
        return _walk_stages(model, image, classes)
    found = _walk(model.layers, image, classes, "")
    if found[-1].output != (classes,):
        raise ShapeError(
            f"the network gives {_show(found[-1].output)}, but the data set has {classes} classes:"
            f" its last layer must give {classes} values"
        )
    return found


def cost(model: Chain | Stages | Torchvision, image_size: int, classes: int) -> Cost:
    """Sum parameters and MACs per image of any network.

    torchvision's models are scaled from 224 x 224 pixels: exact in parameters, an estimate in
    MACs at other sizes.
    """
    if isinstance(model, Torchvision):
        parameters, features, macs = TORCHVISION_COSTS[model.name]
        head = features * classes
        macs = macs * image_size**2 // 224**2 + head
        return Cost(parameters + head + classes, macs, int(VALUES_PER_MAC * macs))
    found = rows(model, image_size, classes)
    return Cost(
        sum(row.parameters for row in found),
        sum(row.macs for row in found),
        sum(prod(row.output) for row in found),
    )


def _show(shape: Shape) -> str:
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
                        f"its layers turn {_show(shape)} into {_show(inner[-1].output)},"
                        " which cannot be added to the input"
                    )
                found += inner
            else:
                found.append(_row(name, layer, shape, classes))
        except ShapeError as error:
            if str(error).startswith("layer "):
                raise
            raise ShapeError(
                f"layer {name} ({layer.kind}) does not fit its input {_show(shape)}: {error}"
            ) from None
        shape = found[-1].output
    return found


def _row(name: str, layer: object, shape: Shape, classes: int) -> Row:
    match layer.kind:
        case "conv":
            channels, side = _image(shape)
            return _conv_row(
                name,
                channels,
                layer.channels,
                side,
                layer.kernel,
                layer.stride,
                layer.padding,
                bias=layer.bias,
            )
        case "linear":
            features = classes if layer.features == "classes" else layer.features
            if len(shape) != 1:
                raise ShapeError("it takes a vector; put a flatten layer before it")
            weights = shape[0] * features
            return Row(name, "linear", (features,), weights + features * layer.bias, weights)
        case "max_pool" | "average_pool":
            channels, side = _image(shape)
            side = _positive(conv_side(side, layer.kernel, layer.stride or layer.kernel, 0))
            return Row(name, layer.kind, (channels, side, side))
        case "batch_norm":
            return Row(name, "batch_norm", shape, 2 * shape[0])
        case "channel_dropout":
            _image(shape)
        case "flatten":
            return Row(name, "flatten", (prod(shape),))
    return Row(name, layer.kind, shape)


def _image(shape: Shape) -> tuple[int, int]:
    if len(shape) != 3:
        raise ShapeError("it takes an image (channels x height x width), not a vector")
    return shape[0], shape[1]


def _positive(side: int) -> int:
    if side < 1:
        raise ShapeError("nothing is left of the image")
    return side


def _conv_row(
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
    out = _positive(conv_side(side, kernel, stride, padding))
    weights = inputs // groups * outputs * kernel**2
    parameters = weights + outputs * bias
    return Row(name, "conv", (outputs, out, out), parameters, weights * out**2, kernel, in_block)


def _walk_stages(model: Stages, shape: Shape, classes: int) -> list[Row]:
    if len(model.blocks) != len(model.channels):
        raise ShapeError(
            f"{len(model.blocks)} stages have blocks, but {len(model.channels)} have channels"
        )
    if model.block.kind == "separable" and model.shortcut.kind != "none":
        raise ShapeError("separable blocks have no shortcut: their shortcut is {kind: none}")
    stem = model.stem
    found = [
        _conv_row(
            "stem",
            shape[0],
            stem.channels,
            shape[1],
            stem.kernel,
            1,
            stem.kernel // 2,
            bias=stem.bias,
        )
    ]
    found.append(Row("stem.batch_norm", "batch_norm", found[-1].output, 2 * stem.channels))
    for stage, (count, channels) in enumerate(zip(model.blocks, model.channels, strict=True), 1):
        for block in range(1, count + 1):
            stride = 2 if stage > 1 and block == 1 else 1
            found += _walk_block(
                model, f"stage{stage}.block{block}", found[-1].output, channels, stride
            )
    channels = found[-1].output[0]
    found.append(Row("pool", "average_pool", (channels, 1, 1)))
    found.append(Row("flatten", "flatten", (channels,)))
    parameters = channels * classes + classes
    found.append(Row("classifier", "linear", (classes,), parameters, channels * classes))
    return found


def _walk_block(model: Stages, name: str, shape: Shape, channels: int, stride: int) -> list[Row]:
    """Rows of a block; the shortcut stands before the last batch norm, which gives the shape."""
    inputs, side = shape[0], shape[1]
    block, shortcut = model.block, model.shortcut
    make = _walk_basic if isinstance(block, BasicBlock) else _walk_separable
    found = make(block, name, inputs, channels, side, stride)
    changes = stride > 1 or inputs != channels
    if not changes or shortcut.kind == "none":
        return found
    if isinstance(shortcut, PadShortcut) and channels < inputs:
        raise ShapeError(f"{name}: option A cannot drop channels ({inputs} to {channels})")
    if isinstance(shortcut, ProjectionShortcut):
        added = [
            _conv_row(
                f"{name}.shortcut",
                inputs,
                channels,
                side,
                shortcut.kernel,
                stride,
                (shortcut.kernel - 1) // 2,
                bias=shortcut.bias,
            )
        ]
        if added[0].output != found[-1].output:
            raise ShapeError(
                f"{name}: the shortcut gives {_show(added[0].output)},"
                f" the block {_show(found[-1].output)}"
            )
        if shortcut.batch_norm:
            added.append(
                Row(f"{name}.shortcut.batch_norm", "batch_norm", added[0].output, 2 * channels)
            )
        return added + found
    return found


def _walk_basic(
    block: BasicBlock, name: str, inputs: int, channels: int, side: int, stride: int
) -> list[Row]:
    found: list[Row] = []
    paddings = basic_paddings(block.kernel)
    for number, (width, step, padding) in enumerate(
        zip((inputs, channels), (stride, 1), paddings, strict=True), 1
    ):
        row = _conv_row(
            f"{name}.conv{number}",
            width,
            channels,
            side,
            block.kernel,
            step,
            padding,
            bias=block.bias,
            in_block=True,
        )
        side = row.output[1]
        found += [row, Row(f"{name}.batch_norm{number}", "batch_norm", row.output, 2 * channels)]
    return found


def basic_paddings(kernel: int) -> tuple[int, int]:
    """Give the padding of a basic block's two convolutions, even kernels included."""
    return kernel // 2, kernel - 1 - kernel // 2


def _walk_separable(
    block: object, name: str, inputs: int, channels: int, side: int, stride: int
) -> list[Row]:
    found: list[Row] = []
    for number, (width, step) in enumerate(((inputs, stride), (channels, 1)), 1):
        depthwise = _conv_row(
            f"{name}.depthwise{number}",
            width,
            width,
            side,
            block.kernel,
            step,
            block.kernel // 2,
            bias=block.bias,
            groups=width,
            in_block=True,
        )
        side = depthwise.output[1]
        pointwise = _conv_row(
            f"{name}.pointwise{number}", width, channels, side, 1, bias=block.bias, in_block=True
        )
        found += [
            depthwise,
            Row(f"{name}.depthwise{number}.batch_norm", "batch_norm", depthwise.output, 2 * width),
            pointwise,
            Row(
                f"{name}.pointwise{number}.batch_norm",
                "batch_norm",
                pointwise.output,
                2 * channels,
            ),
        ]
    return found
