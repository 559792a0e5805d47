"""The two sources of values: what the report says, and what one replicate gave."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from regrade.grading.measurements import Measurements
from regrade.grading.printed import Printed, read_printed, read_spread
from regrade.grading.published_curves import Curve, read_curve
from regrade.grading.spans import Band, Span
from regrade.grading.values import NotAvailable, Value, series_of
from regrade.studies.expressions import Reference, quantity
from regrade.studies.resolve import ResolvedRun, default_name
from regrade.studies.rewriting import attribute, rewrite
from regrade.studies.shares import is_share
from regrade.studies.spreads import has_spread
from regrade.studies.study import Study
from regrade.studies.vocabulary import CURVES, PER_SEED, Kind

FLOAT_BYTES = 4
"""Of a number in single precision."""
MEMORY: dict[str, Callable[[ResolvedRun], int]] = {
    "parameter_bytes": lambda run: run.cost.parameters,
    "activation_bytes": lambda run: run.cost.values * run.recipe.batches.training,
}
"""The numbers in memory, by arithmetic on the recipe."""


class PublishedSource:
    """What the report says of its runs: its own primary numbers first, then its curves.

    Numbers that name no variant, and all curves, belong to the default variant of a run.

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
        self._curves: dict[str, list[Curve]] = {}
        self._numbers: dict[str, Printed] = {}
        self._spreads: dict[str, tuple[float, Span]] = {}
        for name, run in study.runs.items():
            for number in run.published.numbers:
                if number.role == "primary":
                    key = self._key(quantity(number.quantity, name, number.variant))
                    self._numbers.setdefault(key, read_printed(number, run))
                    if number.spread:
                        value, *ends = read_spread(number)
                        self._spreads.setdefault(key, (value, Span(*ends)))

    def curves(self, run: str) -> dict[str, pd.Series]:
        """Return every curve that the report has of a run, by its name."""
        found = {}
        for name in CURVES:
            try:
                found[name] = self.series(Reference(run, None, name))
            except NotAvailable:
                continue
        return found

    def _explicit(self, wanted: Reference) -> Reference:
        """Make the default variant of a run explicit."""
        default = default_name(self._study, wanted.run).removeprefix(wanted.run)[1:]
        return replace(wanted, variant=wanted.variant or default or None)

    def _key(self, node: ast.expr) -> str:
        return ast.dump(rewrite(node, self._explicit))

    def known(self, node: ast.expr) -> Value | None:
        """Return the printed value of an expression, where the report prints it."""
        found = self._numbers.get(self._key(node))
        if found is not None:
            return found.value
        if isinstance(node, ast.Call) and has_spread(node):
            spread = self._spreads.get(self._key(node.args[0]))
            return None if spread is None else spread[0]
        error = self._error_rate(node)
        return None if error is None else 1 - error.value

    def span(self, node: ast.expr) -> Span | None:
        """Return all values that print as the report prints an expression, where it does."""
        found = self._numbers.get(self._key(node))
        if found is not None:
            return Span(*found.ends)
        if isinstance(node, ast.Call) and has_spread(node):
            spread = self._spreads.get(self._key(node.args[0]))
            return None if spread is None else spread[1]
        error = self._error_rate(node)
        return None if error is None else Span(1 - error.ends[1], 1 - error.ends[0])

    def _error_rate(self, node: ast.expr) -> Printed | None:
        """Return what the report prints in the place of an accuracy: one minus it."""
        if not is_share(node):
            return None
        return self._numbers.get(self._key(ast.BinOp(ast.Constant(1), ast.Sub(), node)))

    def value(self, wanted: Reference) -> Value:
        """Return a published curve; single numbers are for `known`."""
        return self.series(wanted)

    def series(self, wanted: Reference) -> pd.Series:
        """Return a published curve by epoch."""
        _, series = self._curve(wanted)
        return series

    def band(self, wanted: Reference) -> Band:
        """Return a published curve with what its digits, or digitising it, leave open."""
        curve, series = self._curve(wanted)
        below, above = curve.error(wanted.name)
        return Band(series - below, series + above)

    def _curve(self, wanted: Reference) -> tuple[Curve, pd.Series]:
        if wanted.attribute.kind is Kind.SERIES and self._is_default(wanted):
            for curve in self._curves_of(wanted.run):
                series = series_of(curve.frame, wanted.name)
                if series is not None:
                    return curve, series
        raise NotAvailable(f"not published: {ast.unparse(attribute(wanted, wanted.name))}")

    def _is_default(self, wanted: Reference) -> bool:
        return self._explicit(wanted) == self._explicit(replace(wanted, variant=None))

    def _curves_of(self, run: str) -> list[Curve]:
        if run not in self._curves:
            self._curves[run] = [
                read_curve(self._folder, curve)
                for curve in self._study.runs[run].published.curves
                if curve.role == "primary"
            ]
        return self._curves[run]


@dataclass(frozen=True)
class MeasuredSource:
    """What the replicates with one seed gave."""

    measurements: Measurements
    seed: int | None

    def known(self, node: ast.expr) -> None:
        """Nothing is measured but the parts of expressions."""

    def value(self, wanted: Reference) -> Value:
        """Return what a run is asked for."""
        run = self.measurements.resolved(wanted)
        value = self._look_up(run, wanted)
        if value is None:
            raise NotAvailable(f"not measured: {run.name} has no {wanted.name}")
        return value

    def _look_up(self, run: ResolvedRun, wanted: Reference) -> Value | None:
        if wanted.attribute.kind is Kind.SERIES:
            return series_of(self.measurements.history(run, self._trained_with()), wanted.name)
        if wanted.attribute.kind is Kind.HISTOGRAM:
            return self.measurements.weights(run, self._trained_with())
        if wanted.attribute.trained:
            return self._of_summary(run, wanted)
        if wanted.name in PER_SEED:
            return self.measurements.initial(run)[self._trained_with()].get(wanted.name)
        if wanted.name in MEMORY:
            return FLOAT_BYTES * MEMORY[wanted.name](run)
        value: Any = self.measurements.model(run).get(wanted.name)
        if wanted.name == "parameter_shapes":  # the file names the parameters too
            value = [shape for _, shape in value]
        return _as_tuple(value)

    def _trained_with(self) -> int:
        if self.seed is None:
            raise LookupError("what depends on a seed was asked of no replicate")
        return self.seed

    def _of_summary(self, run: ResolvedRun, wanted: Reference) -> Value | None:
        """Return a value of the summary; the loss of a replicate that diverged is infinite."""
        summary = self.measurements.summary(run, self._trained_with())
        value = _as_tuple(summary.get(wanted.name))
        has_diverged = summary["diverged_at_epoch"] is not None
        return (
            math.inf if value is None and has_diverged and wanted.name.endswith("_loss") else value
        )


def _as_tuple(value: Any) -> Any:
    """Return a list as a tuple, as expressions write it."""
    return tuple(_as_tuple(part) for part in value) if isinstance(value, list) else value
