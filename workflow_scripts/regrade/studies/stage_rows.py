"""The rows of a stage network: shapes, parameters and multiply-adds of its layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from regrade.studies.architectures import (
    BasicBlock,
    PadShortcut,
    ProjectionShortcut,
    SeparableBlock,
    Stages,
)
from regrade.studies.layer_rows import Row, Shape, ShapeError, conv_row, show


def walk_stages(model: Stages, shape: Shape, classes: int) -> list[Row]:
    """List the rows of a stage network, in the order of their execution."""
    if len(model.blocks) != len(model.channels):
        raise ShapeError(
            f"{len(model.blocks)} stages have blocks, but {len(model.channels)} have channels"
        )
    if model.block.kind == "separable" and model.shortcut.kind != "none":
        raise ShapeError("separable blocks have no shortcut: their shortcut is {kind: none}")
    stem = model.stem
    found = [
        conv_row(
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
    found = BLOCKS[block.kind](block, name, inputs, channels, side, stride)
    if stride == 1 and inputs == channels:
        return found
    return SHORTCUTS[shortcut.kind](shortcut, name, shape, found, stride) + found


def _walk_pad(_: PadShortcut, name: str, shape: Shape, block: list[Row], stride: int) -> list[Row]:
    channels = block[-1].output[0]
    if channels < shape[0]:
        raise ShapeError(f"{name}: option A cannot drop channels ({shape[0]} to {channels})")
    return []


def _walk_projection(
    word: ProjectionShortcut, name: str, shape: Shape, block: list[Row], stride: int
) -> list[Row]:
    inputs, side = shape[0], shape[1]
    channels = block[-1].output[0]
    row = conv_row(
        f"{name}.shortcut",
        inputs,
        channels,
        side,
        word.kernel,
        stride,
        (word.kernel - 1) // 2,
        bias=word.bias,
    )
    if row.output != block[-1].output:
        raise ShapeError(
            f"{name}: the shortcut gives {show(row.output)}, the block {show(block[-1].output)}"
        )
    if not word.batch_norm:
        return [row]
    norm = Row(f"{name}.shortcut.batch_norm", "batch_norm", row.output, 2 * channels)
    return [row, norm]


SHORTCUTS: dict[str, Callable[[Any, str, Shape, list[Row], int], list[Row]]] = {
    "none": lambda *_: [],
    "pad": _walk_pad,
    "projection": _walk_projection,
}
"""The rows of a shortcut between different shapes by the kind of its word: name, input, block."""


def _walk_basic(
    block: BasicBlock, name: str, inputs: int, channels: int, side: int, stride: int
) -> list[Row]:
    found: list[Row] = []
    paddings = basic_paddings(block.kernel)
    for number, (width, step, padding) in enumerate(
        zip((inputs, channels), (stride, 1), paddings, strict=True), 1
    ):
        row = conv_row(
            f"{name}.conv{number}",
            width,
            channels,
            side,
            block.kernel,
            step,
            padding,
            bias=block.bias,
        )
        side = row.output[1]
        found += [row, Row(f"{name}.batch_norm{number}", "batch_norm", row.output, 2 * channels)]
    return found


def basic_paddings(kernel: int) -> tuple[int, int]:
    """Return the padding of a basic block's two convolutions, even kernels included."""
    return kernel // 2, kernel - 1 - kernel // 2


def _walk_separable(
    block: SeparableBlock, name: str, inputs: int, channels: int, side: int, stride: int
) -> list[Row]:
    found: list[Row] = []
    for number, (width, step) in enumerate(((inputs, stride), (channels, 1)), 1):
        depthwise = conv_row(
            f"{name}.depthwise{number}",
            width,
            width,
            side,
            block.kernel,
            step,
            block.kernel // 2,
            bias=block.bias,
            groups=width,
        )
        side = depthwise.output[1]
        pointwise = conv_row(f"{name}.pointwise{number}", width, channels, side, 1, bias=block.bias)
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


BLOCKS: dict[str, Callable[[Any, str, int, int, int, int], list[Row]]] = {
    "basic": _walk_basic,
    "separable": _walk_separable,
}
"""The rows of a block by the kind of its word: its name, inputs, channels, side and stride."""
