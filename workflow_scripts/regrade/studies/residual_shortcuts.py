"""What a residual's shortcut is, once the shapes on both sides of it are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from regrade.studies.layer_rows import Shape, ShapeError, image_of, show
from regrade.studies.layers import BatchNorm, Conv

if TYPE_CHECKING:
    from regrade.studies.shortcuts import ProjectionShortcut


def stride_of(shape: Shape, output: Shape) -> int:
    """Return the stride that makes the one image as small as the other."""
    inputs, outputs = image_of(shape)[1:], image_of(output)[1:]
    stride = -(-inputs[0] // outputs[0])
    if tuple(-(-side // stride) for side in inputs) != outputs:
        raise ShapeError(f"no stride makes {show(outputs)} pixels of {show(inputs)}")
    return stride


def _projection(word: ProjectionShortcut, shape: Shape, output: Shape) -> list[Any]:
    if shape == output:
        return []
    conv = Conv(
        kind="conv",
        channels=output[0],
        kernel=word.kernel,
        stride=stride_of(shape, output),
        padding=(word.kernel - 1) // 2,
        bias=word.bias,
    )
    return [conv, *[BatchNorm(kind="batch_norm")] * word.batch_norm]


LAYERS: dict[str, Callable[[Any, Shape, Shape], Sequence[Any]]] = {
    "none": lambda *_: [],
    "identity": lambda *_: [],
    "matching": lambda *_: [],
    "projection": _projection,
    "pad": lambda *_: [],
    "layers": lambda word, *_: word.layers,
}
"""The layers of a shortcut by the kind of its word, between an input and an output."""


def layers_of(word: Any, shape: Shape, output: Shape) -> Sequence[Any]:
    """Return the layers of a shortcut; none where the input itself, or nothing, is added."""
    return [] if word is None else LAYERS[word.kind](word, shape, output)


def adds(word: Any, shape: Shape, output: Shape) -> bool:
    """Whether anything is added at all."""
    if word is None:
        return True
    return word.kind != "none" and (word.kind != "matching" or shape == output)


def padding_of(shape: Shape, output: Shape) -> tuple[int, int]:
    """Return the zero channels and the stride of ResNet's option A."""
    if output[0] < shape[0]:
        raise ShapeError(f"option A cannot drop channels ({shape[0]} to {output[0]})")
    return output[0] - shape[0], stride_of(shape, output)


def require_sum(word: Any, added: Shape, output: Shape) -> None:
    """Refuse a sum of different shapes."""
    if word is not None and word.kind == "pad":
        padding_of(added, output)
    elif not adds(word, added, output) or added == output:
        return
    elif word is None or word.kind == "identity":
        raise ShapeError(
            f"its layers turn {show(added)} into {show(output)}, which cannot be added to the"
            " input; `shortcut: projection` could"
        )
    else:
        raise ShapeError(f"its shortcut gives {show(added)}, its main path {show(output)}")
