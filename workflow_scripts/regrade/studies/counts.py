"""Types of numbers in layer tables: channels, and sides of kernels, strides and paddings."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from regrade.studies.bounds import refusal
from regrade.studies.spelling import suggest
from regrade.studies.whole_numbers import ExpressionError, names_in, value_of

INPUTS = "inputs"
"""What expressions call the channels, or the features, that come in."""
CLASSES = "classes"
"""What stands for the number of classes of the data set."""
_COUNTS = f"a whole number from 1 on, `{CLASSES}` or arithmetic with `{INPUTS}` (what comes in)"
SHOWN = 80
"""Characters of a wrong value that a message shows."""


def _read_count(value: Any) -> int | str:
    whole = _whole(value, 1)
    if whole is not None:
        return whole
    if not isinstance(value, str):
        raise refusal(f"found {_shown(value)}: {_COUNTS} belongs here")
    if value == CLASSES:
        return value
    try:
        unknown = names_in(value) - {INPUTS}
        if not unknown and INPUTS not in value:
            return _read_count(value_of(value, {}))
    except ExpressionError as error:
        raise refusal(str(error)) from None
    if unknown:
        name = min(unknown)
        hint = suggest(name, [CLASSES, INPUTS])
        raise refusal(f"found {_shown(value)}, with {name!r}{hint}: {_COUNTS} belongs here")
    return value


_COUNT_SCHEMA = {"anyOf": [{"type": "integer", "exclusiveMinimum": 0}, {"type": "string"}]}
Count = Annotated[Any, PlainValidator(_read_count), WithJsonSchema(_COUNT_SCHEMA)]
"""A number of channels or features, `classes`, or arithmetic with what comes in: `inputs // 2`."""


def resolve_count(count: int | str, inputs: int, classes: int) -> int:
    """Return the number that a count stands for, once its input is known.

    Raises
    ------
    ExpressionError
        When there is none, or none from 1 on.
    """
    if count == CLASSES:
        return classes
    found = count if isinstance(count, int) else value_of(count, {INPUTS: inputs})
    if found < 1:
        raise ExpressionError(f"`{count}` is {found} where {inputs} come in: at least 1 is needed")
    return found


def _whole(value: Any, least: int) -> int | None:
    """Return a whole number that is large enough."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        return None
    return value


def _read_sides(value: Any, least: int, words: tuple[str, ...]) -> int | str | tuple[int, int]:
    if isinstance(value, str) and value in words:
        return value
    whole = _whole(value, least)
    if whole is not None:
        return whole
    if isinstance(value, list | tuple) and len(value) == 2:
        height, width = (_whole(side, least) for side in value)
        if height is not None and width is not None:
            return height, width
    named = "".join(f", `{word}`" for word in words)
    raise refusal(
        f"found {_shown(value)}: a whole number from {least} on{named}, or two of them as"
        " [height, width], belongs here"
    )


def _sides(least: int, *words: str) -> Any:
    number = {"type": "integer", "minimum": least}
    pair = {"type": "array", "items": number, "minItems": 2, "maxItems": 2}
    schema = {"anyOf": [number, pair, *[{"const": word, "type": "string"} for word in words]]}
    return Annotated[
        Any,
        PlainValidator(lambda value: _read_sides(value, least, words)),
        WithJsonSchema(schema),
    ]


Sides = _sides(1)
"""Pixels, of both sides or as [height, width]."""
SidesOrNone = _sides(0)
Padding = _sides(0, "same")
PoolKernel = _sides(1, "global")


def pair(sides: int | tuple[int, int]) -> tuple[int, int]:
    """Return height and width."""
    return (sides, sides) if isinstance(sides, int) else (sides[0], sides[1])


def _shown(value: Any) -> str:
    text = f"a {type(value).__name__}" if isinstance(value, dict | list) else repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
