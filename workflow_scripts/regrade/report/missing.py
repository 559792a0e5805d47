"""What nothing can be judged by yet, and how long its training would take."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import cached_property

from regrade.report.quantities import in_words
from regrade.report.study_results import StudyResults
from regrade.studies.budget import budget
from regrade.studies.expressions import quantity, references
from regrade.studies.resolve import ResolvedRun
from regrade.studies.training_time import REPLICATES, thread_seconds

NAMED = 6
"""Runs that a sentence names; of more it tells the number."""
_UNITS = ((48 * 3600, 86400, "days"), (5400, 3600, "h"), (90, 60, "min"), (0, 1, "s"))
"""From how many seconds on, the unit in seconds, and its name."""


class Missing:
    """What is missing of a study's replicates."""

    def __init__(self, results: StudyResults) -> None:
        self.results = results

    @cached_property
    def _states(self) -> dict[str, str]:
        """Runs that still have to be trained, and what there is of them.

        Left out are those that are only counted, and those that could not be trained: why not is
        told with them.
        """
        measured, found = self.results.measurements, {}
        for run in self.results.runs:
            if not run.measure_only and not measured.deciding_seeds(run):
                if measured.seeds(run):
                    found[run.name] = "only previewed"
                elif not measured.evidence.seeds(run.trained_as):
                    found[run.name] = "not trained"
        return found

    def of_run(self, run: ResolvedRun) -> str:
        """Tell what a run waits for; nothing where it waits for nothing."""
        if run.name not in self._states:
            return ""
        return f"{self._states[run.name]}: {REPLICATES} replicates, {about(full_seconds([run]))}"

    def of_number(self, run: ResolvedRun, text: str) -> str:
        """Tell what a quantity of a run waits for; nothing where training does not change it."""
        if run.name in self._states and self._untrained(quantity(text, run.run, run.variant)):
            return self.of_run(run)
        return ""

    def of_claim(self, predicate: ast.expr) -> str:
        """Tell which replicates a claim waits for; nothing where it waits for none."""
        runs = self._untrained(predicate)
        if not runs:
            return ""
        names = [run.name for run in runs]
        told = in_words(names) if len(names) <= NAMED else f"{len(names)} runs"
        each = "" if len(names) == 1 else " each"
        return f"{REPLICATES} full replicates{each} of {told}: {about(full_seconds(runs))}"

    def _untrained(self, node: ast.expr) -> list[ResolvedRun]:
        """Return the runs of an expression that still have to be trained, each recipe once."""
        resolved = self.results.measurements.resolved
        asked = (resolved(one) for one in references(node) if one.attribute.trained)
        names = dict.fromkeys(run.trained_as for run in asked if run.name in self._states)
        return [self.results.by_name[name] for name in names]


def full_seconds(runs: Sequence[ResolvedRun]) -> float:
    """Reckon the time of all replicates of some runs, whole, one after another on a thread."""
    return REPLICATES * sum(one_replicate(run) for run in runs)


def one_replicate(run: ResolvedRun) -> float:
    """Reckon the time of one replicate, whole, on one thread of a CPU."""
    return thread_seconds(run, budget(run, "full"))


def about(seconds: float) -> str:
    """Write a time that is only reckoned: two digits, and what it is the time of."""
    size, name = next((size, name) for least, size, name in _UNITS if seconds >= least)
    rounded = float(f"{seconds / size:.2g}")
    number = f"{rounded:,.{1 if rounded < 10 else 0}f}".removesuffix(".0")
    return f"about {number} {name} on one thread"
