"""The rows of a chain: its layers in the order of their execution, those inside others dotted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from regrade.studies.layer_rows import ROWS, Given, Row, Shape, ShapeError, show
from regrade.studies.residual_shortcuts import layers_of, require_sum
from regrade.studies.whole_numbers import ExpressionError

if TYPE_CHECKING:
    from regrade.studies import compositions as words


def walk_chain(model: words.Chain, image: Shape, classes: int) -> list[Row]:
    """List the rows of a chain, whose last one must give a logit a class."""
    found, output = walk_layers(model.layers, Given(image, classes))
    if output != (classes,):
        raise ShapeError(
            f"the network gives {show(output)}, but the data set has {classes} classes:"
            f" its last layer must give {classes} values"
        )
    return found


Walked = tuple[list[Row], Shape]
"""The rows of a layer, and the shape of its output."""


def walk_layers(layers: Sequence[Any], given: Given, prefix: str = "") -> Walked:
    """List the rows of layers, whose names are positions after a prefix."""
    found: list[Row] = []
    shape = given.shape
    for position, layer in enumerate(layers, start=1):
        name = f"{prefix}{position}"
        try:
            rows, shape = _rows_of(name, layer, given._replace(shape=shape))
        except (ShapeError, ExpressionError) as error:
            if str(error).startswith("layer "):
                raise ShapeError(str(error)) from None
            raise ShapeError(
                f"layer {name} ({layer.kind}) does not fit its input {show(shape)}: {error}"
            ) from None
        found += rows
    return found, shape


def _rows_of(name: str, layer: Any, given: Given) -> Walked:
    if layer.kind in COMPOUNDS:
        return COMPOUNDS[layer.kind](name, layer, given)
    row = ROWS[layer.kind](name, layer, given)
    return [row], row.output


def _walk_repeated(name: str, layer: words.Repeated, given: Given) -> Walked:
    if layer.repeat == 1:
        return walk_layers(layer.layers, given, f"{name}.")
    found: list[Row] = []
    for turn in range(1, layer.repeat + 1):
        rows, shape = walk_layers(layer.layers, given, f"{name}.{turn}.")
        found, given = found + rows, given._replace(shape=shape)
    return found, given.shape


def _walk_residual(name: str, layer: words.Residual, given: Given) -> Walked:
    if layer.main is None:
        found, output = walk_layers(layer.layers or [], given, f"{name}.")
        require_sum(None, given.shape, output)
        return found, output
    main, output = walk_layers(layer.main, given, f"{name}.main.")
    beside = layers_of(layer.shortcut, given.shape, output)
    shortcut, added = walk_layers(beside, given, f"{name}.shortcut.")
    require_sum(layer.shortcut, added, output)
    then, after = walk_layers(layer.then, given._replace(shape=output), f"{name}.then.")
    return main + shortcut + then, after


def _walk_concat(name: str, layer: words.Concat, given: Given) -> Walked:
    found: list[Row] = []
    outputs: list[Shape] = []
    for number, branch in enumerate(layer.branches, start=1):
        rows, output = walk_layers(branch, given, f"{name}.branch{number}.")
        found += rows
        outputs.append(output)
    if len({output[1:] for output in outputs}) > 1:
        shown = ", ".join(map(show, outputs))
        raise ShapeError(f"its branches give {shown}: they may differ in channels alone")
    joined = (sum(output[0] for output in outputs), *outputs[0][1:])
    return [*found, Row(name, "concat", joined)], joined


def _walk_scale(name: str, layer: words.Scale, given: Given) -> Walked:
    found, gate = walk_layers(layer.layers, given, f"{name}.gate.")
    channels, *sides = given.shape
    allowed = [given.shape, (channels,), (channels, *[1] * len(sides)), (1, *sides)]
    if gate not in allowed:
        shown = ", ".join(dict.fromkeys(map(show, allowed)))
        raise ShapeError(
            f"its layers give {show(gate)}, which cannot scale the input; allowed: {shown}"
        )
    return [*found, Row(name, "scale", given.shape)], given.shape


COMPOUNDS: dict[str, Callable[[str, Any, Given], Walked]] = {
    "sequence": _walk_repeated,
    "residual": _walk_residual,
    "concat": _walk_concat,
    "scale": _walk_scale,
}
"""The rows of a layer that is made of layers, by the kind of its word."""
