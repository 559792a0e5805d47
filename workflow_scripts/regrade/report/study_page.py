"""What the page of a study shows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from regrade.report import formatting, quantities, svg
from regrade.report.figures.draw import ACCURACIES, is_figure
from regrade.report.study_results import Row
from regrade.report.study_view import Cell, View
from regrade.studies.resolve import ResolvedRun
from regrade.studies.study import AnyDisplay


@dataclass(frozen=True)
class RunLine:
    """A line of the table of runs."""

    run: ResolvedRun
    title: str
    repeats: ResolvedRun | None
    """The run whose recipe it repeats, and whose replicates it shows."""
    parameters: Cell
    headline: Cell


@dataclass(frozen=True)
class NumberLine:
    """A line of a table of graded numbers."""

    run: ResolvedRun
    href: str
    name: str
    published: str
    measured: str
    interval: str
    difference: str
    row: Row


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
    drawing: Markup | None
    csv: str
    """The numbers behind a figure, from the root of the report."""
    runs: list[ResolvedRun]
    columns: list[Column]
    lines: list[tuple[ResolvedRun, str, list[Cell]]]


def run_lines(view: View) -> list[RunLine]:
    """Give a line for every run in every reading."""
    return [
        RunLine(
            run,
            view.study.runs[run.run].title,
            view.material.by_name[run.trained_as] if run.trained_as != run.name else None,
            view.cell(run, "parameters"),
            view.cell(run, view.material.headline(run)),
        )
        for run in view.material.runs
    ]


def number_lines(view: View, *, further: bool) -> list[NumberLine]:
    """Give the report's own numbers, or all further ones: repeats, peers, other readings."""
    main = view.material.main_numbers
    rows = [row for row in view.material.numbers if (row not in main) == further]
    return [number_line(view, row) for row in rows]


def number_line(view: View, row: Row) -> NumberLine:
    """Show a graded number."""
    run, unit = view.material.resolved(row), row["unit"]
    return NumberLine(
        run=run,
        href=view.href(run, row["quantity"]),
        name=quantities.describe(row["quantity"]),
        published=formatting.value(row["published"], unit),
        measured=formatting.value(row["measured"], unit),
        interval=formatting.interval(row["low"], row["high"], unit),
        difference=formatting.difference(row["published"], row["measured"], unit),
        row=row,
    )


def displays(view: View, figures: Path) -> list[Shown]:
    """Give every figure and table of the report, in its order."""
    return [_shown(view, name, figures) for name in view.study.displays]


def overview(view: View, figures: Path) -> Markup | None:
    """Give the drawing of the leading accuracy of every run."""
    label = (
        "The leading accuracy of every run: published (diamonds) and measured (dots with 95 %"
        " intervals); the table of numbers below says the same"
    )
    return svg.inline(figures / view.study.study / f"{ACCURACIES}.svg", label)


def _shown(view: View, name: str, figures: Path) -> Shown:
    display = view.study.displays[name]
    runs = [view.material.main(run) for run in display.runs]
    study, drawing, columns, lines = view.study.study, None, [], []
    if is_figure(display):
        drawing = svg.inline(figures / study / f"{name}.svg", _alternative(display, view))
    else:
        rows = [[view.cell(run, quantity) for quantity in display.quantities] for run in runs]
        columns = [
            Column(cells[0].name, any(cell.verdict for cell in cells))
            for cells in zip(*rows, strict=True)
        ]
        titles = [view.study.runs[run.run].title for run in runs]
        lines = list(zip(runs, titles, rows, strict=True))
    csv = f"../figures/{study}/{name}.csv"
    return Shown(name, display, drawing, csv, runs, columns, lines)


def _alternative(display: AnyDisplay, view: View) -> str:
    """Describe a figure to those who cannot see it."""
    runs = ", ".join(f"{run} ({view.study.runs[run].title})" for run in display.runs)
    match display.kind:
        case "loss_and_accuracy":
            what = "Loss (left axis) and accuracy (right axis) against the epoch"
        case "panels":
            names = ", ".join(panel.replace("_", " ") for panel in display.panels)
            what = f"Panels of {names} against the epoch, a line a run"
        case "weight_histogram":
            what = "Histograms of all weights after the last epoch, a panel a run"
        case "bars":
            what = f"Bars of the {quantities.describe(display.quantity)}"
        case _:
            up, across = quantities.describe(display.y), quantities.describe(display.x)
            what = f"Points of the {up} against the {across}"
    sides = "measured" if display.kind == "weight_histogram" else "published and measured"
    return f"{display.title}. {what}, {sides}. Runs: {runs}"
