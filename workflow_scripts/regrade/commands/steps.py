"""What the rules of the workflow do, by hand, with the files where the rules have them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from regrade import layout
from regrade.commands.arguments import config_changes
from regrade.commands.grid import graded_study, read_grid
from regrade.commands.studies import STUDIES
from regrade.errors import UserError
from regrade.studies.datasets import DATASETS
from regrade.studies.images import whole_dataset_of
from regrade.studies.spelling import suggest

if TYPE_CHECKING:
    from regrade.commands.arguments import Commands
    from regrade.grading.graded_study import GradedStudy
    from regrade.grid import Grid


def add_steps(commands: Commands) -> None:
    """Add what the rules of the workflow do, by the names of their scripts."""
    changes = config_changes()
    parser = commands.add_parser("prepare", parents=[changes], help="prepare a data set")
    parser.add_argument("dataset", help="its name, such as cifar10, or that of a study's own")
    parser.set_defaults(command=prepare)
    of_a_study = {
        "measure": (measure, "measure the networks of a study, as the workflow does"),
        "grade": (grade, "grade a study: write its tables from its replicates"),
        "draw": (draw, "draw the figures of a study from its tables and replicates"),
    }
    of_all = {
        "collect": (collect, "put the tables of all studies together"),
        "share": (share, "write the results as one long table, a summary, a badge, a crate"),
        "render": (render, "render the pages of the report from tables and figures"),
        "findings": (findings, "print all findings as Markdown, with links from docs/"),
    }
    for name, (step, told) in (of_a_study | of_all).items():
        parser = commands.add_parser(name, parents=[changes], help=told)
        if name in of_a_study:
            parser.add_argument("study", help="name of a study")
        parser.set_defaults(command=step)


def prepare(arguments: argparse.Namespace) -> None:
    """Prepare a data set."""
    from regrade.data.prepare import prepare

    grid, name = read_grid(arguments.config), arguments.dataset
    dataset = (DATASETS | grid.datasets).get(name)
    if dataset is None:
        known = list(dict.fromkeys([*DATASETS, *grid.datasets]))
        raise UserError(
            f"no data set {name!r}{suggest(name, known)}; there are: {', '.join(known)}"
        )
    path = layout.data_file(Path(grid.config.results), name)
    prepare(dataset, grid.config.data, path, layout.card_file(path), grid.own_places.get(name))


def measure(arguments: argparse.Namespace) -> None:
    """Measure the networks of a study."""
    from regrade.measuring.study import Network, Place, measure_study

    grid, study = _of(arguments)
    for run in sorted(grid.fed(study) & grid.networks_to_measure(study).keys()):
        dataset = whole_dataset_of(grid.run(study, run).recipe).name
        data = layout.data_file(Path(grid.config.results), dataset)
        _require(layout.card_file(data), f"prepare {dataset}")
    results, weights = Path(grid.config.results), grid.config.weights
    networks = {run: Network(**fields) for run, fields in grid.networks_to_measure(study).items()}
    place = Place(
        study=study,
        data=layout.data_folder(results),
        output=layout.model_folder(results, study),
        kept=layout.kept_models(results),
        weights=Path(weights) if weights else None,
    )
    measure_study(networks, place)


def grade(arguments: argparse.Namespace) -> None:
    """Grade a study: write its tables."""
    from regrade.grading.basis import Basis, write_basis
    from regrade.grading.tables import aggregate, write_table

    grid, study = _of(arguments)
    _require_measured(grid, study)
    graded = _todays(grid, study)
    for name, table in aggregate(graded).items():
        write_table(table, layout.graded_table(graded.results, name, study))
    basis = Basis(str(grid.files[study]), dict(graded.seeds), graded.recorded)
    write_basis(basis, layout.basis_file(graded.results, study))


def collect(arguments: argparse.Namespace) -> None:
    """Put the tables of all studies together."""
    from regrade.grading.tables import collect, write_table

    grid = read_grid(arguments.config)
    results = Path(grid.config.results)
    for study in grid.files:
        _with_tables(grid, study)
    for name in layout.TABLES:
        parts = [layout.table_file(results, name, study) for study in grid.files]
        write_table(collect(parts), layout.table_file(results, name))


def draw(arguments: argparse.Namespace) -> None:
    """Draw the figures of a study."""
    from regrade.report.figures.draw import draw

    grid, study = _of(arguments)
    graded = _with_tables(grid, study)
    draw(graded, layout.figures_folder(graded.results) / study)


def share(arguments: argparse.Namespace) -> None:
    """Write the results in the forms that other tools read."""
    from regrade.exports.write import can_write_parquet, export

    grid = read_grid(arguments.config)
    studies = [_with_tables(grid, study) for study in grid.files]
    folder = layout.exports_folder(Path(grid.config.results))
    export(studies, folder, parquet=can_write_parquet())


def render(arguments: argparse.Namespace) -> None:
    """Render the pages of the report."""
    from regrade.report.pages import render

    grid = read_grid(arguments.config)
    studies = [_with_tables(grid, study) for study in grid.files]
    render(studies, STUDIES.parent / "report", layout.report_folder(Path(grid.config.results)))


def findings(arguments: argparse.Namespace) -> None:
    """Print what was found of all studies, as docs/findings.md has it of the records."""
    from regrade.exports.findings_document import document
    from regrade.report.study_view import views

    grid = read_grid(arguments.config)
    found = views(_with_tables(grid, study) for study in grid.files)
    report = Path("..") / layout.report_folder(Path(grid.config.results))
    print(document(found, report.as_posix()), end="")


def _with_tables(grid: Grid, study: str) -> GradedStudy:
    """Return a study that was graded before; without that nothing can be shown of it."""
    table = layout.table_file(Path(grid.config.results), "numbers", study)
    _require(table, f"grade {study}")
    return _todays(grid, study)


def _todays(grid: Grid, study: str) -> GradedStudy:
    """Return a study with what it is graded by, which must be of its recipes of today."""
    graded = graded_study(grid, study)
    graded.measurements.require_todays_recipes()
    return graded


def _require_measured(grid: Grid, study: str) -> None:
    """Refuse to grade before everything that a study is graded by was trained and measured."""
    evidence = grid.evidence(study)
    for run, seeds in grid.graded_seeds(study).items():
        for seed in seeds:
            place = evidence.replicate(run, seed) / layout.SUMMARY
            _require(place, f"train --study {study} --run {run} --seed {seed}")
    for network in grid.networks(study):
        _require(evidence.model(network.name), f"measure {study}")


def _require(path: Path, step: str) -> None:
    """Refuse to go on without a file, and say which step writes it."""
    if not path.exists():
        raise UserError(
            f"{path} is not there yet: `python -m regrade {step}` writes it,"
            " `snakemake --cores all` all results; both with the same settings"
        )


def _of(arguments: argparse.Namespace) -> tuple[Grid, str]:
    """Read the grid, and hold the study that is asked for against it."""
    grid, study = read_grid(arguments.config), arguments.study
    if study not in grid.files:
        known = ", ".join(grid.files)
        raise UserError(f"no study {study!r}{suggest(study, grid.files)}; there are: {known}")
    return grid, study
