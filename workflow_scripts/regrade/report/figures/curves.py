"""Figures of learning curves: what was measured over what was published, in the same axes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Sized
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, MaxNLocator

from regrade.report import quantities
from regrade.report.figures.style import (
    BLUE,
    CYCLE,
    GREY,
    MARKED,
    ORANGE,
    SKY,
    VERMILLION,
    Drawing,
    epoch_axis,
    key,
    legend,
    new_figure,
    percent_axis,
    stacked_figure,
    tell_share,
)
from regrade.report.series import Series
from regrade.report.study_results import StudyResults
from regrade.studies.displays import LossAndAccuracy, Panels
from regrade.studies.resolve import ResolvedRun
from regrade.studies.vocabulary import ATTRIBUTES

DASHED = (0, (4, 2))
DOTTED = (0, (1, 1.6))


def draw_loss_and_accuracy(display: LossAndAccuracy, results: StudyResults) -> Drawing:
    """Draw loss (left axis) and accuracy (right axis) of one run against the epoch."""
    run = results.main(display.runs[0])
    others = results.others(run.run)
    figure = new_figure(6.8, 4.3)
    left = figure.subplots()
    right = left.twinx()
    right.spines["right"].set_visible(True)
    right.grid(visible=False)
    columns, colours = _columns(run)
    series = []
    for column, colour in zip(columns, colours, strict=True):
        axes = left if column.endswith("loss") else right
        series += draw_run(axes, results, run, others, column, colour)
    left.set(xlabel="epoch", ylabel="loss in nats", ylim=display.loss_limits)
    right.set(ylabel="accuracy", ylim=(0, 1))
    percent_axis(right)
    epoch_axis(left, _span(series, [run]))
    if display.loss_limits is None:
        _fit_losses(left, series)
    looks = [
        key(color=c, label=quantities.describe(n)) for n, c in zip(columns, colours, strict=True)
    ]
    legend(figure, looks, _line_styles(results, [run, *others], series))
    tell_share(left, *results.executed_share([run]))
    return Drawing(figure, series)


def draw_panels(display: Panels, results: StudyResults) -> Drawing:
    """Draw a panel a quantity, with one colour a run."""
    runs = [results.main(name) for name in display.runs]
    others = [other for name in display.runs for other in results.others(name)]
    rows = (len(display.panels) + 1) // 2
    figure = new_figure(7.4, 2.9 * rows + 0.9)
    grid = figure.subplots(rows, min(2, len(display.panels)), squeeze=False)
    series: list[Series] = []
    colours = _palette(len(runs))
    for axes, column in zip(grid.flat, display.panels, strict=False):
        drawn = []
        for run, colour in zip(runs, colours, strict=True):
            drawn += draw_run(axes, results, run, results.others(run.run), column, colour)
        _label_panel(axes, column, drawn)
        series += drawn
    for axes in grid.flat[len(display.panels) :]:
        axes.set_visible(False)
    for axes in grid.flat[: len(display.panels)]:
        epoch_axis(axes, _span(series, runs))
    room = 30 if len(runs) > 3 else 70
    looks = [
        key(color=colour, label=results.label(run, room))
        for run, colour in zip(runs, colours, strict=True)
    ]
    legend(figure, looks, _line_styles(results, [*runs, *others], series))
    tell_share(grid.flat[0], *results.executed_share(runs))
    return Drawing(figure, series)


def draw_run_page(run: ResolvedRun, results: StudyResults) -> Drawing | None:
    """Draw loss, accuracy and learning rate of every replicate of a run, under one another.

    Nothing is drawn where there is neither a replicate nor a published curve.
    """
    columns, _ = _columns(run)
    if not _has_curves(results, run, columns):
        return None
    figure, (loss, accuracy, rate) = stacked_figure([2.25, 2.25, 0.68])
    scored = columns[1].removesuffix("_loss")
    series: list[Series] = []
    for axes, quantity in ((loss, "loss"), (accuracy, "accuracy")):
        for name, colour in (("train", BLUE), (scored, VERMILLION)):
            series += draw_seeds(axes, results, run, f"{name}_{quantity}", colour)
    _fit_losses(loss, series)
    loss.set(ylabel="loss in nats")
    accuracy.set(ylabel="accuracy")
    percent_axis(accuracy)
    rates = draw_seeds(rate, results, run, "learning_rate", GREY, step=True)
    known = [value for one in rates for value in one.y]
    if known and max(known) > 20 * min(known) > 0:
        rate.set_yscale("log")
    elif known:
        # Round about a constant rate the axis has numbers that are longer than its margin.
        is_constant = min(known) == max(known)
        rate.yaxis.set_major_locator(FixedLocator(known[:1]) if is_constant else MaxNLocator(2))
        rate.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    rate.set(ylabel="learning rate", xlabel="epoch")
    rate.grid(visible=False)
    epoch_axis(rate, _span(series, [run]))
    looks = [key(color=BLUE, label="training"), key(color=VERMILLION, label=scored)]
    legend(figure, looks, _line_styles(results, [run], series, of_several="a line a seed"))
    tell_share(loss, *results.executed_share([run]))
    return Drawing(figure, series + rates)


def _has_curves(results: StudyResults, run: ResolvedRun, columns: Iterable[str]) -> bool:
    return bool(results.measurements.seeds(run)) or any(
        results.published_curve(run, column) for column in columns
    )


def draw_run(
    axes: Axes,
    results: StudyResults,
    run: ResolvedRun,
    others: Iterable[ResolvedRun],
    column: str,
    colour: object,
) -> list[Series]:
    """Draw a column of a run: published dashed, measured solid, its other variant dotted."""
    published = results.published_curve(run, column)
    for one in published:
        axes.plot(*_finite(one), color=colour, linestyle=DASHED, linewidth=1.1, alpha=0.75)
    measured = results.measured_curves(run, column)
    if measured:
        _draw_mean(axes, measured, color=colour)
    told = []
    for other in others:
        curves = results.measured_curves(other, column)
        if curves:
            _draw_mean(axes, curves, color=colour, linestyle=DOTTED, linewidth=1.2)
        told += curves
    return [*published, *measured, *told]


def draw_seeds(
    axes: Axes,
    results: StudyResults,
    run: ResolvedRun,
    column: str,
    colour: object,
    *,
    step: bool = False,
) -> list[Series]:
    """Draw a column of a run with a thin line a seed, and the published curve."""
    published = [] if step else results.published_curve(run, column)
    for one in published:
        axes.plot(*_finite(one), color=colour, linestyle=DASHED, linewidth=1.1, alpha=0.75)
    measured = results.measured_curves(run, column)
    for one in measured:
        axes.plot(
            *_finite(one),
            color=colour,
            linewidth=1.6 if len(measured) == 1 else 0.9,
            marker=_marker(one.x),
            markersize=3,
            drawstyle="steps-mid" if step else "default",
        )
    return [*published, *measured]


def _finite(one: Series) -> tuple[Sequence[float], list[float]]:
    """Leave a gap where a run diverged."""
    return one.x, [value if np.isfinite(value) else np.nan for value in one.y]


def _draw_mean(axes: Axes, seeds: list[Series], **look: Any) -> None:
    """Draw the mean over seeds, and the range of several as a band."""
    frame = pd.DataFrame({one.source: pd.Series(one.y, one.x) for one in seeds})
    frame = frame.where(np.isfinite(frame))
    epochs = frame.index.to_numpy()
    axes.plot(epochs, frame.mean(axis=1).to_numpy(), marker=_marker(epochs), markersize=3, **look)
    if len(seeds) > 1:
        low, high = frame.min(axis=1).to_numpy(), frame.max(axis=1).to_numpy()
        axes.fill_between(epochs, low, high, color=look["color"], alpha=0.18, linewidth=0)


def _marker(points: Sized) -> str:
    return "o" if len(points) <= MARKED else ""


def _columns(run: ResolvedRun) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the curves of a run and their colours: blues for training, reds for the scored set."""
    scored = run.recipe.evaluate
    columns = ("train_loss", f"{scored}_loss", "train_accuracy", f"{scored}_accuracy")
    return columns, (BLUE, VERMILLION, SKY, ORANGE)


