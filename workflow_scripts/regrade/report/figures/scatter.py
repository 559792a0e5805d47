"""Figures of distributions and relations: weight histograms and scatter plots."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from regrade.report import quantities
from regrade.report.figures.bars import MEASURED, dot_legend, is_number, unit_axis
from regrade.report.figures.style import (
    BLUE,
    CYCLE,
    VERMILLION,
    Drawing,
    new_figure,
    tell_share,
)
from regrade.report.series import PUBLISHED, Series
from regrade.report.study_results import Pair, StudyResults
from regrade.studies.displays import Scatter, WeightHistogram
from regrade.studies.resolve import ResolvedRun
from regrade.studies.vocabulary import COUNT

Point = tuple[float, float]


def draw_weight_histogram(display: WeightHistogram, results: StudyResults) -> Drawing:
    """Draw histograms of all trainable parameters, a panel a run, with a shared count axis.

    Several seeds are averaged bin by bin.
    """
    runs = [results.main(name) for name in display.runs]
    rows = (len(runs) + 1) // 2
    figure = new_figure(7.4, 2.7 * rows + 0.3)
    grid = figure.subplots(rows, min(2, len(runs)), squeeze=False, sharex=True, sharey=True)
    bins = round(display.limit / display.bin_width)
    edges = display.bin_width * np.arange(-bins, bins + 1)
    series = []
    for axes, run, colour in zip(grid.flat, runs, CYCLE * rows, strict=False):
        counts = _weights(run, results, edges)
        axes.set(title=results.label(run, 44), xlabel="weight")
        axes.label_outer()
        tell_share(axes, *results.executed_share([run]))
        if counts is not None:
            axes.stairs(counts, edges, fill=True, color=colour)
            starts = tuple(float(edge) for edge in edges[:-1].round(9))
            heights = tuple(map(float, counts))
            series.append(Series(run.run, run.variant, MEASURED, "weights", starts, heights))
    for axes in grid.flat[len(runs) :]:
        axes.set_visible(False)
    grid.flat[0].set_xlim(edges[0], edges[-1])
    for axes in grid[:, 0]:
        axes.set_ylabel(f"weights in a bin of {display.bin_width:g}")
        unit_axis(axes, COUNT, "y")
    return Drawing(figure, series)


def _weights(run: ResolvedRun, results: StudyResults, edges: np.ndarray) -> np.ndarray | None:
    """Count the weights in bins, averaged over the replicates; None without any."""
    measured = results.measurements
    counts = [
        np.diff(weights.cdf(edges)) * measured.summary(run, seed)["weights"]["count"]
        for seed in measured.seeds(run)
        if (weights := measured.weights(run, seed))
    ]
    return np.mean(counts, axis=0).round(3) if counts else None


def draw_scatter(display: Scatter, results: StudyResults) -> Drawing:
    """Draw a point a run: measured filled, published hollow, joined by a thin line."""
    figure = new_figure(6.8, 4.6)
    axes = figure.subplots()
    series = []
    for name in display.runs:
        run = results.main(name)
        x, y = results.pair(run, display.x), results.pair(run, display.y)
        published, measured = (
            _point_of(x.published, x, y.published),
            _point_of(x.measured, x, y.measured),
        )
        if published and measured:
            axes.plot(*zip(published, measured, strict=True), color="#bbbbbb", linewidth=0.7)
        if published:
            axes.plot(*published, "D", mfc="white", mec=VERMILLION, ms=5.5)
            series.append(_series(run, PUBLISHED, display, published))
        if measured:
            axes.plot(*measured, "o", color=BLUE, ms=5)
            _draw_interval(axes, measured[0], y)
            series.append(_series(run, MEASURED, display, measured))
        for place in filter(None, [measured or published]):
            axes.annotate(name, place, (5, 3), textcoords="offset points", fontsize=8)
    if display.logarithmic:
        axes.set_yscale("log")
    else:
        unit_axis(axes, quantities.unit_of(display.y), "y")
    unit_axis(axes, quantities.unit_of(display.x), "x")
    axes.set(xlabel=quantities.describe(display.x), ylabel=quantities.describe(display.y))
    axes.margins(0.08)
    dot_legend(figure)
    tell_share(axes, *results.executed_share([results.main(name) for name in display.runs]))
    return Drawing(figure, series)


def _point_of(x: float | None, across: Pair, y: float | None) -> Point | None:
    """Put two values of one side together; an untrained count is the x of both sides."""
    if not is_number(x) and is_number(across.measured) and across.scale is None:
        x = across.measured
    return (x, y) if is_number(x) and is_number(y) else None


def _draw_interval(axes: Axes, x: float, pair: Pair) -> None:
    if is_number(pair.low) and is_number(pair.high):
        axes.plot([x, x], [pair.low, pair.high], color=BLUE, linewidth=1.2)


def _series(run: ResolvedRun, source: str, display: Scatter, point: Point) -> Series:
    quantity = f"{display.y} against {display.x}"
    return Series(run.run, run.variant, source, quantity, (point[0],), (point[1],))
