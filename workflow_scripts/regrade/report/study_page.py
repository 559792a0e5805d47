"""What the page of a study shows, part by part of the report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from regrade.report import quantities
from regrade.report.comparison import Comparison
from regrade.report.picture import ACCURACIES, Picture, is_figure, picture
from regrade.report.study_results import Row
from regrade.report.study_view import View
from regrade.studies.displays import AnyDisplay, Table
from regrade.studies.resolve import ResolvedRun
from regrade.studies.sections import parts


@dataclass(frozen=True)
class RunLine:
    """A line of the table of runs."""

    run: ResolvedRun
    title: str
    repeats: ResolvedRun | None
    """The run whose recipe it repeats, and whose replicates it shows."""
    parameters: Comparison
    headline: Comparison


@dataclass(frozen=True)
class Column:
    """A quantity of a table."""

    name: str
    is_graded: bool
    """Whether the report prints it of any run, so that there are verdicts."""


@dataclass(frozen=True)
class Shown:
    """A figure or table."""

    name: str
    display: AnyDisplay
    picture: Picture | None
    csv: str
    """The numbers behind a figure, from the root of the report."""
    runs: list[ResolvedRun]
    columns: list[Column]
    lines: list[tuple[ResolvedRun, str, list[Comparison]]]


@dataclass(frozen=True)
class ShownPart:
    """A part of the report: its figures and tables, and the claims beneath them."""

    anchor: str
    title: str
    displays: list[Shown]
    claims: list[Row]


def run_lines(view: View) -> list[RunLine]:
    """Return a line for every run in every variant."""
    return [
        RunLine(
            run,
            view.study.runs[run.run].title,
            view.results.by_name[run.trained_as] if run.trained_as != run.name else None,
            view.comparison(run, "parameters"),
            view.comparison(run, view.results.headline(run)),
        )
        for run in view.results.runs
    ]


def numbers(view: View, *, further: bool) -> list[Comparison]:
    """Return the report's own numbers, or all further ones: repeats, peers, other variants."""
    main = view.results.main_numbers
    rows = [row for row in view.results.numbers if (row not in main) == further]
    return [view.comparison_of(row) for row in rows]


def shown_parts(view: View, figures: Path) -> list[ShownPart]:
    """Return the parts of the report in its order, each with its figures, tables and claims."""
    claims = {row["claim"]: row for row in view.claims}
    return [
        ShownPart(
            anchor=f"part-{number}",
            title=part.title,
            displays=[_shown(view, name, figures) for name in part.displays],
            claims=[claims[name] for name in part.claims if name in claims],
        )
        for number, part in enumerate(parts(view.study), 1)
    ]


def overview(view: View, figures: Path) -> Picture | None:
    """Return the drawing of the leading accuracy of every run."""
    label = (
        "The leading accuracy of every run: published (diamonds) and measured (dots with 95 %"
        " intervals); the table of numbers below says the same"
    )
    return picture(figures, f"{view.study.study}/{ACCURACIES}.svg", label)


def _shown(view: View, name: str, figures: Path) -> Shown:
    display = view.study.displays[name]
    runs = [view.results.main(run) for run in display.runs]
    study, drawing, columns, lines = view.study.study, None, [], []
    if is_figure(display):
        drawing = picture(figures, f"{study}/{name}.svg", _alternative(display, view))
    if isinstance(display, Table):
        rows = [[view.comparison(run, one) for one in display.quantities] for run in runs]
        columns = [
            Column(cells[0].name, any(cell.verdict for cell in cells))
            for cells in zip(*rows, strict=True)
        ]
        titles = [view.study.runs[run.run].title for run in runs]
        lines = list(zip(runs, titles, rows, strict=True))
    csv = f"figures/{study}/{name}.csv"
    return Shown(name, display, drawing, csv, runs, columns, lines)


def _alternative(display: AnyDisplay, view: View) -> str:
    """Describe a figure to those who cannot see it."""
    runs = ", ".join(f"{run} ({view.study.runs[run].title})" for run in display.runs)
    sides = "measured" if display.kind == "weight_histogram" else "published and measured"
    return f"{display.title}. {_CONTENT[display.kind](display)}, {sides}. Runs: {runs}"


_CONTENT = {
    "loss_and_accuracy": lambda _: "Loss (left axis) and accuracy (right axis) against the epoch",
    "panels": lambda display: (
        f"Panels of {', '.join(quantities.describe(one) for one in display.panels)}"
        " against the epoch, a line a run"
    ),
    "weight_histogram": lambda _: "Histograms of all weights after the last epoch, a panel a run",
    "bars": lambda display: f"Bars of the {quantities.describe(display.quantity)}",
    "scatter": lambda display: (
        f"Points of the {quantities.describe(display.y)} against the"
        f" {quantities.describe(display.x)}"
    ),
}
"""What a figure shows, by its kind."""
