"""Words for the figures and tables of a report."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat

from regrade.studies.base import SchemaModel
from regrade.studies.field_types import HistoryColumn, Name, Text


class Display(SchemaModel):
    """A figure or table of the report, or one that its text asks for."""

    title: Text
    runs: Annotated[list[Name], Field(min_length=1)]
    source: Text
    """Which figure, table or sentence it reproduces."""
    caption: Text | None = None


class LossAndAccuracy(Display):
    """Loss (left axis) and accuracy (right axis, 0 to 1) of one run against the epoch."""

    kind: Literal["loss_and_accuracy"]
    runs: Annotated[list[Name], Field(min_length=1, max_length=1)]
    loss_limits: tuple[float, float] | None = None


class Panels(Display):
    """One panel a quantity, one line a run: how several runs compare."""

    kind: Literal["panels"]
    panels: Annotated[list[HistoryColumn], Field(min_length=1)]


class WeightHistogram(Display):
    """Histograms of all trainable parameters after the last epoch, a panel a run."""

    kind: Literal["weight_histogram"]
    bin_width: PositiveFloat
    limit: PositiveFloat
    """The axis spans -limit to limit."""


class Bars(Display):
    """One bar a run: a quantity beside its published value."""

    kind: Literal["bars"]
    quantity: Text


class Scatter(Display):
    """One point a run: a quantity against another."""

    kind: Literal["scatter"]
    x: Text
    y: Text
    logarithmic: bool = False
    """Whether the y axis is logarithmic."""


class Table(Display):
    """A table: a row a run, a column a quantity, each with published and measured value."""

    kind: Literal["table"]
    quantities: Annotated[list[Text], Field(min_length=1)]


AnyDisplay = Annotated[
    LossAndAccuracy | Panels | WeightHistogram | Bars | Scatter | Table,
    Field(discriminator="kind"),
]