def _palette(number: int) -> Sequence[Any]:
    """Take separate colours for few runs, and a colour-blind safe ramp for many."""
    if number <= len(CYCLE):
        return CYCLE[:number]
    return [mpl.colormaps["viridis"](place) for place in np.linspace(0, 0.92, number)]


def _label_panel(axes: Axes, column: str, drawn: list[Series]) -> None:
    axes.set(title=ATTRIBUTES[column].label, xlabel="epoch")
    if column.endswith("accuracy"):
        percent_axis(axes)
    elif column.endswith("loss"):
        _fit_losses(axes, drawn)
    elif drawn:
        axes.set_yscale("log")


def _fit_losses(axes: Axes, series: Iterable[Series]) -> None:
    """Span the losses but for a few extreme ones, which would flatten all others."""
    values = [y for one in series if one.quantity.endswith("loss") for y in one.y]
    finite = np.array([value for value in values if np.isfinite(value)])
    if finite.size:
        top = min(finite.max(), 1.6 * np.quantile(finite, 0.97))
        low = finite.min()
        space = 0.05 * (top - min(low, top)) or 0.05
        axes.set_ylim(max(0, low - space), top + space)


def _span(series: Iterable[Series], runs: Iterable[ResolvedRun]) -> float:
    """Return the last epoch of the recipes and of all curves."""
    curves = [one.x[-1] for one in series if one.x]
    return max([*curves, *(run.recipe.stop.epochs for run in runs)])


def _line_styles(
    results: StudyResults,
    runs: list[ResolvedRun],
    series: Iterable[Series],
    of_several: str = "range of seeds",
) -> list[Line2D]:
    """Explain the line styles that a figure has."""
    sources = {(one.source == "published", one.variant) for one in series}
    several = any(len(results.measurements.seeds(run)) > 1 for run in runs)
    found = []
    if any(not published for published, _ in sources):
        found.append(key(color="black", label=f"measured, {of_several}" if several else "measured"))
    if any(published for published, _ in sources):
        found.append(key(color="black", linestyle=DASHED, linewidth=1.1, label="published"))
    if len(runs) > 1 and any(variant == "as-told" for _, variant in sources):
        label = "measured, as told"
        found.append(key(color="black", linestyle=DOTTED, linewidth=1.2, label=label))
    return found
