"""Words for study files: one published report, its runs, numbers, figures, claims and errata."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    ConfigDict,
    Field,
    NonNegativeFloat,
    PositiveFloat,
    StringConstraints,
    model_validator,
)

from regrade.studies import forms
from regrade.studies.architectures import Architecture
from regrade.studies.base import SchemaModel
from regrade.studies.blocks import Block
from regrade.studies.recipe import RecipeChanges
from regrade.studies.vocabulary import CURVES, PRINTED_UNITS

Name = Annotated[str, StringConstraints(pattern=forms.NAME)]
"""The name of a run or architecture: a letter, then letters, digits and underscores."""
Id = Annotated[str, StringConstraints(pattern=forms.ID)]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Variant = Literal["as-told", "as-run"]
Decimal = Annotated[str, StringConstraints(pattern=forms.DECIMAL)]
"""A number as it is printed, in quotes, so that its last zeros count."""

if TYPE_CHECKING:
    Unit = str
    HistoryColumn = str
else:
    Unit = Literal[*PRINTED_UNITS]
    HistoryColumn = Literal[*CURVES]


def _may_be_inherited(key: str) -> Callable[[dict[str, Any]], None]:
    """Let editors do without a key, which a file that extends an assignment inherits."""

    def change(schema: dict[str, Any]) -> None:
        schema["required"] = [name for name in schema["required"] if name != key]

    return change


class Report(SchemaModel):
    """The published report."""

    model_config = ConfigDict(json_schema_extra=_may_be_inherited("course"))

    title: Text
    author: Text
    course: Text
    summary: Text
    """What the report asks and finds, in a few sentences."""
    sources: list[Text]
    """Where the facts of this file come from, and how they are told apart."""


class Tolerances(SchemaModel):
    """How far a measured value may lie from the published one and still be the same result.

    The bar is the published value, widened by its printed precision and by this much.
    """

    accuracy: NonNegativeFloat
    """Absolute, as a fraction: 0.02 is two points."""
    loss: NonNegativeFloat
    """Relative to the published loss."""
    time: NonNegativeFloat | None
    """Relative to the published time; null where times are shown and not graded."""
    epoch: NonNegativeFloat | None = None
    """In epochs; null where the best epoch and its like are shown and not graded."""
    reason: Text


class PublishedNumber(SchemaModel):
    """A number of the report; `38.1%` and the unit `%` are percent."""

    quantity: Text
    """What it is, in the words of predicates: `max(validation_accuracy)`, `parameters`."""
    printed: Decimal
    unit: Unit
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

    @model_validator(mode="before")
    @classmethod
    def _read_percent_signs(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        printed, unit = data.get("printed"), data.get("unit")
        unit = "percent" if unit == "%" else unit
        if isinstance(printed, str) and printed.endswith("%") and unit in (None, "percent"):
            return data | {"printed": printed[:-1].rstrip(), "unit": "percent"}
        return data | {"unit": unit} if "unit" in data else data


class PublishedCurve(SchemaModel):
    """A published learning curve: a CSV beside the study, columns named as in history.csv."""

    file: Text
    """Path below `studies/curves/`."""
    source: Text
    first_epoch: Literal[0, 1] = 1
    """Whether the report counts its first epoch as 0 or as 1 (the file counts the same)."""
    uncertainty: Text | None = None
    """How exact the points are, where they are not printed numbers."""
    reading_error: dict[Literal["loss", "accuracy"], NonNegativeFloat] = Field(default_factory=dict)
    """How far a digitised point may lie from the true value, in nats or as a fraction."""
    truncated: list[HistoryColumn] = Field(default_factory=list)
    """Columns whose digits are cut off instead of rounded."""
    role: Literal["primary", "repeat"] = "primary"


class Published(SchemaModel):
    """What the report says of a run."""

    numbers: list[PublishedNumber] = Field(default_factory=list)
    curves: list[PublishedCurve] = Field(default_factory=list)


class Run(SchemaModel):
    """One training configuration of the report."""

    model_config = ConfigDict(json_schema_extra=_may_be_inherited("title"))

    title: Text
    recipe: RecipeChanges = RecipeChanges()
    """What differs from the protocol."""
    variants: dict[Variant, RecipeChanges] = Field(default_factory=dict)
    """Where text and evidence disagree: what differs from the recipe in either variant."""
    published: Published = Published()
    measure_only: Text | None = None
    """Why the run is counted and not trained, where it is not trained."""
    notes: list[Text] = Field(default_factory=list)
    """Oddities, assumptions and their reasons, shown on the page of the run."""


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


class Claim(SchemaModel):
    """A sentence of the report, and what it says of runs."""

    sentence: Text
    predicate: Text | None = None
    untestable: Text | None = None
    """Why there is no predicate, where there is none."""
    role: Literal["report", "check"] = "report"
    """Whether the report makes it, or it is a check of ours; only the report's count."""
    source: Text
    note: Text | None = None


