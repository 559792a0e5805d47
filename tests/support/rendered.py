"""A report of the made-up study, drawn and rendered."""

from __future__ import annotations

from pathlib import Path

from tests.support.report_results import STUDY, write_results, write_study

from regrade.exports.write import export
from regrade.grading.graded_study import GradedStudy
from regrade.report.figures.draw import draw
from regrade.report.pages import render

DESIGN = Path(__file__).parents[2] / "report"
"""The templates."""


def make(folder: Path, study: str = STUDY, **options: object) -> Path:
    """Draw and render everything; give the folder of the report."""
    seeds = write_results(write_study(folder, study), folder, **options)
    results = folder / "results"
    graded = GradedStudy.read(folder / "studies" / "tiny.yaml", results, seeds)
    draw(graded, results / "figures" / "tiny")
    export([graded], results / "exports", parquet=False)
    render([graded], DESIGN, results / "report")
    return results / "report"
