"""Figures with a row a value: bars, and the leading accuracies at a glance."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TypeGuard

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import EngFormatter, FuncFormatter

from regrade.report import formatting, quantities
from regrade.report.figures.style import (
    BLUE,
    GREY,
    VERMILLION,
    Drawing,
    key,
    new_figure,
    percent_axis,
    tell_share,
)
from regrade.report.series import PUBLISHED, Series
from regrade.report.study_results import Pair, StudyResults
from regrade.studies.displays import Bars
from regrade.studies.vocabulary import COUNT, FRACTION, SECONDS

ROW = 0.27
"""Height of a row in inches."""
PALE = "#d4d4d4"
MEASURED = "measured"


def draw_bars(display: Bars, results: StudyResults) -> Drawing:
    """Draw a bar a run, with its interval, beside the published value."""
    pairs = [results.pair(results.main(run), display.quantity) for run in display.runs]
    unit = quantities.unit_of(display.quantity)
    figure = new_figure(6.8, 1.2 + 2 * ROW * len(pairs))
    axes = figure.subplots()
    series = []
    for side, shift, colour, edge in (
        (PUBLISHED, -0.2, PALE, GREY),
        (MEASURED, 0.2, BLUE, BLUE),
    ):
        for row, pair in enumerate(pairs):
            value = getattr(pair, side)
            if is_number(value):
                place = row + shift
                axes.barh(place, value, 0.36, linewidth=0.6, facecolor=colour, edgecolor=edge)
                high = pair.high
                end = high if side == MEASURED and is_number(high) else value
                _write_value(axes, end, row + shift, formatting.value(value, unit))
                series.append(_point(pair, side, value, row))
    series += _whiskers(axes, [(row + 0.2, pair) for row, pair in enumerate(pairs)])
    _label_rows(axes, [results.label(pair.run) for pair in pairs])
    unit_axis(axes, unit, "x")
    axes.set(xlabel=quantities.describe(display.quantity), xlim=(0, None))
    axes.margins(x=0.14)
    axes.grid(visible=False, axis="y")
    handles = [
        Patch(facecolor=PALE, edgecolor=GREY, label="published"),
        Patch(facecolor=BLUE, label="measured, 95 % interval"),
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=2)
    tell_share(axes, *results.executed_share([pair.run for pair in pairs]))
    return Drawing(figure, series)


def draw_accuracies(results: StudyResults) -> Drawing | None:
    """Draw the leading published accuracy of every run with what was measured of it.

    The pale stripe is the bar: what counts as the published value. Nothing is drawn for a study
    without such numbers.
    """
    leading = {
        (row["run"], row["variant"]): row
        for row in reversed(results.main_numbers)
        if row["quantity"] == results.headline(results.resolved(row))
    }
    rows = list(reversed(leading.values()))
    if not rows:
        return None
    pairs = [results.pair(results.resolved(row), row["quantity"]) for row in rows]
    figure = new_figure(6.8, 1.3 + ROW * len(rows))
    axes = figure.subplots()
    series = []
    for at, (row, pair) in enumerate(zip(rows, pairs, strict=True)):
        width = row["bar_high"] - row["bar_low"]
        axes.barh(at, width, 0.62, left=row["bar_low"], color="#ececec")
        axes.plot(row["published"], at, "D", mfc="white", mec=VERMILLION, ms=5.5)
        series.append(_point(pair, PUBLISHED, row["published"], at))
        if is_number(pair.measured):
            axes.plot(pair.measured, at, "o", color=BLUE, ms=5)
            series.append(_point(pair, MEASURED, pair.measured, at))
    series += _whiskers(axes, enumerate(pairs), BLUE)
    shown = {quantities.describe(pair.quantity) for pair in pairs}
    if len(shown) == 1:
        _label_rows(axes, [results.label(pair.run, 42) for pair in pairs])
    else:
        _label_rows(axes, [f"{r.run.name}  {quantities.describe(r.quantity)}" for r in pairs])
    percent_axis(axes, "x")
    low, high = axes.get_xlim()
    axes.set_xlim(max(low, -0.01), min(high, 1.01))
    axes.set_xlabel(shown.pop() if len(shown) == 1 else "accuracy")
    axes.grid(visible=False, axis="y")
    dot_legend(figure, Patch(color="#ececec", label="counts as reproduced"))
    tell_share(axes, *results.executed_share([pair.run for pair in pairs]))
    return Drawing(figure, series)


def is_number(value: float | None) -> TypeGuard[float]:
    """Tell whether a value can be drawn."""
    return value is not None and math.isfinite(value)


def unit_axis(axes: Axes, unit: str, which: str) -> None:
    """Write the ticks of an axis as its unit asks."""
    if unit == FRACTION:
        percent_axis(axes, which)
    axis = axes.xaxis if which == "x" else axes.yaxis
    if unit == COUNT:
        axis.set_major_formatter(EngFormatter(sep=formatting.THIN))
    elif unit == SECONDS:
        axis.set_major_formatter(FuncFormatter(lambda value, _: formatting.duration(value)))


def dot_legend(figure: Figure, *more: Patch) -> None:
    """Explain the two kinds of dots."""
    published = key(color="none", marker="D", mfc="white", mec=VERMILLION, label="published")
    measured = key(color=BLUE, marker="o", label="measured, 95 % interval")
    figure.legend(handles=[published, measured, *more], loc="outside upper left", ncols=3)


def _label_rows(axes: Axes, labels: Sequence[str]) -> None:
    axes.set_yticks(np.arange(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)


def _write_value(axes: Axes, x: float, y: float, text: str) -> None:
    axes.annotate(
        text, (x, y), (3, 0), textcoords="offset points", va="center", fontsize=8, color="#333333"
    )


def _whiskers(
    axes: Axes, rows: Iterable[tuple[float, Pair]], colour: str = "black"
) -> list[Series]:
    """Draw the interval of every quantity that has one."""
    series = []
    for at, pair in rows:
        if is_number(pair.low) and is_number(pair.high):
            axes.plot([pair.low, pair.high], [at, at], color=colour, linewidth=1.3)
            for side in ("low", "high"):
                series.append(_point(pair, f"measured {side}", getattr(pair, side), int(at)))
    return series


def _point(pair: Pair, source: str, value: float, row: int) -> Series:
    """Keep a value with its row, from 1 at the top."""
    run = pair.run
    return Series(run.run, run.variant, source, pair.quantity, (row + 1,), (value,))