class Stated(SchemaModel):
    """A size that the report states of its numbers, in words or in passing: "ten times fewer"."""

    words: Text
    """What it says, in its own words."""
    run: Name
    """The run that it is about."""
    kind: Literal["value", "ratio", "gain", "percent", "megabytes"]
    """What `printed` is: `of` itself; `of / to`; `of - to`; how far `of` lies above `to`, in
    percent of `to`; or the size of `of` parameters in single precision, in megabytes."""
    of: Text
    to: Text | None = None
    """Of ratios, gains and percentages: what `of` is compared with."""
    printed: Decimal
    """The number; `"2"` where the words are "double"."""
    unit: Unit | None = None
    """Of values and gains: `percent` for points of accuracy; none for a bare number."""
    rounding: Literal["rounded", "truncated"] = "rounded"
    source: Text


class Erratum(SchemaModel):
    """Something wrong inside the report itself."""

    sentence: Text
    """What is wrong."""
    evidence: Text
    """How its own numbers or code show it."""
    predicate: Text | None = None
    """What shows it in numbers, where numbers can."""
    source: Text
    runs: list[Name] = Field(default_factory=list)


class Section(SchemaModel):
    """A part of the report, such as a problem of the homework: its page follows this order."""

    title: Text
    displays: list[Text] = Field(default_factory=list)
    """Names of its figures and tables, or shell patterns of them: `fig*`."""
    claims: list[Text] = Field(default_factory=list)
    """Ids of its claims, or shell patterns of them: `tf1.*`."""


def _for_editors(schema: dict[str, Any]) -> None:
    """Ask less of a file that extends an assignment, which gives what it leaves out."""
    own = ["study", "report"]
    inherited = [key for key in schema["required"] if key not in own]
    schema |= {"required": own, "if": {"required": ["extends"]}, "else": {"required": inherited}}
    for name in ("runs", "claims", "displays", "architectures", "blocks"):
        entries = schema["properties"][name]["patternProperties"]
        for pattern, entry in entries.items():
            entries[pattern] = {"anyOf": [entry, {"type": "null"}]}


class Study(SchemaModel):
    """One published report."""

    model_config = ConfigDict(json_schema_extra=_for_editors)

    study: Name
    """The file's own name."""
    extends: Text | None = None
    """The file of an assignment, from this file's folder: its protocol, runs, figures and claims
    are this report's too, where this file says nothing else; null leaves one of them out."""
    report: Report
    tolerances: Tolerances
    protocol: RecipeChanges
    """The settings that all runs share."""
    blocks: dict[Name, Block] = Field(default_factory=dict)
    """Layers under a name, with parameters, for all architectures."""
    architectures: Annotated[dict[Name, Architecture], Field(min_length=1)]
    runs: Annotated[dict[Name, Run], Field(min_length=1)]
    displays: dict[Id, AnyDisplay] = Field(default_factory=dict)
    """Figures and tables."""
    claims: dict[Id, Claim] = Field(default_factory=dict)
    errata: dict[Id, Erratum] = Field(default_factory=dict)
    stated: dict[Id, Stated] = Field(default_factory=dict)
    """What the text says of its own numbers, for the checks by arithmetic."""
    sections: list[Section] = Field(default_factory=list)
    """The order of the page; what no section names follows after the last."""
