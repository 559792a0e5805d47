"""Words for what a report publishes of a run: numbers and learning curves."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, model_validator

from regrade.studies.base import SchemaModel
from regrade.studies.bounds import refusal
from regrade.studies.field_types import Decimal, HistoryColumn, Text, Unit, Variant

SIGNS = {"%": "percent", "k": "thousand", "K": "thousand", "M": "million", "B": "billion"}
"""What may follow the digits of a printed number, and the unit that it is."""
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]+)?")


def _plain_digits(printed: str, unit: str | None) -> tuple[str, str | None]:
    """Return the digits of a printed number without signs and groups, and its unit."""
    printed = printed.strip()
    if "±" in printed or "+-" in printed or "+/-" in printed:
        raise refusal(f"found printed {printed!r}: what follows ± stands in `spread`")
    signed = SIGNS.get(printed[-1:])
    if signed and unit in (None, signed, "count" if signed != "percent" else None):
        printed, unit = printed[:-1].rstrip(), signed
    elif signed and unit is not None:
        raise refusal(f"found printed {printed!r} with unit {unit!r}: the sign says {signed}")
    grouped = _GROUPED.fullmatch(printed) and unit not in ("percent", "fraction", "nats")
    return printed.replace(",", "") if grouped else printed, unit


class PublishedNumber(SchemaModel):
    """A number of the report; `38.1%`, `0.27M` and `34,826` are read as they are printed."""

    quantity: Text
    """What it is, in the words of predicates: `max(validation_accuracy)`, `parameters`."""
    printed: Decimal
    """The digits as they are printed, in quotes: their last place says how exact they are."""
    unit: Unit
    """Needed where the printed number has no sign, such as % or M."""
    rounding: Literal["rounded", "truncated", "digitised"] = "rounded"
    """How the printed number came about: it bounds the true one by its last digit."""
    uncertainty: PositiveFloat | None = None
    """Of a digitised number, in its unit."""
    runs: Annotated[int, Field(ge=2)] | None = None
    """Of a mean: over how many runs."""
    spread: PositiveFloat | None = None
    """Of a mean: the standard deviation of its runs, in its unit."""
    best_of: Annotated[int, Field(ge=2)] | None = None
    """Of the best of several runs: of how many."""
    source: Text
    """Where it stands: text, table, figure, log."""
    role: Literal["primary", "repeat", "peer", "unreported"] = "primary"
    """The report's own result, the author's repeat of it, another student's, or a result of the
    author's that the report does not give."""
    variant: Variant | None = None
    """The variant that it belongs to, where it does not belong to the evidence."""
    note: Text | None = None
    """What else is to be known of it, for readers of the file."""

    @model_validator(mode="before")
    @classmethod
    def _read_signs(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        printed, unit = data.get("printed"), data.get("unit")
        unit = "percent" if unit == "%" else unit
        if isinstance(printed, str):
            printed, unit = _plain_digits(printed, unit)
        return data | {"printed": printed} | ({"unit": unit} if unit is not None else {})


class PublishedCurve(SchemaModel):
    """A published learning curve: a CSV beside the study, columns named as in history.csv."""

    file: Text
    """Path below the folder `curves` beside the study file."""
    source: Text
    """Where it stands: figure, log."""
    first_epoch: Literal[0, 1] = 1
    """Whether the report counts its first epoch as 0 or as 1 (the file counts the same)."""
    uncertainty: Text | None = None
    """How exact the points are, where they are not printed numbers."""
    reading_error: dict[Literal["loss", "accuracy"], NonNegativeFloat] = Field(default_factory=dict)
    """How far a digitised point may lie from the true value, in nats or as a fraction."""
    truncated: list[HistoryColumn] = Field(default_factory=list)
    """Columns whose digits are cut off instead of rounded."""
    role: Literal["primary", "repeat"] = "primary"
    """The report's own, or the author's repeat of it."""


class Published(SchemaModel):
    """What the report says of a run."""

    numbers: list[PublishedNumber] = Field(default_factory=list)
    """Its single numbers."""
    curves: list[PublishedCurve] = Field(default_factory=list)
    """Its learning curves."""
