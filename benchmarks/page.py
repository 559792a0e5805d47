"""The page of the benchmarks, in the look of the report."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from benchmarks.rows import Row, goal, number, read
from benchmarks.subjects import ROOT
from regrade.report import svg
from regrade.report.figures import style
from regrade.report.pages import Pages

ROW = 0.3
"""Height of a row in inches."""
TITLES = {
    "augmentation": "Augmentation",
    "training": "Training",
    "step": "The step",
    "replicates": "Replicates",
    "workflow": "The workflow",
    "gpu": "GPU",
}


def write_page(results: Path) -> Path:
    """Write `report/benchmarks.html` from `benchmarks.csv`, and its figures beside the table.

    Raises
    ------
    FileNotFoundError
        When nothing has been measured yet.
    """
    rows = read(results / "benchmarks.csv")
    folder = results / "bench" / "figures"
    drawn = {
        "ratios": (draw_ratios, "how many times as fast as the student’s loop"),
        "rates": (draw_rates, "images a second, ours and the student’s"),
        "goals": (draw_goals, "everything with a goal, as a share of it"),
    }
    figures = {}
    for name, (draw, label) in drawn.items():
        with style.style(f"benchmarks/{name}"):
            figure = draw(rows)
            if figure:
                path = folder / f"{name}.svg"
                style.write(style.Drawing(figure, []), path)
                figures[name] = svg.inline(path, label)
    destination = results / "report"
    pages = Pages([], folder, ROOT / "report", destination)
    # The studies whose pages are there, for the navigation alone.
    pages.environment.globals["views"] = [
        SimpleNamespace(page=f"{path.stem}.html", study=SimpleNamespace(study=path.stem))
        for path in sorted((ROOT / "studies").glob("*.yaml"))
        if (destination / f"{path.stem}.html").exists()
    ]
    return pages.write_benchmarks(figures, _groups(rows))


def _groups(rows: list[Row]) -> list[SimpleNamespace]:
    found = dict.fromkeys((row.group, row.device, row.versions) for row in rows)
    return [
        SimpleNamespace(
            title=TITLES.get(group, group),
            device=f"{device}; {versions}",
            lines=[
                SimpleNamespace(
                    row=row,
                    value=number(row.value, row.unit),
                    between=f"{number(row.low, '')} to {number(row.high, '')}",
                    goal=goal(row),
                )
                for row in rows
                if (row.group, row.device, row.versions) == (group, device, versions)
            ],
        )
        for group, device, versions in found
    ]


def draw_ratios(rows: list[Row]) -> Figure | None:
    """Draw the ratios to the student, each with its quartiles and its goal."""
    shown = [row for row in rows if row.quantity.startswith("ours / student")]
    if not shown:
        return None
    figure = style.new_figure(6.8, 1.1 + ROW * len(shown))
    axes = figure.subplots()
    for at, row in enumerate(shown):
        if row.goal is not None:
            axes.plot(row.goal, at, "|", color=style.VERMILLION, ms=13, mew=1.8)
        axes.plot([row.low, row.high], [at, at], color=style.BLUE, linewidth=3, alpha=0.4)
        axes.plot(row.value, at, "o", color=style.BLUE, ms=5)
    _label(axes, [_name(row) for row in shown])
    axes.set_xscale("log")
    axes.set_xlim(0.9, None)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}×"))
    axes.axvline(1, color=style.GREY, linewidth=0.9)
    axes.set_xlabel("times the student’s images/s (logarithmic)")
    _legend(figure, "median and quartiles")
    return figure


def draw_rates(rows: list[Row]) -> Figure | None:
    """Draw images a second of training, ours and the student's."""
    shown = [row for row in rows if row.group in ("training", "gpu") and row.unit == "images/s"]
    subjects = list(dict.fromkeys(row.what for row in shown))
    if not subjects:
        return None
    figure = style.new_figure(6.8, 1.1 + 1.3 * ROW * len(subjects))
    axes = figure.subplots()
    looks = {"student": "D", "ours": "o", "ours, float32": "o", "ours, bf16": "s"}
    for row in shown:
        if row.quantity in looks:
            colour = style.VERMILLION if row.quantity == "student" else style.BLUE
            fill = "white" if row.quantity in ("student", "ours, bf16") else colour
            at = subjects.index(row.what)
            axes.plot(row.value, at, looks[row.quantity], color=colour, mfc=fill, ms=5.5)
    _label(axes, subjects)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.set_xlabel("images/s, whole machine (logarithmic)")
    key = style.key
    handles = [
        key(color="none", marker="D", mfc="white", mec=style.VERMILLION, label="student"),
        key(color="none", marker="o", mfc=style.BLUE, mec=style.BLUE, label="ours, float32"),
        key(color="none", marker="s", mfc="white", mec=style.BLUE, label="ours, bf16"),
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=3)
    return figure


def draw_goals(rows: list[Row]) -> Figure | None:
    """Draw all other measures with a goal: value over goal, where at most 1 is asked."""
    shown = [
        row
        for row in rows
        if row.goal and not row.quantity.startswith("ours / student")
    ]  # fmt: skip
    if not shown:
        return None
    figure = style.new_figure(6.8, 1.1 + ROW * len(shown))
    axes = figure.subplots()
    for at, row in enumerate(shown):
        low, middle, high = (
            (row.goal / value if row.bound == "at least" else value / row.goal)
            for value in (row.low, row.value, row.high)
        )
        axes.plot([low, high], [at, at], color=style.BLUE, linewidth=3, alpha=0.4)
        axes.plot(middle, at, "o", color=style.BLUE if row.met else style.VERMILLION, ms=5)
    _label(axes, [_name(row) for row in shown])
    axes.axvline(1, color=style.VERMILLION, linewidth=1.2)
    axes.set_xlim(0, None)
    style.percent_axis(axes, "x")
    axes.set_xlabel("share of what the goal allows: left of the line it is reached")
    return figure


def _name(row: Row) -> str:
    quantity = row.quantity.removeprefix("ours / student").strip(", ")
    return f"{row.what}: {quantity}" if quantity else row.what


def _label(axes: object, labels: list[str]) -> None:
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")


def _legend(figure: Figure, measured: str) -> None:
    handles = [
        style.key(color=style.BLUE, marker="o", label=measured),
        style.key(color="none", marker="|", mec=style.VERMILLION, ms=12, mew=1.8, label="goal"),
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=2)
