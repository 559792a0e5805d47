"""Types that several words share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field, PositiveFloat
from pydantic_core import PydanticCustomError

from regrade.studies.vocabulary import ATTRIBUTES, CURVES, Unit

NonNegativeInt = Annotated[int, Field(ge=0)]
BelowOne = Annotated[float, Field(ge=0, lt=1)]
ClosedProbability = Annotated[float, Field(ge=0, le=1)]
Share = Annotated[float, Field(gt=0, lt=1)]
ByteValue = Annotated[int, Field(ge=0, le=255)]
if TYPE_CHECKING:
    Measured = str
else:
    Measured = Literal[*(name for name in CURVES if ATTRIBUTES[name].unit is not Unit.PLAIN)]
"""A loss or an accuracy that is measured after every epoch."""


def refusal(text: str) -> PydanticCustomError:
    """Return an error that says exactly this text."""
    return PydanticCustomError("value_error", "{text}", {"text": text})


def _grows(found: tuple[float, float]) -> tuple[float, float]:
    if found[0] > found[1]:
        raise refusal(f"found {list(found)}: the smaller number belongs first")
    return found


Range = Annotated[tuple[PositiveFloat, PositiveFloat], AfterValidator(_grows)]
"""From the first number to the second, both above 0."""
