"""Rendering the report: the index, the methods, a page a study and a page a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

import regrade
from regrade.evidence import NO_RECORDS, Recorded
from regrade.files import write_atomically
from regrade.report import formatting, run_page, study_page, study_view
from regrade.report.recipe_text import settings
from regrade.report.scope import extent
from regrade.report.study_results import Material
from regrade.report.study_view import View
from regrade.studies.load import load_study
from regrade.studies.resolve import ResolvedRun

Seeds = Mapping[str, Mapping[str, Sequence[int]]]
BENCHMARKS = "benchmarks.html"
"""Written by `make bench`, not by the workflow."""


def render(
    studies: Sequence[Path],
    results: Path,
    seeds: Seeds,
    design: Path,
    destination: Path,
    recorded: Mapping[str, Recorded] = MappingProxyType({}),
) -> None:
    """Write all pages of the report.

    Parameters
    ----------
    studies
        The study files, in the order of the index; published curves lie in `curves` beside them.
    results
        The folder with `runs/`, `models/`, `tables/`, `figures/` and `logs/`.
    seeds
        Study: trained run, by its resolved name: its seeds.
    design
        The folder with `templates/` and `style.css`.
    destination
        Gets `index.html`, `methods.html`, `<study>.html` and `runs/<study>/<run>.html`.
    recorded
        Study: what is taken from the records, in the place of results or beside them.

    Raises
    ------
    UserError
        For a study file with mistakes, or a result file that is missing or damaged.
    """
    found = []
    for path in studies:
        study = load_study(path)
        of_study = seeds.get(study.study, {})
        of_records = recorded.get(study.study, NO_RECORDS)
        found.append(View(Material(study, results, path.parent / "curves", of_study, of_records)))
    pages = Pages(found, results / "figures", design, destination)
    pages.write_index()
    pages.write_methods()
    for view in found:
        pages.write_study(view)
        for run in view.material.runs:
            pages.write_run(view, run)


class Pages:
    """The templates with what all pages share."""

    def __init__(
        self, found: Sequence[View], figures: Path, design: Path, destination: Path
    ) -> None:
        self.views = found
        self.figures = figures
        self.destination = destination
        self.environment = Environment(
            loader=FileSystemLoader(design / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.globals |= {
            "style": (design / "style.css").read_text(encoding="utf-8"),
            "version": regrade.__version__,
            "views": found,
            "look": study_view.look,
        }
        self.environment.filters |= {
            "count": formatting.count,
            "duration": formatting.duration,
            "percent": formatting.percent,
            "sentence": formatting.sentence,
        }

    def write_index(self) -> None:
        """Write the scoreboard of all studies."""
        whole = extent((view.material, view.material.runs) for view in self.views)
        each = {
            view.study.study: extent([(view.material, view.material.runs)]) for view in self.views
        }
        self._write("index.html.j2", "index.html", here="index", extent=whole, extents=each)

    def write_methods(self) -> None:
        """Write the rules."""
        whole = extent((view.material, view.material.runs) for view in self.views)
        measured = (self.destination / BENCHMARKS).exists()
        self._write(
            "methods.html.j2", "methods.html", here="methods", extent=whole, benchmarks=measured
        )

    def write_benchmarks(
        self, figures: Mapping[str, Markup], groups: Sequence[SimpleNamespace]
    ) -> Path:
        """Write the page of the benchmarks, which the methods name once it is there."""
        self._write(
            "benchmarks.html.j2", BENCHMARKS, here="methods", figures=figures, groups=groups
        )
        return self.destination / BENCHMARKS

    def write_study(self, view: View) -> None:
        """Write the page of a study."""
        self._write(
            "study.html.j2",
            view.page,
            here=view.study.study,
            view=view,
            extent=extent([(view.material, view.material.runs)]),
            overview=study_page.overview(view, self.figures),
            runs=study_page.run_lines(view),
            displays=study_page.displays(view, self.figures),
            numbers=study_page.number_lines(view, further=False),
            further=study_page.number_lines(view, further=True),
        )

    def write_run(self, view: View, run: ResolvedRun) -> None:
        """Write the page of a run in one of its readings."""
        material = view.material
        self._write(
            "run.html.j2",
            view.run_page(run),
            here=view.study.study,
            view=view,
            run=run,
            described=view.study.runs[run.run],
            repeats=material.by_name[run.trained_as] if run.trained_as != run.name else None,
            others=material.other_readings(run),
            extent=extent([(material, [run])]),
            neighbours=study_view.neighbours(material.by_name, run.name),
            drawing=run_page.drawing(view, run, self.figures),
            lines=run_page.lines(view, run),
            settings=settings(run, material),
            model=material.measurements.model(run),
            replicates=run_page.replicates(view, run),
        )

    def _write(self, template: str, page: str, **context: Any) -> None:
        root = "../" * page.count("/")
        if "view" in context:
            context["linked"] = partial(context["view"].linked, root=root)
        text = self.environment.get_template(template).render(root=root, **context)
        write_atomically(self.destination / page, text)
