"""Records: measured results that the project ships, enough to build the report without training."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from regrade import layout
from regrade.errors import UserError
from regrade.evidence import SYNTHETIC, worth_of
from regrade.files import json_text, write_atomically
from regrade.seals import Seals, sealed


@dataclass(frozen=True)
class Taken:
    """What became of a replicate that was to be recorded."""

    folder: Path
    """Where its record lies."""
    outcome: str
    """`recorded`, `replaced`, `equal`, `kept`: the record that was there stayed; or `left`."""
    detail: str = ""


def record(
    results: Path,
    records: Path,
    *,
    replace: bool = False,
    synthetic: bool = False,
    commit: str | None = None,
) -> list[Taken]:
    """Copy replicates, their logs and the measured networks from results to records.

    Weights stay behind: they are large, and no table or figure needs them. A record is replaced by
    a better replicate (real images before synthetic ones, full recipes before previews, a longer
    preview before a shorter one), never by a worse one. Of two full replicates of one recipe and
    seed the recorded one stays, and how far they agree is told. What was trained on made-up images
    is left, unless it is asked for: it decides nothing.

    Parameters
    ----------
    results
        The folder that a workflow or the list trainer wrote.
    records
        The folder of the records.
    replace
        Replace whatever is recorded.
    synthetic
        Record replicates on made-up images, too.
    commit
        Of the code that trained them, where their provenance does not say it.

    Raises
    ------
    UserError
        When the results hold no replicate, or a file cannot be read.
    """
    folders = layout.replicate_folders(results)
    found = [folder for folder in folders if (folder / layout.PROVENANCE).exists()]
    if not found:
        raise UserError(f"{results}: there are no replicates")
    taken = []
    for folder in found:
        if not synthetic and _is_made_up(folder):
            there = records / folder.relative_to(results)
            taken.append(Taken(there, "left", "trained on made-up images: --synthetic takes it"))
        else:
            taken.append(_take(folder, results, records, replace, commit))
    for path in layout.model_files(results):
        target = records / path.relative_to(results)
        if replace or not _is_better_measured(target, path):
            write_atomically(target, path.read_bytes())
    return taken


def _is_made_up(folder: Path) -> bool:
    return bool(Seals().read_json(folder / layout.PROVENANCE)["data"]["source"] == SYNTHETIC)


def _is_better_measured(there: Path, new: Path) -> bool:
    """Whether a recorded network was fed with real images, and a new one of it was not."""
    if not there.exists():
        return False
    old, found = (Seals().read_json(path) for path in (there, new))
    same = all(old.get(key) == found.get(key) for key in ("version", "recipe_hash"))
    return same and _fed_for_real(old) and not _fed_for_real(found)


def _fed_for_real(model: dict) -> bool:
    return bool(model["per_seed"]) and model.get("data_source") != SYNTHETIC


def _take(folder: Path, results: Path, records: Path, replace: bool, commit: str | None) -> Taken:
    target = records / folder.relative_to(results)
    seals = Seals()
    provenance = seals.read_json(folder / layout.PROVENANCE)
    # Weights may have stayed behind.
    seals.require_graded(folder)
    was_there = (target / layout.PROVENANCE).exists()
    if was_there and not replace:
        outcome, detail = _compare(folder, target)
        if outcome != "replaced":
            return Taken(target, outcome, detail)
    for name in layout.REPLICATE_FILES:
        write_atomically(target / name, (folder / name).read_bytes())
    if commit:
        told = {**provenance, "commit": provenance.get("commit") or commit}
        write_atomically(target / layout.PROVENANCE, json_text(sealed(told)))
    study, run, _ = folder.parts[-3:]
    log = layout.training_log(results, study, run, layout.seed_of(folder))
    if log.exists():
        write_atomically(target / layout.LOG, log.read_bytes())
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
    seals = Seals()
    provenance, summary = (
        seals.read_json(folder / name) for name in (layout.PROVENANCE, layout.SUMMARY)
    )
    worth = worth_of(summary, provenance)
    is_measured = "not_measured" not in summary
    is_exact = provenance["precision"] == "float32"
    return worth.rank * is_measured, summary["share"] * is_measured, is_exact


def agreement(first: Path, second: Path) -> str:
    """Tell how far two replicates of one recipe and seed agree: the largest differences."""
    one, other = (_rows(folder / layout.HISTORY) for folder in (first, second))
    hashes = {
        Seals().read_json(folder / layout.PROVENANCE)["recipe_hash"] for folder in (first, second)
    }
    if len(hashes) > 1:
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
    rows = _rows(folder / layout.HISTORY)
    return [{name: cell for name, cell in row.items() if name != "seconds"} for row in rows]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
