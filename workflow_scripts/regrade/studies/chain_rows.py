"""The rows of a chain: its layers in the order of their execution, those inside others dotted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from regrade.studies.layer_rows import ROWS, Given, Row, Shape, ShapeError, show
from regrade.studies.whole_numbers import ExpressionError

if TYPE_CHECKING:
    from regrade.studies.architectures import Chain, Residual


def walk_chain(model: Chain, image: Shape, classes: int) -> list[Row]:
    """List the rows of a chain, whose last one must give a logit a class."""
    found, output = _walk(model.layers, Given(image, classes), "")
    if output != (classes,):
        raise ShapeError(
            f"the network gives {show(output)}, but the data set has {classes} classes:"
            f" its last layer must give {classes} values"
        )
    return found


Walked = tuple[list[Row], Shape]
"""The rows of a layer, and the shape of its output."""


def _walk(layers: Sequence[Any], given: Given, prefix: str) -> Walked:
    found: list[Row] = []
    shape = given.shape
    for position, layer in enumerate(layers, start=1):
        name = f"{prefix}{position}"
        try:
            rows, shape = _rows_of(name, layer, given._replace(shape=shape))
        except (ShapeError, ExpressionError) as error:
            if str(error).startswith("layer "):
                raise
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


def _walk_residual(name: str, layer: Residual, given: Given) -> Walked:
    found, output = _walk(layer.layers, given, f"{name}.")
    if output != given.shape:
        raise ShapeError(
            f"its layers turn {show(given.shape)} into {show(output)},"
            " which cannot be added to the input"
        )
    return found, output


COMPOUNDS: dict[str, Callable[[str, Any, Given], Walked]] = {
    "residual": _walk_residual,
}
"""The rows of a layer that is made of layers, by the kind of its word."""
