"""What a run says at its end: what was graded, what was not and why, what would decide more."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from regrade import layout
from regrade.call_words import real_source, study_word
from regrade.console.next_call import next_call
from regrade.evidence import IMPORTED, RECORDED, SYNTHETIC, TRAINED
from regrade.grading.verdicts import Verdict
from regrade.grid import Grid
from regrade.planning.plan import hours
from regrade.studies.budget import budget
from regrade.studies.training_time import REPLICATES, thread_seconds

Row = Mapping[str, str]
MOST_NAMED = 3
"""Runs that could not be trained which are named with their reason."""


def ending(grid: Grid, call: Sequence[str] = ()) -> str:
    """Write the end of a run from the tables that it made.

    Parameters
    ----------
    grid
        What was run.
    call
        The words that Snakemake was called with, without its name.

    Raises
    ------
    OSError
        When the tables are not there.
    """
    numbers, claims, agreement, *studies = (
        _read(layout.table_file(Path(grid.config.results), name))
        for name in ("numbers", "claims", "agreement", *grid.files)
    )
    replicates = [row for rows in studies for row in rows]
    whole = {_home(row) for row in replicates if not _is_preview(row)}
    lines = [
        f"Graded {_counted(len(grid.files), 'study', 'studies')}"
        f" by {' and '.join(_bases(replicates)) or 'no replicate'}.",
        f"Numbers: {_verdicts(row['verdict'] for row in numbers)}.",
        f"Claims: {_verdicts(row['on_measured'] for row in claims)}.",
        *_agreement(agreement),
        *_not_judged(replicates, grid),
        "",
        *(
            _more_seeds(numbers, grid, call)
            if grid.config.scale == "full" and grid.config.records != "only"
            else _more(claims, whole, grid, call)
        ),
        f"Report: {layout.front_page(Path(grid.config.results)).absolute().as_uri()}",
    ]
    return "\n".join(lines)


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _home(row: Row) -> str:
    """Name the study and the run that a replicate was trained for."""
    return row["trained_as"] if "/" in row["trained_as"] else f"{row['study']}/{row['trained_as']}"


def _counted(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"


def _verdicts(verdicts: Iterable[str]) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in Counter(verdicts).most_common())


def _is_preview(row: Row) -> bool:
    return row["scale"] == "preview" or row["data_source"] == SYNTHETIC


def _bases(replicates: Iterable[Row]) -> Iterator[str]:
    """Tell how many replicates are recorded, how many imported, and how many this call trained."""
    distinct = {(_home(row), row["seed"]): row for row in replicates}
    origins = {RECORDED: "from records/", IMPORTED: "imported", TRAINED: "trained here"}
    for basis, origin in origins.items():
        rows = [row for row in distinct.values() if row["basis"] == basis]
        if rows:
            previews = sum(map(_is_preview, rows))
            of_these = f", {previews} of them previews" if previews else ""
            yield f"{_counted(len(rows), 'replicate', 'replicates')} {origin}{of_these}"


def _agreement(rows: list[dict[str, str]]) -> Iterator[str]:
    if rows:
        yield f"Beside the records: {_verdicts(row['verdict'] for row in rows)}."


def _not_judged(replicates: Iterable[Row], grid: Grid) -> Iterator[str]:
    previews = defaultdict(set)
    for row in replicates:
        if _is_preview(row):
            previews[row["study"]].add(row["trained_as"])
    if previews:
        named = ", ".join(f"{study} {len(runs)}" for study, runs in previews.items())
        yield f"Shown and not judged, because they are previews: runs of {named}."
    failed = list(_could_not_be_trained(grid))
    for name, reason in failed[:MOST_NAMED]:
        yield f"Could not be trained: {name}: {reason}"
    if len(failed) > MOST_NAMED:
        yield f"Could not be trained: {len(failed) - MOST_NAMED} more, for such reasons."


def _could_not_be_trained(grid: Grid) -> Iterator[tuple[str, str]]:
    for study, seeds_of in grid.seeds.items():
        evidence = grid.evidence(study)
        for run, seeds in seeds_of.items():
            for seed in seeds:
                path = evidence.replicate(run, seed) / layout.SUMMARY
                reason = json.loads(path.read_text(encoding="utf-8")).get("not_measured")
                if reason:
                    yield f"{study}/{run}, seed {seed}", reason


def _more(claims: Iterable[Row], whole: set[str], grid: Grid, call: Sequence[str]) -> Iterator[str]:
    """Yield the one command that decides the most open claims for its time."""
    waiting = Counter(row["study"] for row in claims if row["on_measured"] == Verdict.NOT_MEASURED)
    seconds = {study: _full_seconds(grid, study, whole) for study in grid.files}
    worth = {name: waiting[name] / cost for name, cost in seconds.items() if cost}
    study = max(worth, key=lambda name: worth[name], default=None)
    if study is None or not waiting[study]:
        return
    yield f"To decide more: {_command(grid, call, _named(grid, study), REPLICATES)}"
    yield (
        f"  {waiting[study]} claims of {study} wait for full recipes on real images: about"
        f" {hours(seconds[study] * REPLICATES)} of a slow CPU core, far less on a GPU"
        " (`python -m regrade plan` measures yours)"
    )


def _more_seeds(numbers: Iterable[Row], grid: Grid, call: Sequence[str]) -> Iterator[str]:
    wanted = sorted(
        int(float(row["seeds_needed"])) for row in numbers if row.get("seeds_needed", "")
    )
    if wanted:
        seeds = max(wanted[len(wanted) // 2], grid.config.seeds + 1)
        decided = sum(number <= seeds for number in wanted)
        yield f"To decide more: {_command(grid, call, ','.join(grid.config.studies), seeds)}"
        yield f"  with {seeds} seeds, about {decided} of {len(wanted)} open numbers"


def _named(grid: Grid, study: str) -> str:
    """Name a study as a call must: by its name, or by its file where that lies elsewhere."""
    return study_word(study, grid.files[study], grid.root / "studies")


def _command(grid: Grid, call: Sequence[str], studies: str, seeds: int) -> str:
    """Write the call of Snakemake that trains studies at full scale on real images."""
    config = grid.config
    changes = {
        "studies": studies,
        "scale": "full",
        "epochs": None,
        "data": _source(grid),
        "seeds": seeds,
        "results": config.results if config.scale == "full" else "results/full",
    }
    if config.records == "only":
        changes["records"] = "use"
    if config.scale != "full" and config.precision != "float32":
        changes["precision"] = "float32"  # Nothing is decided by another.
    return next_call(call, config, grid.root / "config.yaml", changes)


def _source(grid: Grid) -> str:
    """Name the source of real images: torchvision, where it or the studies have them all."""
    if grid.config.data != SYNTHETIC:
        return grid.config.data
    return real_source(grid.datasets.values(), grid.own_places)


def _full_seconds(grid: Grid, study: str, whole: set[str]) -> float:
    """Estimate the time of all runs that have no full replicate, one seed each, on a CPU thread."""
    names = [*grid.graded_seeds(study), *grid.recorded[study].replicates]
    runs = [
        grid.run(study, name) for name in names if "/".join(grid.home(study, name)) not in whole
    ]
    return sum(thread_seconds(run, budget(run, "full")) for run in runs)
