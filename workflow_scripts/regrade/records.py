"""Records: measured results that the project ships, enough to build the report without training."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regrade.errors import UserError
from regrade.evidence import LOG, SYNTHETIC, Worth
from regrade.files import write_atomically

REPLICATE_FILES = ("history.csv", "summary.json", "provenance.json", "weights.csv")


@dataclass(frozen=True)
class Taken:
    """What became of a replicate that was to be recorded."""

    folder: Path
    """Where its record lies."""
    outcome: str
    """`recorded`, `replaced`, `equal`, or `kept`: the record that was there stayed."""
    detail: str = ""


def record(
    results: Path, records: Path, *, replace: bool = False, commit: str | None = None
) -> list[Taken]:
    """Copy replicates, their logs and the measured networks from results to records.

    Weights stay behind: they are large, and no table or figure needs them. A record is replaced by
    a better replicate (real images before synthetic ones, full recipes before previews, a longer
    preview before a shorter one), never by a worse one. Of two full replicates of one recipe and
    seed the recorded one stays, and how far they agree is told.

    Parameters
    ----------
    results
        The folder that a workflow or the list trainer wrote.
    records
        The folder of the records.
    replace
        Replace whatever is recorded.
    commit
        Of the code that trained them, where their provenance does not say it.

    Raises
    ------
    UserError
        When the results hold no replicate, or a file cannot be read.
    """
    found = sorted(path.parent for path in (results / "runs").glob("*/*/seed-*/provenance.json"))
    if not found:
        raise UserError(f"{results}: no replicates under {results / 'runs'}")
    taken = [_take(folder, results, records, replace, commit) for folder in found]
    for path in sorted((results / "models").glob("*/*.json")):
        write_atomically(records / path.relative_to(results), path.read_bytes())
    return taken


def _take(folder: Path, results: Path, records: Path, replace: bool, commit: str | None) -> Taken:
    place = folder.relative_to(results)
    target = records / place
    was_there = (target / "provenance.json").exists()
    if was_there and not replace:
        outcome, detail = _compare(folder, target)
        if outcome != "replaced":
            return Taken(target, outcome, detail)
    for name in REPLICATE_FILES:
        write_atomically(target / name, (folder / name).read_bytes())
    if commit:
        provenance = _read(folder / "provenance.json")
        provenance["commit"] = provenance.get("commit") or commit
        text = json.dumps(provenance, indent=1, allow_nan=False) + "\n"
        write_atomically(target / "provenance.json", text)
    log = results / "logs" / "train" / place.relative_to("runs").with_suffix(".log")
    if log.exists():
        write_atomically(target / LOG, log.read_bytes())
    return Taken(target, "replaced" if was_there else "recorded")


def _compare(new: Path, old: Path) -> tuple[str, str]:
    """Decide between a replicate and the record in its place: outcome, and why."""
    first, second = _worth(old), _worth(new)
    if first == second and _numbers(new) == _numbers(old):
        return "equal", "the same numbers are recorded"
    if second > first:
        return "replaced", ""
    if second < first:
        return (
            "kept",
            "the recorded one is better evidence (--replace takes the new one)",
        )
    return "kept", f"both are as good; {agreement(old, new)}"


def _worth(folder: Path) -> tuple[int, float, bool]:
    """Order replicates of one run and seed by what they say of the published numbers."""
    provenance, summary = _read(folder / "provenance.json"), _read(folder / "summary.json")
    worth = Worth(provenance["data"]["source"] != SYNTHETIC, provenance["scale"] == "full")
    is_measured = "not_measured" not in summary
    is_exact = provenance["precision"] == "float32"
    return worth.rank * is_measured, summary["share"] * is_measured, is_exact


def agreement(first: Path, second: Path) -> str:
    """Tell how far two replicates of one recipe and seed agree: the largest differences."""
    one, other = (_rows(folder / "history.csv") for folder in (first, second))
    if (
        _read(first / "provenance.json")["recipe_hash"]
        != (_read(second / "provenance.json")["recipe_hash"])
    ):
        return "they are of different recipes"
    largest: dict[str, float] = {}
    for old, new in zip(one, other, strict=False):
        for column in old.keys() & new.keys() - {"epoch", "seconds"}:
            if old[column] and new[column]:
                difference = abs(float(old[column]) - float(new[column]))
                largest[column] = max(largest.get(column, 0.0), difference)
    told = ", ".join(f"{name} {value:.3g}" for name, value in sorted(largest.items()))
    return f"largest differences in {min(len(one), len(other))} epochs: {told}"


def _numbers(folder: Path) -> list[dict[str, str]]:
    """Read a history without its times, which no two trainings share."""
    rows = _rows(folder / "history.csv")
    return [{name: cell for name, cell in row.items() if name != "seconds"} for row in rows]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _read(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read: {error}") from None


def replicates(place: Path) -> Iterator[Path]:
    """Yield the folders of all replicates in results or records, in their order."""
    yield from sorted(path for path in (place / "runs").glob("*/*/seed-*") if path.is_dir())
