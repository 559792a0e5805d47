"""Measured results: taking, checking and explaining them."""

from __future__ import annotations

import argparse
import shlex
from typing import TYPE_CHECKING

from regrade.commands.studies import STUDIES, study_path
from regrade.errors import UserError

if TYPE_CHECKING:
    from regrade.studies.resolve import ResolvedRun


def record(arguments: argparse.Namespace) -> None:
    """Take measured results into the records."""
    from regrade.records import record
    from regrade.records_table import update_readme
    from regrade.verify import write_sums

    records = STUDIES.parent / "records"
    options = {"replace": arguments.replace, "commit": arguments.commit}
    for taken in record(arguments.results, records, **options):
        detail = f" ({taken.detail})" if taken.detail else ""
        print(f"{taken.outcome}: {taken.folder}{detail}")
    update_readme(records)
    write_sums(records)


def import_curves(arguments: argparse.Namespace) -> None:
    """Take learning curves of somebody's own code into the records."""
    from regrade.evidence import of_one_basis, read_records
    from regrade.imported_records import Source, import_replicate
    from regrade.records_table import update_readme
    from regrade.verify import write_sums

    records = STUDIES.parent / "records"
    run = _run_of(arguments.run)
    if run.measure_only:
        raise UserError(
            f"{run.study}/{run.name} is counted, not trained: it has no learning curves"
        )
    source = Source(arguments.history, arguments.summary, arguments.first_epoch)
    taken = import_replicate(run, arguments.seed, source, records, replace=arguments.replace)
    update_readme(records)
    write_sums(records)
    if run.trained_as != run.name:
        print(f"{run.name} has the recipe of {run.trained_as}, whose replicate this is")
    print(f"{taken.outcome}: {taken.folder}, {taken.epochs} epochs")
    graded = of_one_basis(read_records(records, run.study, run.trained_as))
    if any(one.is_imported for one in graded):
        print(_what_it_decides(taken.is_whole, run.recipe.stop.epochs))
    else:
        print(
            "What was measured of the run is recorded and as good: that is graded, not the curves"
        )
    print(f"Next: snakemake --cores 1 --config studies={shlex.quote(_file_of(arguments.run))}")


def _what_it_decides(is_whole: bool, epochs: int) -> str:
    if is_whole:
        return "It covers the whole recipe, and may decide verdicts; pages call it imported."
    return f"It covers a part of the recipe's {epochs} epochs: it is shown, and decides nothing."


def _file_of(wanted: str) -> str:
    return wanted.rpartition("/")[0]


def _run_of(wanted: str) -> ResolvedRun:
    """Return the run that `STUDY/RUN` names; the study by its name, or the path of its file."""
    from regrade.studies.load import load_study
    from regrade.studies.resolve import resolve
    from regrade.studies.spelling import suggest

    file, _, name = wanted.rpartition("/")
    if not file:
        raise UserError(f"{wanted!r} names no run; a run is named STUDY/RUN, such as duke/D01")
    study = load_study(study_path(file))
    runs = {run.name: run for run in resolve(study)}
    if name not in runs:
        raise UserError(
            f"{study.study} has no run {name!r}{suggest(name, runs)}; it has: {', '.join(runs)}"
        )
    return runs[name]


def verify(arguments: argparse.Namespace) -> None:
    """Check records or results against what they say of themselves."""
    from regrade.verify import verify

    if not arguments.place.is_dir():
        raise UserError(f"{arguments.place}: there is no such folder")
    found = list(verify(arguments.place))
    if found:
        raise UserError("\n".join([*found, f"{len(found)} differences"]))
    print(f"{arguments.place}: everything is what it should be")


def why(arguments: argparse.Namespace) -> None:
    """Tell why a run would be trained again."""
    from regrade import layout
    from regrade.why import changes, read_provenances

    run = _run_of(arguments.run)
    results = arguments.results
    data = layout.data_file(results, run.recipe.dataset)
    found_in = read_provenances(results, run.study, run.trained_as)
    for seed, provenance in found_in.items():
        found = list(changes(provenance, run, data))
        print(f"{run.study}/{run.trained_as} seed {seed}: {'nothing changed' if not found else ''}")
        for text in found:
            print(f"  {text}")
