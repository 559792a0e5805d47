"""A set of two made-up reports of one assignment, graded by the assignment's replicates."""

from __future__ import annotations

from pathlib import Path

from tests.support.report_results import write_results, write_study

from regrade import layout
from regrade.commands.studies import STUDIES
from regrade.evidence import Recorded
from regrade.exports.write import export
from regrade.grading.graded_study import GradedStudy
from regrade.grading.tables import aggregate, write_table, write_tables
from regrade.report.figures.draw import draw
from regrade.report.pages import render
from regrade.studies.load import load_study
from regrade.studies.resolve import resolve
from regrade.studies.sharing import lent_runs

REPORT = """\
study: {name}
extends: tiny.yaml
report: {{title: By {name}, author: "{name} <b>", summary: S, sources: [s]}}
runs:
  A:
    published:
      numbers:
        - {{quantity: max(validation_accuracy), printed: "{printed}", unit: percent, source: t}}
        - {{quantity: parameters, printed: "31674", unit: count, source: t}}
  D: null
displays: {{{displays}}}
claims: {{{claims}}}
"""
SHARED = "61.27"
"""What both reports print."""


def make_set(folder: Path) -> Path:
    """Write an assignment, two reports and results; give the folder of the report."""
    assignment = write_study(folder)
    seeds = write_results(assignment, folder, seeds=(0, 1, 2))
    place = folder / "studies" / "tiny.yaml"
    graded = [GradedStudy.read(place, folder / "results", seeds)]
    for name in ("ann", "bea"):
        graded.append(_report(folder, name, SHARED, seeds))
    for one in graded:
        draw(one, layout.figures_folder(one.results) / one.study.study)
    export(graded, layout.exports_folder(folder / "results"), parquet=False)
    render(graded, STUDIES.parent / "report", layout.report_folder(folder / "results"))
    return layout.report_folder(folder / "results")


def _report(folder: Path, name: str, printed: str, seeds: dict[str, list[int]]) -> GradedStudy:
    assignment = load_study(folder / "studies" / "tiny.yaml")
    left_out = {
        part: ", ".join(f"{key}: null" for key in getattr(assignment, part))
        for part in ("displays", "claims")
    }
    place = folder / "studies" / f"{name}.yaml"
    place.write_text(REPORT.format(name=name, printed=printed, **left_out))
    study = load_study(place)
    runs = {"tiny": resolve(assignment), name: resolve(study)}
    lent = lent_runs({"tiny": [name]}, runs)[name]
    results = folder / "results"
    graded = GradedStudy.read(
        place, results, {run: seeds[of] for run, (_, of) in lent.items()}, Recorded(lent=lent)
    )
    tables = aggregate(graded)
    write_table(tables.pop("replicates"), layout.table_file(results, name))
    write_tables(tables, {key: layout.table_file(results, key, name) for key in tables})
    return graded
