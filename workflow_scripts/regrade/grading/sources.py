"""The two sources of values: what the report says, and what one replicate gave."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
from scipy.stats import binom

from regrade.grading.measurements import Measurements
from regrade.grading.printed import read_printed
from regrade.grading.rewriting import attribute, rewrite
from regrade.grading.values import NotAvailable, Value, read_curves, series_of
from regrade.studies.expressions import Reference, quantity, references
from regrade.studies.resolve import ResolvedRun, default_reading
from regrade.studies.study import Study
from regrade.studies.vocabulary import PER_SEED, Kind

ScoredSet = tuple[str, str]
"""The images of one set as one run scored them: the run that was trained, and the set."""


class PublishedSource:
    """What the report says of its runs: its own primary numbers first, then its curves.

    Numbers that name no variant, and all curves, belong to the default reading of a run.

    Parameters
    ----------
    study
        The study.
    curves
        The folder that the study's curve files lie below.

    Raises
    ------
    UserError
        From any method: for a curve file that is missing or damaged.
    """

    def __init__(self, study: Study, curves: Path) -> None:
        self._study = study
        self._folder = curves
        self._frames: dict[str, list[pd.DataFrame]] = {}
        self._numbers: dict[str, float] = {}
        for name, run in study.runs.items():
            for number in run.published.numbers:
                if number.role == "primary":
                    key = self._key(quantity(number.quantity, name, number.variant))
                    self._numbers.setdefault(key, read_printed(number, run).value)

    def _reading(self, wanted: Reference) -> Reference:
        """Make the default reading of a run explicit."""
        default = default_reading(self._study, wanted.run).removeprefix(wanted.run)[1:]
        return replace(wanted, variant=wanted.variant or default or None)

    def _key(self, node: ast.expr) -> str:
        return ast.dump(rewrite(node, self._reading))

    def known(self, node: ast.expr) -> Value | None:
        """Give the printed value of an expression, where the report prints it."""
        return self._numbers.get(self._key(node))

    def value(self, wanted: Reference) -> Value:
        """Give a published curve; single numbers are for `known`."""
        if wanted.attribute.kind is Kind.SERIES and self._is_default(wanted):
            for frame in self._curves(wanted.run):
                if (series := series_of(frame, wanted.name)) is not None:
                    return series
        raise NotAvailable(f"not published: {ast.unparse(attribute(wanted, wanted.name))}")

    def _is_default(self, wanted: Reference) -> bool:
        return self._reading(wanted) == self._reading(replace(wanted, variant=None))

    def _curves(self, run: str) -> list[pd.DataFrame]:
        if run not in self._frames:
            self._frames[run] = [
                read_curves(self._folder / curve.file, curve.first_epoch)
                for curve in self._study.runs[run].published.curves
                if curve.role == "primary"
            ]
        return self._frames[run]


@dataclass(frozen=True)
class MeasuredSource:
    """What the replicates with one seed gave.

    With `shifted`, the accuracies of one run on one set are raised by their binomial standard
    error: this is how the error of a single replicate is carried through an expression.
    """

    measurements: Measurements
    seed: int | None
    shifted: ScoredSet | None = None

    def known(self, node: ast.expr) -> None:
        """Nothing is measured but the parts of expressions."""

    def value(self, wanted: Reference) -> Value:
        """Give what a run is asked for."""
        run = self.measurements.resolved(wanted)
        value = self._look_up(run, wanted)
        if value is None:
            raise NotAvailable(f"not measured: {run.name} has no {wanted.name}")
        if self.shifted and wanted.attribute.accuracy and self.shifted == scored_set(run, wanted):
            images = scored_images(self.measurements, run, wanted, self.seed)
            value = value + binom.std(images, value) / images
        return value

    def _look_up(self, run: ResolvedRun, wanted: Reference) -> Value | None:
        if wanted.attribute.kind is Kind.SERIES:
            return series_of(self.measurements.history(run, self.seed), wanted.name)
        if wanted.attribute.kind is Kind.HISTOGRAM:
            return self.measurements.weights(run, self.seed)
        if wanted.attribute.trained:
            return self.measurements.summary(run, self.seed).get(wanted.name)
        if wanted.name in PER_SEED:
            return self.measurements.initial(run)[self.seed].get(wanted.name)
        value = self.measurements.model(run).get(wanted.name)
        if wanted.name == "parameter_shapes":  # the file names the parameters too
            value = [shape for _, shape in value]
        return _as_tuple(value)


def _as_tuple(value: Value | list) -> Value:
    """Give a list as a tuple, as expressions write it."""
    return tuple(_as_tuple(part) for part in value) if isinstance(value, list) else value


def scored_set(run: ResolvedRun, wanted: Reference) -> ScoredSet:
    """Name the images whose share an accuracy is."""
    return run.trained_as, wanted.name.removeprefix("selected_").removesuffix("_accuracy")


def scored_images(
    measurements: Measurements, run: ResolvedRun, wanted: Reference, seed: int
) -> int:
    """Count the images whose share an accuracy is."""
    count = {
        "train_accuracy": "train_images",
        "selected_test_accuracy": "test_images",
        "selected_test_image_accuracy": "test_images",
        "last_test_accuracy": "test_images",
    }
    return measurements.summary(run, seed)[count.get(wanted.name, "scored_images")]


def accuracy_sets(node: ast.expr, measurements: Measurements) -> dict[ScoredSet, Reference]:
    """Give the sets of images whose accuracies an expression reads, with one reference each."""
    return {
        scored_set(measurements.resolved(wanted), wanted): wanted
        for wanted in references(node)
        if wanted.attribute.accuracy
    }
