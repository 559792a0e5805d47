"""Measured results: taking, checking and explaining them."""

from __future__ import annotations

import argparse

from regrade.commands.studies import STUDIES, study_path
from regrade.errors import UserError


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
    from regrade.studies.load import load_study
    from regrade.studies.resolve import resolve
    from regrade.studies.spelling import suggest
    from regrade.why import changes, read_provenances

    name, _, wanted = arguments.run.partition("/")
    study = load_study(study_path(name))
    runs = {run.name: run for run in resolve(study)}
    if wanted not in runs:
        raise UserError(
            f"{study.study} has no run {wanted!r}{suggest(wanted, runs)}; it has: {', '.join(runs)}"
        )
    run = runs[wanted]
    results = arguments.results
    data = layout.data_file(results, run.recipe.dataset)
    found_in = read_provenances(results, study.study, run.trained_as)
    for seed, provenance in found_in.items():
        found = list(changes(provenance, run, data))
        print(
            f"{study.study}/{run.trained_as} seed {seed}: {'nothing changed' if not found else ''}"
        )
        for text in found:
            print(f"  {text}")
