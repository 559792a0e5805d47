"""What all figures share: their look, their data series, and how both become files."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.typing import RcKeyType

from regrade.files import write_atomically
from regrade.report.figures.compact_svg import GRID, compact
from regrade.report.formatting import percent

BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
BLUE, VERMILLION, PURPLE, GREY = "#0072B2", "#D55E00", "#CC79A7", "#767676"
"""The colours of Okabe and Ito, which colour-blind people tell apart, without the yellow that
vanishes on white paper."""
CYCLE = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY, BLACK)

PUBLISHED = "published"
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
MARKED = 12
"""A line of no more points than this shows them."""


@dataclass(frozen=True)
class Series:
    """Some numbers behind a figure."""

    run: str
    variant: str | None
    source: str
    """`published`, `measured` (over all seeds), or one of them: `seed 0`."""
    quantity: str
    x: tuple[float, ...]
    y: tuple[float, ...]


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
    """Write a figure as SVG and the numbers behind it as CSV; equal input gives equal bytes."""
    text = io.StringIO()
    drawing.figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    write_atomically(path, compact(text.getvalue()))
    write_atomically(path.with_suffix(".csv"), to_csv(drawing.series))


def to_csv(series: Iterable[Series]) -> str:
    """Write series as one long table."""
    rows = [
        (one.run, one.variant, one.source, one.quantity, x, y)
        for one in series
        for x, y in zip(one.x, one.y, strict=True)
    ]
    columns = ["run", "variant", "source", "quantity", "x", "y"]
    return pd.DataFrame(rows, columns=columns).to_csv(index=False, lineterminator="\n")


def new_figure(width: float, height: float) -> Figure:
    """Make a figure of so many inches; constrained layout leaves room for legends outside."""
    return Figure(figsize=(width, height), layout="constrained")


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
        text = f"preview: {percent(share, 1 if share >= 0.001 else 2)} of the recipe"
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
    figure.legend(handles=handles, loc="outside upper left", ncols=len(groups), handlelength=2.2)
