"""Measured results: recording, checking and explaining them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from regrade.commands.arguments import RESULTS, add_results
from regrade.commands.studies import STUDIES, run_of
from regrade.errors import UserError

if TYPE_CHECKING:
    from regrade.commands.arguments import Commands


def add_record(commands: Commands) -> None:
    """Add `record`."""
    parser = commands.add_parser("record", help="copy measured results to records/")
    parser.add_argument(
        "results",
        type=Path,
        help="folder that a workflow run or `python -m regrade.training` made",
    )
    parser.add_argument(
        "--replace", action="store_true", help="replace records, whatever they are worth"
    )
    parser.add_argument(
        "--synthetic", action="store_true", help="record what was trained on made-up images, too"
    )
    parser.add_argument("--commit", help="of the code that trained them, if they do not say it")
    parser.set_defaults(command=record)


def record(arguments: argparse.Namespace) -> None:
    """Take measured results into the records."""
    from regrade.records import record
    from regrade.records_table import around_table, update_readme

    records = STUDIES.parent / "records"
    around_table(records)  # Nothing is copied where the table could not be written afterwards.
    found = record(
        arguments.results,
        records,
        replace=arguments.replace,
        synthetic=arguments.synthetic,
        commit=arguments.commit,
    )
    for taken in found:
        detail = f" ({taken.detail})" if taken.detail else ""
        print(f"{taken.outcome}: {taken.folder}{detail}")
    update_readme(records)


def add_verify(commands: Commands) -> None:
    """Add `verify`."""
    parser = commands.add_parser(
        "verify", help="hold every file of results or records against its source"
    )
    parser.add_argument(
        "place",
        nargs="?",
        type=Path,
        default=STUDIES.parent / "records",
        help="folder of results or records (default: the project's records)",
    )
    parser.set_defaults(command=verify)


def verify(arguments: argparse.Namespace) -> None:
    """Check records or results against what they say of themselves."""
    from regrade.verify import holds_results, verify

    if not arguments.place.is_dir():
        raise UserError(f"{arguments.place}: there is no such folder")
    if not holds_results(arguments.place):
        raise UserError(
            f"{arguments.place}: neither results nor records, which have runs/, models/, tables/ or"
            " data/"
        )
    found = list(verify(arguments.place))
    if found:
        raise UserError("\n".join([*found, f"{len(found)} differences"]))
    print(f"{arguments.place}: everything is what it should be")


def add_why(commands: Commands) -> None:
    """Add `why`."""
    parser = commands.add_parser("why", help="tell what changed since a run's replicates were made")
    parser.add_argument("run", metavar="STUDY/RUN", help="such as duke/D01 or duke/D05-as-told")
    add_results(parser)
    parser.set_defaults(command=why)


def why(arguments: argparse.Namespace) -> None:
    """Tell why a run would be trained again."""
    from regrade import layout
    from regrade.studies.images import dataset_of
    from regrade.why import changes, read_provenances

    run, (study, name) = run_of(arguments.run)
    results = arguments.results
    if results != RESULTS and not results.is_dir():
        raise UserError(f"--results {results}: there is no such folder")
    data = layout.data_file(results, dataset_of(run.recipe).name)
    places = [results, STUDIES.parent / "records"]
    for folder, provenance in read_provenances(places, study, name).items():
        found = list(changes(provenance, run, data))
        print(f"{folder}:" if found else f"{folder}: nothing changed")
        for text in found:
            print(f"  {text}")
