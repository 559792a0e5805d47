"""Study files: checking them, and what they may say."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from regrade.errors import UserError
from regrade.layout import STUDIES as STUDIES

if TYPE_CHECKING:
    from regrade.commands.arguments import Commands
    from regrade.studies.resolve import ResolvedRun
    from regrade.studies.sharing import Home

DESCRIBE = "REGRADE_DESCRIBE"
"""What makes words know the descriptions of their keys: see `regrade.studies.base`."""

WHOLE_RECIPES = "scale=full data=torchvision seeds=3 results=results/full"
"""What makes a preview a call that gives verdicts, in results of its own."""


def find_run(file: str, name: str) -> ResolvedRun:
    """Return a run of a study, which is given by its name or the path of its file.

    A bare name of a run with variants means its evidence, as it does in predicates.

    Raises
    ------
    UserError
        When there is no such study, or it has no such run.
    """
    from regrade.config import study_path
    from regrade.studies.load import load_study
    from regrade.studies.resolve import default_name, resolve
    from regrade.studies.spelling import suggest

    study = load_study(study_path(file, STUDIES))
    runs = {run.name: run for run in resolve(study)}
    name = default_name(study, name) if name in study.runs else name
    if name not in runs:
        raise UserError(
            f"{study.study} has no run {name!r}{suggest(name, runs)}; it has: {', '.join(runs)}"
        )
    return runs[name]


def own_place_of(file: str, dataset: str) -> Path | None:
    """Return where a study says that its own data set lies, if it is one of its own and says so."""
    from regrade.config import study_path
    from regrade.studies.load import load_study
    from regrade.studies.recipe_checks import own_place

    path = study_path(file, STUDIES)
    study = load_study(path)
    return own_place(study, path, dataset) if dataset in study.datasets else None


def run_of(wanted: str) -> tuple[ResolvedRun, Home]:
    """Return the run that `STUDY/RUN` names, and the study and run that have its replicates.

    The study is given by its name, or the path of its file.

    Raises
    ------
    UserError
        When it names no study or no run of it, or the study's file has mistakes.
    """
    from regrade.config import study_path
    from regrade.studies.sharing import home_of

    file, _, name = wanted.rpartition("/")
    if not file:
        raise UserError(f"{wanted!r} names no run; a run is named STUDY/RUN, such as duke/D01")
    run = find_run(file, name)
    return run, home_of(study_path(file, STUDIES), run)


def add_check(commands: Commands) -> None:
    """Add `check`."""
    parser = commands.add_parser("check", help="check study files and tell every mistake")
    parser.add_argument(
        "files", nargs="*", help="names of studies, or paths of their files; default: all studies"
    )
    parser.set_defaults(command=check)


def check(arguments: argparse.Namespace) -> None:
    """Check study files, and tell every mistake."""
    from regrade.config import study_files, study_path
    from regrade.grading.arithmetic import check_study
    from regrade.grading.printed_claims import told_claims
    from regrade.studies.load import load_study
    from regrade.studies.notes import notes_of

    mistakes = []
    for name in arguments.files or map(str, study_files(STUDIES)):
        try:
            path = study_path(name, STUDIES)
            study = load_study(path)
        except UserError as error:
            mistakes.append(str(error))
        else:
            print(f"{path}: {len(study.runs)} runs, {len(study.claims)} claims, no mistakes")
            for found in check_study(study):
                print(f"  {found.run}: {found.text} ({found.rule})")
            for note in notes_of(study):
                print(f"  note: {note.run}: {note.text}")
            if claims := told_claims(study, path.parent / "curves"):
                print(f"  {claims}")
    if mistakes:
        raise UserError("\n".join(_each_once(mistakes)))
    names = shlex.quote(",".join(arguments.files) or "all")
    print(f"Next, a preview: snakemake --cores all --config studies={names}")
    print(f"and the recipes as they are, on the real images: the same with {WHOLE_RECIPES}")
    print("(data=FOLDER where the images lie in files)")


def _each_once(mistakes: list[str]) -> Iterator[str]:
    """Leave out mistakes of an assignment that were told of a report which extends it, too."""
    told: set[str] = set()
    for text in mistakes:
        head, *lines = text.split("\n")
        # Those of the file itself begin with their line, others with the assignment's path.
        inherited = [line for line in lines if not line.startswith("  line ")]
        again = [line for line in inherited if line in told]
        told.update(inherited)
        yield "\n".join([head, *(line for line in lines if line not in again)])
        if again:
            yield f"  {len(again)} of them in the assignment, told above"


def add_schema(commands: Commands) -> None:
    """Add `schema`."""
    parser = commands.add_parser("schema", help="print the JSON Schema of study files")
    parser.set_defaults(command=schema)


def schema(_: argparse.Namespace) -> None:
    """Print the JSON Schema of study files."""
    _with_descriptions()
    from regrade.studies.study import Study

    print(json.dumps(Study.model_json_schema(), indent=1))


def _with_descriptions() -> None:
    """Begin this command anew, unless words know the descriptions of their keys already."""
    if DESCRIBE not in os.environ:
        command = [sys.executable, "-m", "regrade", *sys.argv[1:]]
        os.execve(sys.executable, command, os.environ | {DESCRIBE: "1"})


def add_words(commands: Commands) -> None:
    """Add `words`."""
    parser = commands.add_parser("words", help="print the reference of words of study files")
    parser.set_defaults(command=words)


def words(_: argparse.Namespace) -> None:
    """Print the reference of words."""
    _with_descriptions()
    from regrade.studies.reference import reference

    print(reference(), end="")
