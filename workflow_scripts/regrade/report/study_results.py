"""What figures and pages are made of: one study's published and measured values."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from regrade.errors import UserError
from regrade.grading.evaluate import evaluate_number
from regrade.grading.graded_study import GradedStudy
from regrade.grading.intervals import mean
from regrade.grading.sources import MeasuredSource
from regrade.grading.values import NotAvailable, series_of
from regrade.layout import table_file
from regrade.report.quantities import is_accuracy
from regrade.report.series import PUBLISHED, Series
from regrade.studies.expressions import Reference, quantity
from regrade.studies.resolve import ResolvedRun, default_name

Row = dict[str, Any]
"""A row of a table; an empty cell is None."""
_NUMERIC = (
    "published", "precision", "measured", "low", "high", "replicates", "share", "bar_low",
    "bar_high", "prediction_low", "prediction_high", "spread", "freedom", "seeds_needed",
    "p", "p_holm", "parameters", "macs", "published_parameters", "published_macs", "buffers",
    "trained", "recorded", "trained_replicates", "recorded_replicates", "difference", "same_bits",
    "margin",
)  # fmt: skip
_BOOLEAN = ("names_variant", "survives_holm")
"""The columns of the tables that are no text; a source such as `3.10` stays what it is."""
_READ = ("published", "measured", "low", "high", "replicates", "scale", "basis")
"""What a pair takes from a graded number."""


@dataclass(frozen=True)
class Pair:
    """A quantity of a run, published and measured."""

    run: ResolvedRun
    quantity: str
    published: float | None
    measured: float | None
    low: float | None
    high: float | None
    replicates: int | None
    scale: str | None
    basis: str | None
    """`recorded`, `trained` by the call that made the report, or both."""


class StudyResults:
    """One study with its results, its tables among them.

    Raises
    ------
    UserError
        From any method: for a result file that is missing or damaged.
    """

    def __init__(self, graded: GradedStudy) -> None:
        self.study = graded.study
        self.file = graded.file
        self.results = graded.results
        self.measurements = graded.measurements
        self.estimates = graded.estimates
        self.published = graded.published
        self.runs = self.measurements.runs
        self.by_name = {run.name: run for run in self.runs}
        self._pairs: dict[tuple[str, str], Pair] = {}

    def main(self, run: str) -> ResolvedRun:
        """Return a run in the study's default variant."""
        return self.by_name[default_name(self.study, run)]

    def others(self, run: str) -> list[ResolvedRun]:
        """Return the variants of a run beside the default one."""
        return self.other_variants(self.main(run))

    def other_variants(self, run: ResolvedRun) -> list[ResolvedRun]:
        """Return the variants of a run beside the given one."""
        return [one for one in self.measurements.variants(run.run) if one != run]

    def label(self, run: ResolvedRun, room: int = 34) -> str:
        """Name a run with as much of its title as there is room for, in characters."""
        title = self.study.runs[run.run].title
        room = max(room - len(run.name), 12)
        return f"{run.name}  {textwrap.shorten(title, room, placeholder='…')}"

    def table(self, name: str) -> list[Row]:
        """Read a table of the study: numbers, claims, complexity or errata."""
        return read_table(table_file(self.results, name, self.study.study))

    @cached_property
    def numbers(self) -> list[Row]:
        """The graded numbers."""
        return self.table("numbers")

    @cached_property
    def main_numbers(self) -> list[Row]:
        """The report's own numbers, each in the variant that it belongs to."""
        return [row for row in self.numbers if row["role"] == "primary" and self._is_main(row)]

    def _is_main(self, row: Row) -> bool:
        """Tell whether a graded number is of the default variant, or of the one it names."""
        return row["names_variant"] or self.resolved(row) == self.main(row["run"])

    def headline(self, run: ResolvedRun) -> str:
        """Return the quantity that stands for a run.

        It is the first accuracy that the report prints of it, not of the training set if it can
        be helped; without any, the best one on the set that is scored after every epoch.
        """
        found = [
            row["quantity"]
            for row in self.main_numbers
            if row["run"] == run.run and is_accuracy(row["quantity"])
        ]
        found.append(f"max({run.recipe.evaluate}_accuracy)")
        return min(found, key=lambda quantity: "train_accuracy" in quantity)

    def resolved(self, row: Row) -> ResolvedRun:
        """Return the run that a row of a table speaks of."""
        return self.by_name[f"{row['run']}-{row['variant']}" if row["variant"] else row["run"]]

    @cached_property
    def _graded(self) -> dict[tuple[str, str | None, str], Row]:
        found: dict[tuple[str, str | None, str], Row] = {}
        for row in self.numbers:
            if row["role"] == "primary":
                found.setdefault((row["run"], row["variant"], row["quantity"]), row)
        return found

    def graded_number(self, run: ResolvedRun, quantity: str) -> Row | None:
        """Return the row of numbers.csv that grades a quantity, if the report prints it."""
        return self._graded.get((run.run, run.variant, quantity))

    def pair(self, run: ResolvedRun, text: str) -> Pair:
        """Take a quantity from both sides, as it was graded where it was; an empty side is None."""
        key = (run.name, text)
        if key not in self._pairs:
            self._pairs[key] = self._pair(run, text)
        return self._pairs[key]

    def _pair(self, run: ResolvedRun, text: str) -> Pair:
        row = self.graded_number(run, text)
        if row:
            return Pair(run=run, quantity=text, **{name: row[name] for name in _READ})
        node = quantity(text, run.run, run.variant)
        try:
            published = evaluate_number(node, self.published)
        except NotAvailable:
            published = None
        sample = self.measurements.sample(node)
        try:
            values = [
                evaluate_number(node, MeasuredSource(self.measurements, seed))
                for seed in sample.seeds
            ]
        except NotAvailable:
            values = []
        spread = self.estimates.interval(node) if values else None
        return Pair(
            run=run,
            quantity=text,
            published=published,
            measured=mean(values) if values else None,
            low=spread.low if spread else None,
            high=spread.high if spread else None,
            replicates=sample.replicates if values else None,
            scale=sample.scale,
            basis=sample.basis,
        )

    def measured_curves(self, run: ResolvedRun, name: str) -> list[Series]:
        """Return a learning curve of every replicate of a run; none where there is none."""
        found = []
        for seed in self.measurements.seeds(run):
            curve = series_of(self.measurements.history(run, seed), name)
            if curve is not None:
                found.append(_series(run, f"seed {seed}", name, curve))
        return found

    def published_curve(self, run: ResolvedRun, name: str) -> list[Series]:
        """Return the published curve of a run, whichever the variant, as a list of one or none."""
        try:
            curve = self.published.series(Reference(run.run, None, name))
        except NotAvailable:
            return []
        return [_series(run, PUBLISHED, name, curve)]

    def executed_share(self, runs: Sequence[ResolvedRun]) -> tuple[float | None, bool]:
        """Return the smallest share executed at preview scale, and whether anything was measured.

        The share is None where all replicates are at full scale.
        """
        summaries = [
            self.measurements.summary(run, seed)
            for run in runs
            for seed in self.measurements.seeds(run)
        ]
        shares = [found["share"] for found in summaries if found["scale"] == "preview"]
        return min(shares, default=None), bool(summaries)


def _series(run: ResolvedRun, source: str, name: str, curve: pd.Series) -> Series:
    present = curve.dropna()
    epochs, values = tuple(map(int, present.index)), tuple(map(float, present))
    return Series(run.run, run.variant, source, name, epochs, values)


def read_table(path: Path) -> list[Row]:
    """Read a CSV; empty cells become None, and numbers numbers in the columns that hold them.

    Raises
    ------
    UserError
        When it cannot be read, or such a column holds something else.
    """
    try:
        frame = pd.read_csv(path, keep_default_na=False, na_values=[""], dtype=str)
        for column in frame.columns.intersection(list(_NUMERIC)):
            frame[column] = pd.to_numeric(frame[column])
        for column in frame.columns.intersection(list(_BOOLEAN)):
            frame[column] = frame[column].map({"True": True, "False": False})
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read: {error}") from None
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(column): value for column, value in row.items()} for row in rows]
