"""What the page of a run shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from regrade.report import formatting, svg
from regrade.report.study_page import number_line
from regrade.report.study_results import Row
from regrade.report.study_view import Cell, View
from regrade.studies.resolve import ResolvedRun

_BAR = re.compile(r"between (\S+) and (\S+): (\w+).*")
LONGEST_LOG = 60_000
"""Characters of a log that a page shows: its end."""


@dataclass(frozen=True)
class Line:
    """A quantity of the run: graded against a printed number, or not."""

    anchor: str
    """Empty in all lines of a quantity but its first."""
    name: str
    quantity: str
    published: str
    measured: str
    interval: str
    bar: str
    """What counts as the published number, and why there is no verdict where there is none."""
    row: Row
    """The graded number; empty where the report prints none."""


@dataclass(frozen=True)
class Replicate:
    """One seed of the run."""

    seed: int
    summary: dict[str, Any]
    accuracy: str
    """The best one on the set that is scored after every epoch."""
    provenance: list[tuple[str, str]]
    log: str | None


def lines(view: View, run: ResolvedRun) -> list[Line]:
    """Give every number of a run: those that the report prints, and those that displays show."""
    graded = view.graded(run)
    found = []
    for quantity in view.quantities(run):
        rows = [row for row in graded if row["quantity"] == quantity]
        entries = [_graded(view, row) for row in rows] or [_cell(view.cell(run, quantity))]
        first = view.anchor(run, quantity)
        found += [Line(first if not place else "", **entry) for place, entry in enumerate(entries)]
    return found


def _graded(view: View, row: Row) -> dict[str, Any]:
    line = number_line(view, row)
    return {
        "name": line.name, "quantity": row["quantity"], "published": line.published,
        "measured": line.measured, "interval": line.interval, "bar": _bar(row), "row": row,
    }  # fmt: skip


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "name": cell.name, "quantity": cell.quantity, "published": cell.published,
        "measured": cell.measured, "interval": cell.interval, "bar": "", "row": {},
    }  # fmt: skip


def _bar(row: Row) -> str:
    """Write the bar of a number in the units of pages."""
    rule = _BAR.fullmatch(row["rule"])
    text = row["rule"]
    if rule:
        low, high = float(rule[1]), float(rule[2])
        text = f"{formatting.interval(low, high, row['unit'])} ({rule[3]})"
    return " ".join(formatting.sentence(part) for part in (text, row["reason"]) if part)


def drawing(view: View, run: ResolvedRun, figures: Path) -> Markup | None:
    """Give the learning curves of a run."""
    label = (
        f"Learning curves of {run.name}: loss, accuracy and learning rate against the epoch;"
        " published dashed, every measured seed solid"
    )
    return svg.inline(figures / view.study.study / "runs" / f"{run.name}.svg", label)


def replicates(view: View, run: ResolvedRun) -> list[Replicate]:
    """Give the seeds of a run."""
    measured, found = view.material.measurements, []
    for seed in measured.seeds(run):
        curves = view.material.measured_curves(run, f"{run.recipe.evaluate}_accuracy")
        best = max((max(one.y) for one in curves if one.source == f"seed {seed}"), default=None)
        found.append(
            Replicate(
                seed,
                measured.summary(run, seed),
                formatting.value(best, formatting.FRACTION),
                list(_facts(measured.provenance(run, seed))),
                _read_log(measured.evidence.log(run.trained_as, seed)),
            )
        )
    return found


def _facts(provenance: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Flatten a provenance, but for the recipe, which the page shows anyway."""
    for key, value in provenance.items():
        name = f"{prefix}{key.replace('_', ' ')}"
        if key in ("recipe", "schema_version"):
            continue
        if isinstance(value, dict):
            yield from _facts(value, f"{name}: ")
        elif isinstance(value, list):
            yield name, ", ".join(map(str, value)) or "never"
        else:
            yield name, formatting.duration(value) if key == "wall_s" else str(value)


def _read_log(path: Path) -> str | None:
    if not path.is_file():
        return None
    text = path.read_text(encoding="utf-8", errors="replace").strip()
    return text if len(text) <= LONGEST_LOG else "…" + text[-LONGEST_LOG:]
