"""Quantities of runs, reckoned anew from the long table of exported results."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from regrade.grading.evaluate import evaluate_number
from regrade.grading.intervals import mean
from regrade.grading.values import NotAvailable, Value
from regrade.studies.expressions import Reference, quantity, references
from regrade.studies.resolve import resolved_name
from regrade.studies.study import Study
from regrade.studies.vocabulary import PER_SEED, Kind


@dataclass
class LongTable:
    """The rows of one study."""

    study: Study
    rows: pd.DataFrame

    @cached_property
    def _groups(self) -> dict[tuple, pd.DataFrame]:
        names = self.rows["run"].where(
            self.rows["variant"] == "", self.rows["run"] + "-" + self.rows["variant"]
        )
        return dict(list(self.rows.groupby([names, self.rows["quantity"]])))  # type: ignore[arg-type]

    def of(self, wanted: Reference) -> pd.DataFrame:
        """Return the rows of what a run is asked for."""
        name = resolved_name(self.study, wanted.run, wanted.variant)
        found = self._groups.get((name, wanted.name))
        if found is None:
            raise NotAvailable(f"the table has no {wanted.name} of {name}")
        return found

    def measured(self, text: str, run: str, variant: str | None) -> float:
        """Return the mean of a quantity of a run over the seeds that all its parts have."""
        node = quantity(text, run, variant)
        depends = [
            set(self.of(wanted)["seed"])
            for wanted in references(node)
            if wanted.attribute.trained or wanted.name in PER_SEED
        ]
        seeds: list[Any] = sorted(set.intersection(*depends)) if depends else [None]
        return mean([evaluate_number(node, _OfSeed(self, seed)) for seed in seeds])


@dataclass(frozen=True)
class _OfSeed:
    table: LongTable
    seed: float | None

    def known(self, node: ast.expr) -> None:
        """Nothing is known but the parts of expressions."""

    def value(self, wanted: Reference) -> Value:
        """Return a value of the table, or a curve by epoch."""
        rows = self.table.of(wanted)
        own = rows[rows["seed"].isna() | (rows["seed"] == self.seed)]
        if wanted.attribute.kind is Kind.SERIES:
            return pd.Series(own["value"].to_numpy(float), index=own["epoch"].to_numpy(int))
        (value,) = own["value"]
        return value
