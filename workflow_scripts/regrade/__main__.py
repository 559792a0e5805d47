"""The command line: everything that a job of the workflow does, without Snakemake."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from regrade.commands import grid, new_study, records, steps, studies, training
from regrade.errors import exit_on_user_error
from regrade.logs import tell_in_any_locale
from regrade.studies.datasets import DATASETS


def main() -> None:
    """Run a subcommand; a user's mistake ends in one message without a traceback."""
    tell_in_any_locale()
    arguments = parse(sys.argv[1:])
    with exit_on_user_error():
        arguments.command(arguments)


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Read the words of a call; `command` is what it asks for."""
    return _parser().parse_args(words)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="regrade", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    train = commands.add_parser("train", help="train one replicate and write its files")
    train.add_argument("--study", required=True, help="name of a study, or path of its file")
    train.add_argument("--run", required=True, help="name of a run, such as D05 or D05-as-told")
    train.add_argument("--seed", type=int, default=0)
    train.add_argument("--scale", choices=("preview", "full"), default="preview")
    train.add_argument(
        "--epochs", type=_positive, help="cap the preview at the first N epochs, on all images"
    )
    train.add_argument(
        "--data", default="synthetic", help="synthetic, torchvision, or a folder with npz files"
    )
    train.add_argument("--device", default="auto")
    train.add_argument("--precision", choices=("float32", "bf16", "tf32"), default="float32")
    train.add_argument("--threads", type=int, default=1)
    train.add_argument("--results", type=Path, default=Path("results"))
    train.set_defaults(command=training.train)

    changes = argparse.ArgumentParser(add_help=False)
    changes.add_argument(
        "--config",
        type=json.loads,
        default={},
        help='what differs from config.yaml, as JSON: {"studies": "kaist", "scale": "full"}',
    )

    plan = commands.add_parser(
        "plan", parents=[changes], help="print what every run costs, before anything runs"
    )
    plan.add_argument(
        "--gpus",
        type=_positive,
        default=1,
        metavar="N",
        help="devices that train at once (default: 1)",
    )
    plan.add_argument(
        "--budget",
        type=_hours,
        metavar="HOURS",
        help="choose the runs that decide the most claims within so many hours of a device",
    )
    plan.set_defaults(command=grid.plan)

    export = commands.add_parser(
        "export",
        parents=[changes],
        help="print the replicates as jobs for `python -m regrade.training`",
    )
    export.add_argument(
        "runs",
        nargs="*",
        metavar="STUDY/RUN",
        help="which runs, in which order: kaist/K1, or a pattern such as 'nyu/M*' (default: all)",
    )
    export.set_defaults(command=grid.export)

    calibrate = commands.add_parser(
        "calibrate", help="measure how fast this device trains, for `device_speed` of config.yaml"
    )
    calibrate.add_argument("--device", default="auto")
    calibrate.set_defaults(command=grid.calibrate)

    _add_steps(commands, changes)

    new = commands.add_parser("new", help="write a commented study to begin with")
    new.add_argument("name", metavar="NAME", help="what the study is called, such as my_report")
    new.set_defaults(command=new_study.new)

    check = commands.add_parser("check", help="check study files and tell every mistake")
    check.add_argument("files", nargs="*", type=Path, help="default: all studies")
    check.set_defaults(command=studies.check)

    keep = commands.add_parser("record", help="copy measured results to records/")
    keep.add_argument("results", type=Path, help="folder that a workflow run made")
    keep.add_argument(
        "--replace", action="store_true", help="replace records, whatever they are worth"
    )
    keep.add_argument("--commit", help="of the code that trained them, if they do not say it")
    keep.set_defaults(command=records.record)

    _add_import(commands)

    verify = commands.add_parser(
        "verify", help="hold every file of results or records against its source"
    )
    verify.add_argument("place", nargs="?", type=Path, default=studies.STUDIES.parent / "records")
    verify.set_defaults(command=records.verify)

    why = commands.add_parser("why", help="tell what changed since a run's replicates were made")
    why.add_argument("run", metavar="STUDY/RUN", help="such as duke/D05-as-run")
    why.add_argument("--results", type=Path, default=Path("results"))
    why.set_defaults(command=records.why)

    schema = commands.add_parser("schema", help="print the JSON Schema of study files")
    schema.set_defaults(command=studies.schema)

    words = commands.add_parser("words", help="print the reference of words of study files")
    words.set_defaults(command=studies.words)
    return parser


def _add_import(commands: Any) -> None:
    taken = commands.add_parser(
        "import", help="grade a run by learning curves that other code wrote, without training"
    )
    taken.add_argument("run", metavar="STUDY/RUN", help="such as duke/D05-as-run, or FILE/RUN")
    taken.add_argument("history", type=Path, help="CSV with columns as in history.csv")
    taken.add_argument("--summary", type=Path, help="JSON with keys as in summary.json")
    taken.add_argument("--seed", type=_seed, default=0, help="names the replicate (default: 0)")
    taken.add_argument(
        "--first-epoch", type=int, choices=(0, 1), default=1, help="what it counts as (default: 1)"
    )
    taken.add_argument("--replace", action="store_true", help="replace another replicate")
    taken.set_defaults(command=records.import_curves)


def _add_steps(commands: Any, changes: argparse.ArgumentParser) -> None:
    """Add what the rules of the workflow do, by the names of their scripts."""
    of_a_study = {
        "measure": (steps.measure, "measure the networks of a study, as the workflow does"),
        "grade": (steps.grade, "grade a study: write its tables from its replicates"),
        "draw": (steps.draw, "draw the figures of a study from its tables and replicates"),
    }
    of_all = {
        "collect": (steps.collect, "put the tables of all studies together"),
        "share": (steps.share, "write the results as one long table, a summary, a badge, a crate"),
        "render": (steps.render, "render the pages of the report from tables and figures"),
    }
    prepare = commands.add_parser("prepare", parents=[changes], help="prepare a data set")
    prepare.add_argument("dataset", choices=list(DATASETS))
    prepare.set_defaults(command=steps.prepare)
    for name, (step, told) in (of_a_study | of_all).items():
        parser = commands.add_parser(name, parents=[changes], help=told)
        parser.set_defaults(command=step)
        if name in of_a_study:
            parser.add_argument("study", help="name of a study")


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0")
    return int(text)


def _hours(text: str) -> float:
    try:
        hours = float(text)
    except ValueError:
        hours = 0.0
    if not 0 < hours < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of hours above 0")
    return hours


if __name__ == "__main__":
    main()
