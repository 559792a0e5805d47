"""Records: measured results that the project ships, enough to build the report without training."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from regrade import layout
from regrade.errors import UserError
from regrade.evidence import SYNTHETIC, worth_of
from regrade.files import json_text
from regrade.record_files import RecordFiles
from regrade.seals import Seals, sealed


@dataclass(frozen=True)
class Taken:
    """What became of a replicate that was to be recorded."""

    folder: Path
    """Where its record lies."""
    outcome: str
    """`recorded`, `replaced`, `equal`, `kept`: the record that was there stayed; `left`; or
    `removed`: somebody had removed the record, and now its digests are gone, too."""
    detail: str = ""

    @property
    def is_copied(self) -> bool:
        """Whether its files are written into the records."""
        return self.outcome in ("recorded", "replaced")


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
        When the results hold no replicate, or a file of results or records cannot be read or is not
        what was written. Nothing was copied then.
    """
    folders = layout.replicate_folders(results)
    found = [folder for folder in folders if (folder / layout.PROVENANCE).exists()]
    if not found:
        raise UserError(f"{results}: there are no replicates")
    taken: list[Taken] = []
    copies: list[dict[Path, bytes | None]] = []
    for folder in found:
        target = records / folder.relative_to(results)
        if not synthetic and _is_made_up(folder):
            told = "trained on made-up images: --synthetic takes it"
            taken.append(Taken(target, "left", told))
            continue
        decided = _decide(folder, target, replace)
        if decided.is_copied:
            copies.append({target / name: text for name, text in _files(folder, commit).items()})
        taken.append(decided)
    if models := _networks(results, records, replace):
        copies.append(models)
    written = RecordFiles(records)
    written.require_unchanged(but={*(one.folder for one in taken if one.is_copied), *models})
    for files in copies:
        written.put(files)
    told = "it lies there no longer, and its digests are taken from the list"
    return [*taken, *(Taken(path, "removed", told) for path in written.forget_removed())]


def _networks(results: Path, records: Path, replace: bool) -> dict[Path, bytes | None]:
    """Return the measured networks to record, by where each goes."""
    found = {records / path.relative_to(results): path for path in layout.model_files(results)}
    return {
        target: path.read_bytes()
        for target, path in found.items()
        if replace or not _is_better_measured(target, path)
    }


def _is_made_up(folder: Path) -> bool:
    return bool(Seals().read_json(folder / layout.PROVENANCE)["data"]["source"] == SYNTHETIC)


def _is_better_measured(there: Path, new: Path) -> bool:
    """Whether a recorded network was fed with real images, and a new one of it was not."""
    seals = Seals()
    if not seals.is_there(there):
        return False
    old, found = (seals.read_json(path) for path in (there, new))
    same = all(old.get(key) == found.get(key) for key in ("version", "recipe_hash"))
    return same and _fed_for_real(old) and not _fed_for_real(found)


def _fed_for_real(model: dict) -> bool:
    return bool(model["per_seed"]) and model.get("data_source") != SYNTHETIC


def _decide(folder: Path, target: Path, replace: bool) -> Taken:
    """Decide whether a replicate, which must be whole, becomes the record in its place."""
    seals = Seals()
    # Weights may have stayed behind.
    seals.require_graded(folder)
    if not seals.is_there(target / layout.PROVENANCE):
        return Taken(target, "recorded")
    return Taken(target, "replaced") if replace else Taken(target, *_compare(folder, target))


def _files(folder: Path, commit: str | None) -> dict[str, bytes | None]:
    """Return the files to record of a replicate; without a log, one of a former record goes."""
    files: dict[str, bytes | None] = {
        name: (folder / name).read_bytes() for name in layout.REPLICATE_FILES
    }
    if commit:
        provenance = Seals().read_json(folder / layout.PROVENANCE)
        told = {**provenance, "commit": provenance.get("commit") or commit}
        files[layout.PROVENANCE] = json_text(sealed(told)).encode()
    study, run, _ = folder.parts[-3:]
    log = layout.training_log(folder.parents[3], study, run, layout.seed_of(folder))
    return {**files, layout.LOG: log.read_bytes() if log.exists() else None}


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
