"""Records: measured results that the project ships, enough to build the report without training."""

from __future__ import annotations

import json
from pathlib import Path

from regrade.errors import UserError
from regrade.files import write_atomically

REPLICATE_FILES = ("history.csv", "summary.json", "provenance.json", "weights.csv")
LOG = "train.log"


def record(results: Path, records: Path) -> list[Path]:
    """Copy replicates, their logs and the measured networks from results to records.

    Weights stay behind: they are large, and no table or figure needs them.

    Returns
    -------
    list of Path
        The folders of the recorded replicates.

    Raises
    ------
    UserError
        When the results hold no replicate.
    """
    found = sorted(path.parent for path in (results / "runs").glob("*/*/seed-*/provenance.json"))
    if not found:
        raise UserError(f"{results}: no replicates under {results / 'runs'}")
    for folder in found:
        place = folder.relative_to(results)
        for name in REPLICATE_FILES:
            write_atomically(records / place / name, (folder / name).read_bytes())
        log = results / "logs" / "train" / place.relative_to("runs").with_suffix(".log")
        if log.exists():
            write_atomically(records / place / LOG, log.read_bytes())
    for path in sorted((results / "models").glob("*/*.json")):
        write_atomically(records / path.relative_to(results), path.read_bytes())
    return [records / folder.relative_to(results) for folder in found]


def check_recipe(provenance: Path, recipe_hash: str) -> None:
    """Refuse a record that is of another recipe than the study's of today.

    Raises
    ------
    UserError
        Naming both recipes.
    """
    recorded = json.loads(provenance.read_text(encoding="utf-8"))["recipe_hash"]
    if recorded != recipe_hash:
        raise UserError(
            f"{provenance}: recorded with recipe {recorded}, but the study's is {recipe_hash}"
            " today; measure the run again, or remove its record"
        )
