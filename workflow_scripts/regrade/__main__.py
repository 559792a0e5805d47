"""The command line: everything that a job of the workflow does, without Snakemake."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from regrade.commands import curves, grid, new_study, records, steps, studies, training
from regrade.errors import exit_on_user_error
from regrade.logs import tell_in_any_locale

COMMANDS = (
    training.add_train,
    grid.add_plan,
    grid.add_export,
    grid.add_calibrate,
    steps.add_steps,
    new_study.add_new,
    studies.add_check,
    records.add_record,
    curves.add_import,
    curves.add_tensorboard,
    records.add_verify,
    records.add_why,
    studies.add_schema,
    studies.add_words,
)
"""What adds each command, in the order of `--help`."""


def main() -> None:
    """Run a subcommand; a user's mistake ends in one message without a traceback."""
    tell_in_any_locale()
    arguments = parse(sys.argv[1:])
    try:
        with exit_on_user_error():
            arguments.command(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # Who reads, such as `head`, has enough; what is left must not fail when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Read the words of a call; `command` is what it asks for."""
    parser = argparse.ArgumentParser(prog="regrade", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in COMMANDS:
        add(commands)
    return parser.parse_args(words)


if __name__ == "__main__":
    main()
