"""A study to begin with: a commented file that checks and previews as it is."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from regrade.commands.studies import STUDIES, WHOLE_RECIPES
from regrade.errors import UserError
from regrade.files import write_atomically
from regrade.studies.forms import MEANINGS, NAME
from regrade.studies.own_names import why_no_study
from regrade.studies.yaml_document import STUDY_ENDINGS

if TYPE_CHECKING:
    from regrade.commands.arguments import Commands

TEMPLATE = STUDIES / "examples" / "template.yaml"
LONGEST = 60
"""Characters of a name: files and folders are made of it."""


def add_new(commands: Commands) -> None:
    """Add `new`."""
    parser = commands.add_parser("new", help="write a commented study to begin with")
    parser.add_argument("name", metavar="NAME", help="what the study is called, such as my_report")
    parser.set_defaults(command=new)


def new(arguments: argparse.Namespace) -> None:
    """Write the template under a name of the user's, and say what to do with it."""
    name = study_name(arguments.name)
    path = write_study(name, STUDIES)
    shown = os.path.relpath(path)
    preview = f"snakemake --cores all --config studies={name}"
    print(f"written: {shown}, a study of a made-up report; replace it by yours, piece by piece")
    print(f"check:   python -m regrade check {shown}")
    print(f"preview: {preview}")
    print(f"full:    {preview} {WHOLE_RECIPES}")


def study_name(wanted: str) -> str:
    """Return what a study is called that a user named so; a dash becomes an underscore.

    Raises
    ------
    UserError
        For what is no name, or is read as something else.
    """
    name = wanted.replace("-", "_")
    if not re.fullmatch(NAME, name) or len(name) > LONGEST:
        raise UserError(
            f"{wanted[: LONGEST + 1]!r} cannot name a study; a name is {MEANINGS[NAME]}, at most"
            f" {LONGEST} characters, without a folder or an ending"
        )
    if reason := why_no_study(name):
        raise UserError(reason)
    if _is_read_otherwise(name):
        raise UserError(
            f"{wanted!r} cannot name a study: `studies={name}` means something else; choose"
            f" another name, such as {name}_report"
        )
    return name


def _is_read_otherwise(name: str) -> bool:
    """Whether a file or a command line takes a bare word for a truth value or a number."""
    try:
        float(name)
    except ValueError:
        return yaml.safe_load(name) != name
    return True


def write_study(name: str, folder: Path) -> Path:
    """Write the template as a study of a name that the folder does not have yet.

    Raises
    ------
    UserError
        When there is such a study, whatever its ending and its capitals.
    """
    for there in sorted(folder.iterdir()):
        if there.stem.lower() == name.lower() and there.suffix in STUDY_ENDINGS:
            raise UserError(f"{there} exists; nothing was written: choose another name")
    path = folder / f"{name}.yaml"
    write_atomically(path, named(TEMPLATE.read_text(encoding="utf-8"), name))
    return path


def named(template: str, name: str) -> str:
    """Give the text of the template a study's name, and its place beside the schema."""
    text = template.replace("\nstudy: template ", f"\nstudy: {name} ", 1)
    return text.replace("$schema=../schema.json", "$schema=schema.json", 1)
