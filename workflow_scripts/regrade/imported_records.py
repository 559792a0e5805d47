"""Replicates that were not trained here: learning curves of somebody's own code, as records.

They are marked in their provenance, with the names and checksums of the files that they came from,
and hold nothing of the machine or the time, so that the same files give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

import regrade
from regrade import layout
from regrade.errors import UserError
from regrade.evidence import IMPORTED
from regrade.files import json_text, read_json
from regrade.fingerprint import recipe_hash
from regrade.imported_curves import TOLD, is_whole, read_curves_of, read_told
from regrade.record_files import RecordFiles
from regrade.seals import Seals, file_digest, sealed_provenance
from regrade.studies.images import dataset_of, scored_images, training_images
from regrade.training import history
from regrade.training.metrics import batch_sizes
from regrade.training.outputs import weight_histogram

if TYPE_CHECKING:
    from regrade.studies.recipe import Recipe
    from regrade.studies.resolve import ResolvedRun

NOT_TOLD = "not told"
"""Stands for what curves do not say of their making."""


@dataclass(frozen=True)
class Source:
    """The files that a replicate is imported from."""

    history: Path
    """Learning curves: columns as in our `history.csv`."""
    summary: Path | None = None
    """What no curve tells: keys as in our `summary.json`."""
    first_epoch: int = 1
    """What the first epoch of the curves counts as."""


@dataclass(frozen=True)
class Imported:
    """What became of an import."""

    folder: Path
    outcome: str
    """`imported`, `replaced`, or `equal`: the same lies there."""
    epochs: int
    is_whole: bool
    """Whether the curves cover the whole recipe, so that they may decide a verdict."""


def import_replicate(
    run: ResolvedRun, seed: int, source: Source, records: Path, *, replace: bool = False
) -> Imported:
    """Write learning curves as a record of a run, marked as imported.

    Parameters
    ----------
    run
        The run whose recipe the curves are of.
    seed
        The seed that the replicate is named by.
    source
        The files.
    records
        The folder of the records.
    replace
        Replace another replicate of that run and seed.

    Raises
    ------
    UserError
        When a file cannot be taken as it is, or another replicate lies there.
    """
    rows = read_curves_of(run, source.history, source.first_epoch)
    whole = is_whole(run, rows, source.history)
    content = _content(run, seed, source, rows, whole)
    folder = layout.replicate_folder(records, run.study, run.trained_as, seed)
    is_there = folder.exists() and not Seals().is_unlisted(folder / layout.PROVENANCE)
    if is_there and all(_holds(folder / name, found) for name, found in content.items()):
        return Imported(folder, "equal", len(rows), whole)
    if is_there and not replace:
        raise UserError(
            f"{folder}: another replicate lies there; give the curves another --seed, or --replace"
            " it"
        )
    _require_another_source(folder, records, run, file_digest(source.history))
    written = RecordFiles(records)
    written.require_unchanged(but={folder})
    written.put(
        {folder / name: found for name, found in content.items()} | {folder / layout.LOG: None}
    )
    return Imported(folder, "replaced" if is_there else "imported", len(rows), whole)


def _require_another_source(folder: Path, records: Path, run: ResolvedRun, digest: str) -> None:
    """Refuse curves that are a replicate of the run already: one training would count twice."""
    seals = Seals()
    for other in layout.replicate_folders(records, run.study, run.trained_as):
        path = other / layout.PROVENANCE
        if other == folder or not seals.is_there(path):
            continue
        history_file = read_json(path).get(IMPORTED, {}).get("history", {})
        if history_file.get("checksum") == digest:
            raise UserError(
                f"{other} was imported from the same curves, which are one replicate, not two"
            )


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def _content(
    run: ResolvedRun, seed: int, source: Source, rows: list[history.Epoch], whole: bool
) -> dict[str, bytes]:
    """Return the files of the replicate; its provenance, with their digests, is the last."""
    recipe = json.loads(run.recipe_json)
    text = history.to_csv(rows)
    derived = history.summary(history.from_csv(text), recipe)
    told = read_told(source.summary, derived) if source.summary else {}
    content = {
        layout.HISTORY: text.encode(),
        layout.SUMMARY: json_text(_summary(run.recipe, derived, told, whole)).encode(),
        # No weights, so that nothing is counted.
        layout.HISTOGRAM: weight_histogram(torch.nn.Module()).encode(),
    }
    provenance = _provenance(run, seed, source, "full" if whole else "preview")
    return {**content, layout.PROVENANCE: sealed_provenance(provenance, content).encode()}


def _summary(
    recipe: Recipe, derived: Mapping[str, Any], told: Mapping[str, float | None], whole: bool
) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "scale": "full" if whole else "preview",
        "share": 1.0 if whole else min(1.0, derived["epochs"] / recipe.stop.epochs),
        "recipe_epochs": recipe.stop.epochs,
        **_images_of(recipe),
        **derived,
        **{name: told.get(name) for name in TOLD},
        "weights": {"count": 0, "l1_norm": None},
    }


def _images_of(recipe: Recipe) -> dict[str, int]:
    """Count the images of an epoch as the recipe has them."""
    batches, data = recipe.batches, dataset_of(recipe)
    trained = training_images(recipe), batches.training, batches.drop_last_training
    tested = data.test_images, batches.evaluation, batches.drop_last_evaluation
    return {
        "train_images": _in_batches(*trained),
        "scored_images": scored_images(recipe),
        "test_images": _in_batches(*tested),
    }


def _in_batches(images: int, batch: int, drop_last: bool) -> int:
    return sum(batch_sizes(images, batch, drop_last=drop_last))


def _provenance(run: ResolvedRun, seed: int, source: Source, scale: str) -> dict[str, Any]:
    files = {"history": source.history, "summary": source.summary}
    return {
        "schema_version": 1,
        "study": run.study,
        "run": run.trained_as,
        "seed": seed,
        IMPORTED: {
            name: {"file": path.name, "checksum": file_digest(path)}
            for name, path in files.items()
            if path
        },
        "recipe": json.loads(run.recipe_json),
        "recipe_hash": recipe_hash(run.recipe_json),
        "scale": scale,
        "data": {"dataset": dataset_of(run.recipe).name, "source": IMPORTED, "checksum": None},
        "version": regrade.__version__,
        "commit": None,
        "device": IMPORTED,
        "threads": None,
        "precision": NOT_TOLD,
    }
