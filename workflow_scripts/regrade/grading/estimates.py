"""What the replicates of a run say of a term: its values, its mean, its spread."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from regrade.grading.evaluate import evaluate_number
from regrade.grading.intervals import Interval, around, mean, of_single_run
from regrade.grading.measurements import Measurements
from regrade.grading.sources import MeasuredSource
from regrade.grading.spread import Pool, Spread, own_spread, pool
from regrade.grading.terms import (
    form,
    is_level,
    is_loss,
    is_random,
    is_random_reference,
    is_whole,
    of_run,
)
from regrade.grading.values import NotAvailable
from regrade.studies.expressions import Reference, references
from regrade.studies.images import dataset_of
from regrade.studies.resolve import ResolvedRun
from regrade.studies.shares import error_of
from regrade.studies.vocabulary import ATTRIBUTES, Needs


@dataclass(frozen=True)
class Estimate:
    """A term, measured."""

    runs: frozenset[str]
    """The runs that were trained."""
    values: Mapping[int | None, float]
    """By seed."""
    spread: Spread | None
    """None where nothing is known of it."""
    obstacle: str = ""
    """Why nothing is known of it, or why it is the run's own."""

    @property
    def mean(self) -> float:
        """The mean over seeds."""
        return mean(list(self.values.values()))

    @property
    def is_finite(self) -> bool:
        """Whether no replicate diverged."""
        return all(map(math.isfinite, self.values.values()))

    @property
    def known(self) -> Spread:
        """The spread, where one is known."""
        if self.spread is None:
            raise ValueError("the spread is not known")
        return self.spread

    @property
    def standard_error(self) -> float:
        """The standard error of the mean, where a spread is known."""
        return self.known.deviation / math.sqrt(len(self.values))

    def mirrored(self) -> Estimate:
        """Estimate the error rate of an accuracy: one minus it scatters as it does."""
        return replace(self, values={seed: 1 - value for seed, value in self.values.items()})

    def interval(self) -> Interval | None:
        """Return the 95 % interval of the mean; the range where a replicate diverged."""
        if len(self.values) > 1 and not self.is_finite:
            return Interval(min(self.values.values()), max(self.values.values()))
        if self.spread is None:
            return None
        return around(self.mean, self.standard_error, self.spread.freedom)

    def prediction(self) -> Interval | None:
        """Return where a single further run lies with 95 %."""
        if self.spread is None:
            return self.interval()
        deviation, freedom = self.spread.deviation, self.spread.freedom
        return of_single_run(self.mean, deviation, freedom, len(self.values))


class Estimates:
    """The terms of one study; the spread of each quantity is pooled once."""

    def __init__(self, measurements: Measurements) -> None:
        self.measurements = measurements
        self._pools: dict[tuple, Pool] = {}
        self._found: dict[str, Estimate] = {}

    def of(self, term: ast.expr) -> Estimate:
        """Estimate a term of one run.

        Raises
        ------
        NotAvailable
            When a replicate has no value of it, or may not decide anything.
        """
        key = ast.dump(term)
        if key not in self._found:
            accuracy = error_of(term)
            self._found[key] = self.of(accuracy).mirrored() if accuracy else self._estimate(term)
        return self._found[key]

    def interval(self, node: ast.expr) -> Interval | None:
        """Return the 95 % interval of what one run gives; None where it has none."""
        if not is_random(node):
            return None
        try:
            return self.of(node).interval()
        except NotAvailable:
            return None

    def _estimate(self, term: ast.expr) -> Estimate:
        sample = self.measurements.sample(term)
        if sample.obstacle:
            raise NotAvailable(sample.obstacle)
        values = {seed: self._value(term, seed) for seed in sample.seeds}
        asked = [found for found in references(term) if is_random_reference(found)]
        runs = frozenset(self.measurements.resolved(found).trained_as for found in asked)
        if not values or not all(map(math.isfinite, values.values())):
            return Estimate(runs, values, None, "" if values else "no seed in common")
        pooled = self._pool(term, asked[0]) if is_level(term) else NOT_POOLED
        found = list(values.values())
        own = own_spread(found, ast.dump(term), whole=is_whole(term))
        spread = pooled.spread(mean(found), form(term)) or own
        return Estimate(runs, values, spread, pooled.obstacle)

    def _value(self, term: ast.expr, seed: int | None) -> float:
        return evaluate_number(term, MeasuredSource(self.measurements, seed))

    def _pool(self, term: ast.expr, asked: Reference) -> Pool:
        """Pool the same quantity over all runs that score as many images of the same data set."""
        key = (form(term), *self._scored(self.measurements.resolved(asked), asked))
        if key not in self._pools:
            groups = self._groups(term, key[1:], asked)
            self._pools[key] = pool(groups, relative=is_loss(asked))
        return self._pools[key]

    def _groups(self, term: ast.expr, scored: tuple, asked: Reference) -> Iterator[list[float]]:
        trained = {run.trained_as: run for run in self.measurements.runs if not run.measure_only}
        for run in trained.values():
            asks = of_run(term, run.run, run.variant)
            sample = self.measurements.sample(asks)
            if sample.obstacle or self._scored(run, asked) != scored:
                continue
            seeds = [
                seed for seed in sample.seeds if seed is not None and not self._diverged(run, seed)
            ]
            try:
                yield [self._value(asks, seed) for seed in seeds]
            except NotAvailable:
                continue

    def _diverged(self, run: ResolvedRun, seed: int | None) -> bool:
        if seed is None:
            return False
        return self.measurements.summary(run, seed)["diverged_at_epoch"] is not None

    def _scored(self, run: ResolvedRun, asked: Reference) -> tuple[str, int]:
        """Name the images that an attribute of a run with replicates is measured on."""
        summary = self.measurements.summary(run, self.measurements.seeds(run)[0])
        return dataset_of(run.recipe).name, summary[_images(asked.name)]


NOT_POOLED = Pool(0, obstacle="it is no level of accuracy or loss, which alone are pooled")


def _images(attribute: str) -> str:
    """Name the entry of a summary that counts the images of an attribute."""
    if attribute.startswith("train_"):
        return "train_images"
    tested = attribute.startswith(("selected_", "last_"))
    if tested or ATTRIBUTES[attribute].needs is Needs.MEASURES:
        return "test_images"
    return "scored_images"
