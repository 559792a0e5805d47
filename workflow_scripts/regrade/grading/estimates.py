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
from regrade.grading.spread import FEWEST_EQUAL, FEWEST_SEEDS, Pool, Spread, own_spread, pool
from regrade.grading.terms import (
    form,
    is_level,
    is_loss,
    is_random,
    is_random_reference,
    of_run,
    step,
)
from regrade.grading.values import NotAvailable
from regrade.studies.expressions import Reference, references
from regrade.studies.images import dataset_of
from regrade.studies.resolve import ResolvedRun
from regrade.studies.shares import error_of
from regrade.studies.vocabulary import ATTRIBUTES, Needs

FEWEST_INFINITE = 3
"""Replicates, of which some are infinite, whose range stands for an interval."""


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
        """Whether all values are finite."""
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

    @property
    def seeds_needed(self) -> int:
        """The seeds with which it would have an interval, where it has none."""
        if len(self.values) == 1 and self.is_finite:
            return FEWEST_SEEDS
        return FEWEST_EQUAL if self.is_finite else FEWEST_INFINITE

    def interval(self) -> Interval | None:
        """Return the 95 % interval of the mean; the range where replicates are infinite."""
        if not self.is_finite:
            values = list(self.values.values())
            enough = len(values) >= FEWEST_INFINITE
            return Interval(min(values), max(values)) if enough else None
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
        if not values:
            raise NotAvailable(f"no seed is common to the replicates of {ast.unparse(term)}")
        found = list(values.values())
        if not all(map(math.isfinite, found)):
            return Estimate(runs, values, None)
        own = own_spread(found, ast.dump(term), step(term))
        if not is_level(term):
            return Estimate(runs, values, own, NO_LEVEL)
        run = self.measurements.resolved(asked[0])
        if any(self._diverged(run, seed) for seed in sample.seeds):
            return Estimate(runs, values, own, "one of its replicates diverged")
        key = (form(term), *self._scored(run, asked[0]))
        pooled = self._pool(term, key, asked[0])
        spread = pooled.spread(run.trained_as, mean(found), " ".join(map(str, key)))
        return Estimate(runs, values, spread or own, pooled.why_not(run.trained_as))

    def _value(self, term: ast.expr, seed: int | None) -> float:
        return evaluate_number(term, MeasuredSource(self.measurements, seed))

    def _pool(self, term: ast.expr, key: tuple[str, str, int], asked: Reference) -> Pool:
        """Pool the same quantity over all runs that score as many images of the same data set."""
        if key not in self._pools:
            groups = dict(self._groups(term, key[1:], asked))
            self._pools[key] = pool(groups, relative=is_loss(asked))
        return self._pools[key]

    def _groups(
        self, term: ast.expr, scored: tuple, asked: Reference
    ) -> Iterator[tuple[str, list[float]]]:
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
                yield run.trained_as, [self._value(asks, seed) for seed in seeds]
            except NotAvailable:
                continue

    def _diverged(self, run: ResolvedRun, seed: int | None) -> bool:
        if seed is None:
            return False
        return self.measurements.summary(run, seed)["diverged_at_epoch"] is not None

    def _scored(self, run: ResolvedRun, asked: Reference) -> tuple[str, int]:
        """Name the images that an attribute of a run with replicates is measured on."""
        summary = self.measurements.summary(run, self.measurements.seeds(run)[0])
        return dataset_of(run.recipe).name, summary[_images(asked.name, run.recipe.evaluate)]


NO_LEVEL = "it is no level of accuracy or loss, which alone are pooled"
"""Why a quantity has no pool."""


def _images(attribute: str, evaluate: str) -> str:
    """Name the entry of a summary that counts the images of an attribute.

    Parameters
    ----------
    attribute
        What is asked.
    evaluate
        The set that the recipe scores after every epoch.
    """
    if attribute.startswith("train_"):
        return "train_images"
    tested = attribute.startswith(("selected_", "last_"))
    also_tested = attribute.startswith("test_") and evaluate != "test"
    if tested or also_tested or ATTRIBUTES[attribute].needs is Needs.MEASURES:
        return "test_images"
    return "scored_images"
