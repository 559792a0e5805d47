"""Learning curves: importing those of other code, and giving ours to TensorBoard."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from regrade.commands.arguments import config_changes, seed
from regrade.commands.grid import graded_study, read_grid
from regrade.commands.studies import STUDIES, run_of
from regrade.errors import UserError

if TYPE_CHECKING:
    from regrade.commands.arguments import Commands


def add_import(commands: Commands) -> None:
    """Add `import`."""
    parser = commands.add_parser(
        "import", help="grade a run by learning curves that other code wrote, without training"
    )
    parser.add_argument("run", metavar="STUDY/RUN", help="such as duke/D05-as-run, or FILE/RUN")
    parser.add_argument("history", type=Path, help="CSV with columns as in history.csv")
    parser.add_argument("--summary", type=Path, help="JSON with keys as in summary.json")
    parser.add_argument("--seed", type=seed, default=0, help="names the replicate (default: 0)")
    parser.add_argument(
        "--first-epoch",
        type=int,
        choices=(0, 1),
        default=1,
        help="number of the first epoch in the file (default: 1)",
    )
    parser.add_argument("--replace", action="store_true", help="replace another replicate")
    parser.set_defaults(command=import_curves)


def import_curves(arguments: argparse.Namespace) -> None:
    """Take learning curves of somebody's own code into the records."""
    from regrade.evidence import of_one_basis, read_records
    from regrade.imported_records import Source, import_replicate
    from regrade.records_table import around_table, update_readme

    records = STUDIES.parent / "records"
    run, home = run_of(arguments.run)
    if run.measure_only:
        raise UserError(
            f"{run.study}/{run.name} is counted, not trained: it has no learning curves"
        )
    if home != (run.study, run.trained_as):
        raise UserError(
            f"{run.study}/{run.name} has the recipe of {'/'.join(home)}, whose replicates grade all"
            f" reports of the set: import the curves as {'/'.join(home)}, if they are to grade all"
        )
    around_table(records)  # Nothing is copied where the table could not be written afterwards.
    source = Source(arguments.history, arguments.summary, arguments.first_epoch)
    taken = import_replicate(run, arguments.seed, source, records, replace=arguments.replace)
    update_readme(records)
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
    study = arguments.run.rpartition("/")[0]
    print(f"Next: snakemake --cores all --config studies={shlex.quote(study)}")


def add_tensorboard(commands: Commands) -> None:
    """Add `tensorboard`."""
    parser = commands.add_parser(
        "tensorboard",
        parents=[config_changes()],
        help="write the learning curves of all replicates and reports as files for TensorBoard",
    )
    parser.add_argument("folder", type=Path, help="to write to: new, or empty")
    parser.set_defaults(command=tensorboard)


def tensorboard(arguments: argparse.Namespace) -> None:
    """Write learning curves for TensorBoard."""
    from regrade.exports.tensorboard import write_event_files

    grid = read_grid(arguments.config)
    studies = [graded_study(grid, study) for study in grid.files]
    written = write_event_files(studies, arguments.folder)
    print(f"Curves of {written} replicates and reports")
    print(f"Next: tensorboard --logdir {shlex.quote(str(arguments.folder))}")


def _what_it_decides(is_whole: bool, epochs: int) -> str:
    if is_whole:
        return "It covers the whole recipe, and may decide verdicts; pages call it imported."
    return f"It covers a part of the recipe's {epochs} epochs: it is shown, and decides nothing."
