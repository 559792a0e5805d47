"""Rendering the report: the index, the methods, a page a study and a page a run."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

import regrade
from regrade.files import sync_folder, write_atomically
from regrade.grading.graded_study import GradedStudy
from regrade.grading.rule_descriptions import descriptions
from regrade.layout import figures_folder
from regrade.report import (
    claim_words,
    comparing,
    coverage,
    findings,
    formatting,
    ledger,
    missing,
    run_page,
    sets,
    study_page,
    study_view,
    verdicts,
)
from regrade.report.compact_html import compact
from regrade.report.data_files import GRADE_BOOK, data_links
from regrade.report.picture import FOLDER
from regrade.report.recipe_text import settings
from regrade.report.scope import Scope, scope_of
from regrade.report.study_view import RUNS, View
from regrade.studies.resolve import ResolvedRun

ASSETS = "assets"
"""Style, scripts and libraries, from the root of the report."""


def render(studies: Sequence[GradedStudy], design: Path, destination: Path) -> None:
    """Write all pages of the report, in the place of those of former calls.

    Parameters
    ----------
    studies
        In the order of the index, with tables and figures among their results.
    design
        The folder with `templates/` and `assets/`.
    destination
        The report's own folder. Gets `index.html`, `claims.html`, `compare.html`, `methods.html`,
        `<study>.html`, `set-<assignment>.html`, `runs/<study>/<run>.html`, and beside them
        `assets/` and `figures/`.

    Raises
    ------
    UserError
        For a result file that is missing or damaged.
    """
    found = study_view.views(studies)
    _remove_former(destination)
    pages = Pages(found, figures_folder(studies[0].results), design, destination)
    pages.write_shared()
    pages.write_index()
    pages.write_claims()
    pages.write_compare()
    pages.write_methods()
    for one in pages.sets:
        pages.write_set(one)
    for view in found:
        pages.write_study(view)
        for run in view.results.runs:
            pages.write_run(view, run)
    sync_folder(destination)


def _remove_former(destination: Path) -> None:
    """Remove a former report: of other studies and runs, whose links would lead nowhere."""
    for page in destination.glob("*.html"):
        page.unlink()
    for folder in (RUNS, ASSETS, FOLDER):
        shutil.rmtree(destination / folder, ignore_errors=True)


class Pages:
    """The templates with what all pages share."""

    def __init__(
        self, found: Sequence[View], figures: Path, design: Path, destination: Path
    ) -> None:
        self.views = found
        self.sets = sets.report_sets(found)
        self.figures = figures
        self.design = design
        self.destination = destination
        self.environment = Environment(
            loader=FileSystemLoader(design / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.globals |= {
            "version": regrade.__version__,
            "views": found,
            "sets": self.sets,
            "in_sets": {view.study.study for one in self.sets for view in one.reports},
            "look": verdicts.look,
            "is_reports_own": study_view.is_reports_own,
            "in_report": claim_words.in_report,
            "in_measurements": claim_words.in_measurements,
        }
        self.environment.filters |= {
            "count": formatting.count,
            "duration": formatting.duration,
            "percent": formatting.percent,
            "sentence": formatting.sentence,
        }

    def write_shared(self) -> None:
        """Write what pages load: style, scripts, their libraries, and the figures."""
        for path in sorted((self.design / "assets").iterdir()):
            self._put(f"{ASSETS}/{path.name}", path.read_bytes())
        self._put(f"{ASSETS}/runs.js", comparing.script(self.views))
        # Beside them may lie those of studies that a former call was about.
        for view in self.views:
            for path in sorted((self.figures / view.study.study).rglob("*.svg")):
                self._put(f"{FOLDER}/{path.relative_to(self.figures)}", path.read_bytes())

    def write_index(self) -> None:
        """Write the front page: findings, and a card a study."""
        each = {
            view.study.study: scope_of([(view.results, view.results.runs)]) for view in self.views
        }
        self._write(
            "index.html.j2",
            "index.html",
            here="index",
            scope=self._whole(),
            extents=each,
            kinds=findings.kinds(self.views),
            data=data_links(self.views[0].results.results),
        )

    def write_claims(self) -> None:
        """Write the ledger of all claims."""
        entries = ledger.entries(self.views)
        options = ledger.options(entries)
        self._write(
            "claims.html.j2",
            "claims.html",
            here="claims",
            scope=self._whole(),
            entries=entries,
            options=options,
        )

    def write_compare(self) -> None:
        """Write the page on which readers overlay runs."""
        self._write("compare.html.j2", "compare.html", here="compare", offered=comparing.offered())

    def write_methods(self) -> None:
        """Write the rules."""
        self._write(
            "methods.html.j2",
            "methods.html",
            here="methods",
            scope=self._whole(),
            arithmetic=descriptions(),
            coverage=coverage.panels(self.design / "assets" / "coverage.csv"),
        )

    def _whole(self) -> Scope:
        return scope_of((view.results, view.results.runs) for view in self.views)

    def write_set(self, one: sets.ReportSet) -> None:
        """Write the page of an assignment's reports."""
        views = [one.assignment, *one.reports]
        links = data_links(self.views[0].results.results)
        self._write(
            "set.html.j2",
            one.page,
            here=one.assignment.study.study,
            set=one,
            scope=scope_of((view.results, view.results.runs) for view in views),
            data=next((href for href, name, _ in links if name == GRADE_BOOK.name), None),
        )

    def write_study(self, view: View) -> None:
        """Write the page of a study."""
        self._write(
            "study.html.j2",
            view.page,
            here=view.study.study,
            view=view,
            scope=scope_of([(view.results, view.results.runs)]),
            overview=study_page.overview(view, self.figures),
            runs=study_page.run_lines(view),
            parts=study_page.shown_parts(view, self.figures),
            numbers=study_page.numbers(view, further=False),
            further=study_page.numbers(view, further=True),
        )

    def write_run(self, view: View, run: ResolvedRun) -> None:
        """Write the page of a run in one of its variants."""
        results, replicates = view.results, run_page.replicates(view, run)
        self._write(
            "run.html.j2",
            view.run_page(run),
            here=view.study.study,
            view=view,
            run=run,
            described=view.study.runs[run.run],
            home=run_page.home(view, run),
            repeats=results.by_name[run.trained_as] if run.trained_as != run.name else None,
            others=results.other_variants(run),
            scope=scope_of([(results, [run])]),
            neighbours=study_view.neighbours(results.by_name, run.name),
            picture=run_page.drawing(view, run, self.figures),
            lines=run_page.lines(view, run),
            settings=settings(run, results),
            model=results.measurements.model(run),
            untrained=run_page.untrained(view, run),
            layers_of=run_page.shown_by(view, run),
            replicates=replicates,
            shared=run_page.shared(replicates),
            commands=run_page.commands(view, run, self.views),
            waits=view.missing.of_run(run),
            each=missing.about(missing.one_replicate(run)),
        )

    def _write(self, template: str, page: str, **context: Any) -> None:
        root = "../" * page.count("/")
        if "view" in context:
            context["linked"] = partial(context["view"].linked, root=root)
        text = self.environment.get_template(template).render(root=root, **context)
        self._put(page, compact(text))

    def _put(self, place: str, content: str | bytes) -> None:
        write_atomically(self.destination / place, content, synced=False)
