"""Records: measured results that the project ships, enough to build the report without training."""

from __future__ import annotations

from pathlib import Path

from regrade.errors import UserError
from regrade.evidence import LOG
from regrade.files import write_atomically

REPLICATE_FILES = ("history.csv", "summary.json", "provenance.json", "weights.csv")


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
