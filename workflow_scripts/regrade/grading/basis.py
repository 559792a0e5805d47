"""What the tables of a study were derived from, so that they can be derived again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from regrade.evidence import Recorded
from regrade.files import write_atomically
from regrade.grading.graded_study import GradedStudy
from regrade.grading.tables import aggregate
from regrade.seals import Seals, sealed


@dataclass(frozen=True)
class Basis:
    """A study file, and the replicates that its tables rest on."""

    study: str
    """The study file, from the folder that the workflow ran in."""
    seeds: Mapping[str, Sequence[int]]
    """The seeds of each trained run, by its resolved name."""
    recorded: Recorded
    """What was taken from the records."""


def write_basis(basis: Basis, path: Path) -> None:
    """Write what the tables beside the file were derived from."""
    write_atomically(path, json.dumps(sealed(asdict(basis)), indent=1) + "\n")


def derive_again(path: Path, results: Path) -> dict[str, pd.DataFrame]:
    """Derive the tables of a study anew from what they were derived from.

    Parameters
    ----------
    path
        The file that `write_basis` wrote.
    results
        The folder of the results.

    Raises
    ------
    UserError
        When the study, its curves or a result cannot be read, or are not what was written.
    """
    content = Seals().read_json(path)
    place = Path(content["study"])
    recorded = Recorded(**content["recorded"])
    return aggregate(GradedStudy.read(place, results, content["seeds"], recorded))
