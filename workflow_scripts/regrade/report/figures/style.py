"""What all figures share: their look, their data series, and how both become files."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.typing import RcKeyType

from regrade.files import write_atomically
from regrade.report import formatting
from regrade.report.figures.compact_svg import GRID, compact
from regrade.report.series import Series, to_csv

BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
BLUE, VERMILLION, PURPLE, GREY = "#0072B2", "#D55E00", "#CC79A7", "#767676"
"""The colours of Okabe and Ito, which colour-blind people tell apart, without the yellow that
vanishes on white paper. Orange and sky have a contrast of 2.3 to 1 with white; darkened to 3 to 1,
orange is hardly told from vermillion without green cones (a distance of 6 in Lab, now 18)."""
CYCLE = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY, BLACK)

STYLE: dict[RcKeyType, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib: the same metrics everywhere
    "font.size": 9,
    "axes.labelsize": 9,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "lines.solid_capstyle": "round",
    "figure.dpi": 72,
    "text.parse_math": False,  # a dollar sign in a title is a dollar sign
    "svg.fonttype": "none",  # text stays text: it can be searched, selected and read aloud
}
STACKED_WIDTH = 6.8
LEFT, RIGHT, ABOVE, BELOW, GAP = 0.8, 0.1, 0.62, 0.45, 0.12
"""Margins of a stacked figure and the space between its plots, in inches."""
TO_LABEL = 0.58
"""From a plot to its vertical label, in inches: behind the longest numbers."""
MARKED = 12
"""A line of no more points than this shows them."""


@dataclass(frozen=True)
class Drawing:
    """A figure and the numbers behind it."""

    figure: Figure
    series: list[Series]


@contextmanager
def style(salt: str) -> Iterator[None]:
    """Set the look of figures; the salt makes the ids inside an SVG unique and repeatable."""
    with mpl.rc_context({**STYLE, "svg.hashsalt": salt}):
        yield


def write(drawing: Drawing, path: Path) -> None:
    """Write a figure as SVG and the numbers behind it as CSV; equal input gives equal bytes.

    The caller syncs the folder.
    """
    text = io.StringIO()
    drawing.figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    write_atomically(path, compact(text.getvalue()), synced=False)
    write_atomically(path.with_suffix(".csv"), to_csv(drawing.series), synced=False)


def new_figure(width: float, height: float) -> Figure:
    """Make a figure of so many inches; constrained layout leaves room for legends outside."""
    return Figure(figsize=(width, height), layout="constrained")


def stacked_figure(heights: Sequence[float]) -> tuple[Figure, list[Axes]]:
    """Make plots under one another on one horizontal axis, with room above for two rows of legend.

    Their margins are constants: constrained layout measures every label twice, which took most of
    the time of a report with a figure a run.

    Parameters
    ----------
    heights
        The height of each plot in inches, from the top.
    """
    room = sum(heights) + GAP * (len(heights) - 1)
    height = ABOVE + room + BELOW
    figure = Figure(figsize=(STACKED_WIDTH, height))
    stack = figure.subplots(
        len(heights),
        sharex=True,
        height_ratios=heights,
        gridspec_kw={
            "left": LEFT / STACKED_WIDTH,
            "right": 1 - RIGHT / STACKED_WIDTH,
            "top": 1 - ABOVE / height,
            "bottom": BELOW / height,
            "hspace": GAP * len(heights) / sum(heights),
        },
    )
    for axes in stack:
        axes.yaxis.set_label_coords(-TO_LABEL / (STACKED_WIDTH - LEFT - RIGHT), 0.5)
    return figure, list(stack)


def percent_axis(axes: Axes, which: str = "y") -> None:
    """Show fractions as percentages."""
    axis = axes.yaxis if which == "y" else axes.xaxis
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.4g} %"))


def epoch_axis(axes: Axes, epochs: float) -> None:
    """Span the epochs of the recipe or of the published curve, whichever is longer."""
    margin = max(0.5, 0.02 * epochs)
    axes.set_xlim(0.5, max(epochs, 2) + margin)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True, steps=[1, 2, 5, 10]))


def tell_share(axes: Axes, share: float | None, is_measured: bool) -> None:
    """Say above a plot what share of the recipe was executed, if not all of it."""
    if share is not None:
        text = f"preview: {formatting.share(share)} of the recipe"
    elif not is_measured:
        text = "not measured: published values only"
    else:
        return
    axes.set_title(text, loc="right", fontsize=8.5, color="#333333", style="italic")


def key(**look: Any) -> Line2D:
    """Make an entry of a legend."""
    return Line2D([], [], **look)


def legend(figure: Figure, looks: list[Line2D], styles: list[Line2D]) -> None:
    """Put colours above the plot, and line styles in a column of their own beside them."""
    columns = 1 if len(looks) <= 3 else 2
    each = -(-len(looks) // columns)
    groups = [looks[start : start + each] for start in range(0, len(looks), each)] + [styles]
    rows = max(map(len, groups))
    blank = key(color="none", label="")
    handles = [handle for group in groups for handle in [*group, *[blank] * (rows - len(group))]]
    options: dict[str, Any] = {"ncols": len(groups), "handlelength": 2.2}
    if figure.get_layout_engine():
        figure.legend(handles=handles, loc="outside upper left", **options)
    else:
        figure.legend(handles=handles, loc="upper left", **options)
