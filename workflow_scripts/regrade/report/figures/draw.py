"""Drawing every figure of a study, ours beside the published one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from regrade.files import sync_folder
from regrade.grading.graded_study import GradedStudy
from regrade.report.figures import style
from regrade.report.figures.bars import draw_accuracies, draw_bars
from regrade.report.figures.curves import draw_loss_and_accuracy, draw_panels, draw_run_page
from regrade.report.figures.scatter import draw_scatter, draw_weight_histogram
from regrade.report.figures.style import Drawing
from regrade.report.picture import ACCURACIES, is_figure
from regrade.report.study_results import StudyResults

Drawer = Callable[[Any, StudyResults], Drawing | None]

DRAWERS: dict[str, Drawer] = {
    "loss_and_accuracy": draw_loss_and_accuracy,
    "panels": draw_panels,
    "weight_histogram": draw_weight_histogram,
    "bars": draw_bars,
    "scatter": draw_scatter,
}
"""What draws a figure, by the kind of its word."""


def draw(graded: GradedStudy, destination: Path) -> None:
    """Draw the figures of a study: an SVG each, and the numbers behind it as CSV.

    Parameters
    ----------
    graded
        The study, with its tables among its results.
    destination
        Gets `<display>.svg`, `overview/numbers.svg` and `runs/<run>.svg`, each with its `.csv`.

    Raises
    ------
    UserError
        For a result or curve file that is missing or damaged.
    """
    found = StudyResults(graded)
    destination.mkdir(parents=True, exist_ok=True)
    for name, kind, subject in _subjects(found):
        with style.style(f"{graded.study.study}/{name}"):
            drawing = kind(subject, found)
            if drawing:
                style.write(drawing, destination / f"{name}.svg")
    sync_folder(destination)


def _subjects(results: StudyResults) -> Iterator[tuple[str, Drawer, Any]]:
    """Yield the name of each figure, what draws it, and what is drawn."""
    for name, display in results.study.displays.items():
        if is_figure(display):
            yield name, DRAWERS[display.kind], display
    yield ACCURACIES, _draw_accuracies, None
    for run in results.runs:
        if not run.measure_only:
            yield f"runs/{run.name}", draw_run_page, run


def _draw_accuracies(_: None, results: StudyResults) -> Drawing | None:
    return draw_accuracies(results)
