"""What the page of a run shows."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regrade.layout import report_folder
from regrade.report import comparison, formatting
from regrade.report.comparison import Comparison
from regrade.report.picture import Picture, picture
from regrade.report.study_view import View
from regrade.studies.resolve import ResolvedRun
from regrade.studies.vocabulary import FRACTION

NOT_SHOWN = ("study", "run", "seed", "recipe", "schema_version", "modules", "files")
"""What a page leaves to the file: the page shows it elsewhere, or the digest of all code."""


@dataclass(frozen=True)
class Line:
    """A quantity of the run; its anchor is empty in all lines of a quantity but the first."""

    anchor: str
    quantity: Comparison


@dataclass(frozen=True)
class Replicate:
    """One seed of the run."""

    seed: int
    summary: dict[str, Any]
    accuracy: str
    """The best one on the set that is scored after every epoch."""
    provenance: list[tuple[str, str]]
    device: str
    log: str | None
    """Its log, from the root of the report, where there is one."""
    folder: str
    """Its files, from the root of the report."""


def lines(view: View, run: ResolvedRun) -> list[Line]:
    """Return every number of a run: those that the report prints, and those of its displays."""
    graded = view.graded(run)
    found = []
    for quantity in view.quantities(run):
        shown = [view.comparison_of(row) for row in graded if row["quantity"] == quantity]
        anchor = view.anchor(run, quantity)
        for one in shown or [
            comparison.ungraded(view.results.pair(run, quantity), view.href(run, quantity))
        ]:
            found.append(Line(anchor, one))
            anchor = ""
    return found


def drawing(view: View, run: ResolvedRun, figures: Path) -> Picture | None:
    """Return the learning curves of a run."""
    label = (
        f"Learning curves of {run.name}: loss, accuracy and learning rate against the epoch;"
        " published dashed, every measured seed solid"
    )
    return picture(figures, f"{view.study.study}/runs/{run.name}.svg", label)


def replicates(view: View, run: ResolvedRun) -> list[Replicate]:
    """Return the seeds of a run."""
    measured, found = view.results.measurements, []
    evidence = measured.evidence
    root = report_folder(evidence.results)
    for seed in measured.seeds(run):
        curves = view.results.measured_curves(run, f"{run.recipe.evaluate}_accuracy")
        best = max((max(one.y) for one in curves if one.source == f"seed {seed}"), default=None)
        provenance = measured.provenance(run, seed)
        log = evidence.log(run.trained_as, seed)
        found.append(
            Replicate(
                seed=seed,
                summary=measured.summary(run, seed),
                accuracy=formatting.value(best, FRACTION),
                provenance=list(_facts(provenance)),
                device=str(provenance.get("device", "")),
                log=_from(root, log) if log.is_file() else None,
                folder=_from(root, evidence.replicate(run.trained_as, seed)),
            )
        )
    return found


def shown_by(view: View, run: ResolvedRun) -> ResolvedRun:
    """Return the first run of the study with the same network: its page lists the layers."""
    measured = view.results.measurements
    layers = measured.model(run)["layers"]
    return next(one for one in view.results.runs if measured.model(one)["layers"] == layers)


def command(view: View, run: ResolvedRun) -> str:
    """Write the command that trains this run alone, at full scale."""
    return (
        f"python -m regrade train --study {view.study.study} --run {run.trained_as} --seed 0"
        " --scale full --data torchvision --results results/full"
    )


def _facts(provenance: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Flatten what a page shows of a provenance."""
    for key, value in provenance.items():
        name = f"{prefix}{key.replace('_', ' ')}"
        if key in NOT_SHOWN:
            continue
        if isinstance(value, dict):
            yield from _facts(value, f"{name}: ")
        elif isinstance(value, list):
            yield name, ", ".join(map(_plain, value)) or "none"
        else:
            yield name, formatting.duration(value) if key == "wall_s" else str(value)


def _plain(value: Any) -> str:
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


def _from(root: Path, path: Path) -> str:
    return Path(os.path.relpath(path, root)).as_posix()
