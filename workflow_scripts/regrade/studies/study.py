"""Words for study files: one published report, its runs, claims and errata."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, NonNegativeFloat

from regrade.studies.architectures import Architecture
from regrade.studies.base import SchemaModel
from regrade.studies.blocks import Block
from regrade.studies.bounds import refusal
from regrade.studies.displays import AnyDisplay
from regrade.studies.field_types import Decimal, Id, Name, Text, Unit, Variant
from regrade.studies.origins import Origin
from regrade.studies.own_datasets import DeclaredDataset
from regrade.studies.published import Published
from regrade.studies.recipe import RecipeChanges


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
    """The course that it was written for."""
    summary: Text
    """What the report asks and finds, in a few sentences."""
    sources: list[Text]
    """Where the facts of this file come from, and how they are told apart."""


WIDEST_ACCURACY = 0.5
"""Tolerance of an accuracy, as a fraction: what is wider was meant as points."""


def _as_fraction(found: float) -> float:
    if found > WIDEST_ACCURACY:
        raise refusal(f"found {found:g}: a fraction belongs here: two points are 0.02")
    return found


def _as_share(found: float) -> float:
    if found >= 1:
        raise refusal(f"found {found:g}: a share of the published value belongs here: 10 % is 0.1")
    return found


Relative = Annotated[
    NonNegativeFloat, AfterValidator(_as_share), Field(json_schema_extra={"exclusiveMaximum": 1})
]
"""A tolerance as a share of the published value; from 1 on, nothing at all would be as good."""


class Tolerances(SchemaModel):
    """How far a measured value may lie from the published one and still be the same result.

    The bar is the published value, widened by its printed precision and by this much.
    """

    accuracy: Annotated[
        NonNegativeFloat,
        AfterValidator(_as_fraction),
        Field(json_schema_extra={"maximum": WIDEST_ACCURACY}),
    ]
    """Absolute, as a fraction: 0.02 is two points."""
    loss: Relative
    """Relative to the published loss: 0.1 is 10 % of it."""
    time: Relative | None
    """Relative to the published time; null where times are shown and not graded."""
    epoch: NonNegativeFloat | None = None
    """In epochs; null where the best epoch and its like are shown and not graded."""
    reason: Text
    """Why so far and no further."""


class Run(SchemaModel):
    """One training configuration of the report."""

    model_config = ConfigDict(json_schema_extra=_may_be_inherited("title"))

    title: Text
    """What pages and figures call it."""
    recipe: RecipeChanges = RecipeChanges()
    """What differs from the protocol."""
    variants: dict[Variant, RecipeChanges] = Field(default_factory=dict)
    """Where text and evidence disagree: what differs from the recipe in either variant."""
    origins: dict[Text, Origin] = Field(default_factory=dict)
    """Where this run's settings come from, by their names: `stop`, `optimizer.learning_rate`."""
    published: Published = Published()
    """What the report says of it."""
    measure_only: Text | None = None
    """Why the run is counted and not trained, where it is not trained."""
    notes: list[Text] = Field(default_factory=list)
    """Oddities, assumptions and their reasons, shown on the page of the run."""


class Claim(SchemaModel):
    """A sentence of the report, and what it says of runs."""

    sentence: Text
    """In the report's own words, or close to them."""
    predicate: Text | None = None
    """What it says of the runs: `max(B.test_accuracy) > max(A.test_accuracy)`."""
    untestable: Text | None = None
    """Why there is no predicate, where there is none."""
    role: Literal["report", "check"] = "report"
    """Whether the report makes it, or it is a check of ours; only the report's count."""
    source: Text
    """Where it stands: page, section, table."""
    note: Text | None = None
    """How the sentence was read, where it can be read in several ways."""


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
    """A quantity, in the words of predicates."""
    to: Text | None = None
    """Of ratios, gains and percentages: what `of` is compared with."""
    printed: Decimal
    """The number; `"2"` where the words are "double"."""
    unit: Unit | None = None
    """Of values and gains: `percent` for points of accuracy; none for a bare number."""
    rounding: Literal["rounded", "truncated"] = "rounded"
    """How the printed number came about."""
    source: Text
    """Where it stands: page, section, table."""


class Erratum(SchemaModel):
    """Something wrong inside the report itself."""

    sentence: Text
    """What is wrong."""
    evidence: Text
    """How its own numbers or code show it."""
    predicate: Text | None = None
    """What shows it in numbers, where numbers can."""
    source: Text
    """Where it stands: page, section, table."""
    runs: list[Name] = Field(default_factory=list)
    """Those that it is about."""


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
    for name in ("runs", "claims", "displays", "architectures", "blocks", "datasets"):
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
    """Which report it is, and what it finds."""
    tolerances: Tolerances
    """How far a measured value may lie from the published one."""
    protocol: RecipeChanges
    """The settings that all runs share."""
    origins: dict[Text, Origin] = Field(default_factory=dict)
    """Where the protocol's settings come from, by their names: `split`, `batches.training`; and
    networks, as `model.NAME`. They hold for each run that has the protocol's value."""
    blocks: dict[Name, Block] = Field(default_factory=dict)
    """Layers under a name, with parameters, for all architectures."""
    datasets: dict[Name, DeclaredDataset] = Field(default_factory=dict)
    """Data sets of one's own."""
    architectures: Annotated[dict[Name, Architecture], Field(min_length=1)]
    """Networks under their names, which `model` gives."""
    runs: Annotated[dict[Name, Run], Field(min_length=1)]
    """Training configurations under their names, which predicates and displays give."""
    displays: dict[Id, AnyDisplay] = Field(default_factory=dict)
    """Figures and tables."""
    claims: dict[Id, Claim] = Field(default_factory=dict)
    """What the report says of its results."""
    errata: dict[Id, Erratum] = Field(default_factory=dict)
    """What is wrong inside the report."""
    stated: dict[Id, Stated] = Field(default_factory=dict)
    """What the text says of its own numbers, for the checks by arithmetic."""
    sections: list[Section] = Field(default_factory=list)
    """The order of the page; what no section names follows after the last."""
