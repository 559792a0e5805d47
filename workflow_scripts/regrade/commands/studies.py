"""Study files: checking them, and what they may say."""

from __future__ import annotations

import argparse
import json
import shlex
from pathlib import Path

from regrade.errors import UserError

STUDIES = Path(__file__).resolve().parents[3] / "studies"


def study_path(name: str) -> Path:
    """Return the file of a study, given its name or a path."""
    from regrade.config import STUDY_ENDINGS

    path = Path(name)
    return path if path.suffix in STUDY_ENDINGS else STUDIES / f"{name}.yaml"


def check(arguments: argparse.Namespace) -> None:
    """Check study files, and tell every mistake."""
    from regrade.config import STUDY_ENDINGS, study_files
    from regrade.grading.arithmetic import check_study
    from regrade.studies.load import load_study

    mistakes = []
    for path in arguments.files or study_files(STUDIES):
        if path.suffix not in STUDY_ENDINGS:
            mistakes.append(f"{path}: a study file ends in {' or '.join(STUDY_ENDINGS)}")
            continue
        try:
            study = load_study(path)
        except UserError as error:
            mistakes.append(str(error))
        else:
            print(f"{path}: {len(study.runs)} runs, {len(study.claims)} claims, no mistakes")
            for found in check_study(study):
                print(f"  {found.run}: {found.text} ({found.rule})")
    if mistakes:
        raise UserError("\n".join(mistakes))
    names = shlex.quote(",".join(map(str, arguments.files)) or "all")
    print(f"Next, a preview: snakemake --cores 4 --config studies={names}")
    print("and the recipes as they are: the same with scale=full")


def schema(_: argparse.Namespace) -> None:
    """Print the JSON Schema of study files."""
    from regrade.studies.study import Study

    print(json.dumps(Study.model_json_schema(), indent=1))


def words(_: argparse.Namespace) -> None:
    """Print the reference of words."""
    from regrade.studies.reference import reference

    print(reference(), end="")
