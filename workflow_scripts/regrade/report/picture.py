"""Figures in pages: files of their own, so that pages stay small and load at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from regrade.studies.displays import AnyDisplay

FOLDER = "figures"
"""Where the report keeps copies of the figures, from its root."""
ACCURACIES = "overview/numbers"
"""The figure that shows the leading accuracies at a glance; no display has a slash."""
WRITTEN = {"table"}
"""Displays that are no figures: the study's page writes them."""
PIXELS_PER_POINT = 4 / 3
_SIZE = re.compile(r'<svg [^>]*?width="([\d.]+)pt"[^>]*?')
_HEIGHT = re.compile(r'<svg [^>]*?height="([\d.]+)pt"')
_HEAD = 2_000
"""Characters in which an SVG has told its size."""


@dataclass(frozen=True)
class Picture:
    """A figure in a page; its size keeps the page from moving while it loads."""

    source: str
    """From the root of the report."""
    label: str
    """What it shows, for those who cannot see it."""
    width: int
    height: int
    """In pixels."""


def picture(figures: Path, name: str, label: str) -> Picture | None:
    """Return a figure for a page, or nothing where there is no such file.

    Parameters
    ----------
    figures
        The folder of all figures.
    name
        Path of the SVG below it.
    label
        Read aloud in place of the drawing.
    """
    path = figures / name
    if not path.is_file():
        return None
    with path.open(encoding="utf-8") as file:
        head = file.read(_HEAD)
    width, height = (_points(pattern, head) for pattern in (_SIZE, _HEIGHT))
    return Picture(
        source=f"{FOLDER}/{name}",
        label=label,
        width=round(width * PIXELS_PER_POINT),
        height=round(height * PIXELS_PER_POINT),
    )


def _points(pattern: re.Pattern[str], head: str) -> float:
    """Read a length in points from the head of an SVG that our figures wrote."""
    found = pattern.search(head)
    if found is None:
        raise ValueError(f"no {pattern.pattern} in {head!r}")
    return float(found[1])


def is_figure(display: AnyDisplay) -> bool:
    """Tell whether a display is drawn, not written as a table."""
    return display.kind not in WRITTEN
