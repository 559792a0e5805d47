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
    """Names of the runs that it shows, in this order."""
    source: Text
    """Which figure, table or sentence it reproduces."""
    caption: Text | None = None
    """What follows the source in its caption."""


class LossAndAccuracy(Display):
    """Loss (left axis) and accuracy (right axis, 0 to 1) of one run against the epoch."""

    kind: Literal["loss_and_accuracy"]
    runs: Annotated[list[Name], Field(min_length=1, max_length=1)]
    """The name of the one run."""
    loss_limits: tuple[float, float] | None = None
    """Both ends of the loss axis; left out: those of the curves."""


class Panels(Display):
    """One panel a quantity, one line a run: how several runs compare."""

    kind: Literal["panels"]
    panels: Annotated[list[HistoryColumn], Field(min_length=1)]
    """What they show: `learning_rate`, losses and accuracies, by their names in predicates."""


class WeightHistogram(Display):
    """Histograms of all trainable parameters after the last epoch, a panel a run."""

    kind: Literal["weight_histogram"]
    bin_width: PositiveFloat
    """Width of a bin, on the axis of the weights."""
    limit: PositiveFloat
    """The axis spans -limit to limit."""


class Bars(Display):
    """One bar a run: a quantity beside its published value."""

    kind: Literal["bars"]
    quantity: Text
    """What the bars show, in the words of predicates: `max(test_accuracy)`."""


class Scatter(Display):
    """One point a run: a quantity against another."""

    kind: Literal["scatter"]
    x: Text
    """What the x axis shows, in the words of predicates: `parameters`."""
    y: Text
    """What the y axis shows, likewise."""
    logarithmic: bool = False
    """Whether the y axis is logarithmic."""


class Table(Display):
    """A table: a row a run, a column a quantity, each with published and measured value."""

    kind: Literal["table"]
    quantities: Annotated[list[Text], Field(min_length=1)]
    """What the columns show, in the words of predicates."""


AnyDisplay = Annotated[
    LossAndAccuracy | Panels | WeightHistogram | Bars | Scatter | Table,
    Field(discriminator="kind"),
]
