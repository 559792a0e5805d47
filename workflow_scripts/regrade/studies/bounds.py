"""Types of numbers that several words share."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic_core import PydanticCustomError

NonNegativeInt = Annotated[int, Field(ge=0)]
BelowOne = Annotated[float, Field(ge=0, lt=1)]
ClosedProbability = Annotated[float, Field(ge=0, le=1)]


def refusal(text: str) -> PydanticCustomError:
    """Return an error that says exactly this text."""
    return PydanticCustomError("value_error", "{text}", {"text": text})
