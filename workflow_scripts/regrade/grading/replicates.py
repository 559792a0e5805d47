"""The table of replicates: what every seed of every run gave."""

from __future__ import annotations

from collections.abc import Iterator

from regrade.grading.measurements import Measurements
from regrade.studies.resolve import ResolvedRun

LOSSES = ("train_loss", "validation_loss", "test_loss")
ACCURACIES = ("train_accuracy", "validation_accuracy", "test_accuracy")
CROPPED = ("five_crop_accuracy", "ten_crop_accuracy")
MEASURED = ("top5_accuracy", "flip_accuracy", *CROPPED, "macro_f1")
"""What some recipes ask for after training."""
_FROM_SUMMARY = (
    "scale", "share", "epochs", "train_images", "scored_images", "diverged_at_epoch",
    "selected_epoch",
)  # fmt: skip
COLUMNS = (
    "study", "run", "variant", "trained_as", "seed", *_FROM_SUMMARY,
    *(f"last_{column}" for column in ("lr", *LOSSES, *ACCURACIES)),
    *(f"best_{column}{end}" for column in ACCURACIES for end in ("", "_epoch")),
    *(f"lowest_{column}{end}" for column in LOSSES for end in ("", "_epoch")),
    "selected_test_accuracy", *MEASURED, "seconds", "parameters", "recipe_hash", "data_source",
    "device", "threads", "precision", "basis",
)  # fmt: skip


def replicate_rows(measurements: Measurements) -> Iterator[dict]:
    """Yield a row for every replicate; a run that repeats another's recipe shows that one's."""
    for run in measurements.runs:
        for seed in measurements.seeds(run):
            yield _row(run, seed, measurements)


def _row(run: ResolvedRun, seed: int, measurements: Measurements) -> dict:
    summary = measurements.summary(run, seed)
    provenance = measurements.provenance(run, seed)
    return {
        "study": run.study,
        "run": run.run,
        "variant": run.variant,
        "trained_as": trained_as(run, measurements),
        "seed": seed,
        **{name: summary[name] for name in _FROM_SUMMARY},
        **{
            f"last_{column}": summary["last"].get(column) for column in ("lr", *LOSSES, *ACCURACIES)
        },
        **_extremes("best", ACCURACIES, summary),
        **_extremes("lowest", LOSSES, summary),
        "selected_test_accuracy": summary["selected_test_accuracy"],
        **{name: summary.get(name) for name in MEASURED},
        "seconds": summary["seconds"],
        "parameters": measurements.model(run)["parameters"],
        "recipe_hash": provenance["recipe_hash"],
        "data_source": provenance["data"]["source"],
        "device": provenance["device"],
        "threads": provenance["threads"],
        "precision": provenance["precision"],
        "basis": measurements.basis(run),
    }


def trained_as(run: ResolvedRun, measurements: Measurements) -> str:
    """Name the run whose replicates these are, with its study where that is another."""
    study, name = measurements.evidence.home(run.trained_as)
    return name if study == run.study else f"{study}/{name}"


def _extremes(kind: str, columns: tuple[str, ...], summary: dict) -> dict:
    """Return value and epoch of each extreme; nothing where no epoch was finite or measured."""
    found = {column: summary[kind].get(column) or {} for column in columns}
    values = {f"{kind}_{column}": extreme.get("value") for column, extreme in found.items()}
    epochs = {f"{kind}_{column}_epoch": extreme.get("epoch") for column, extreme in found.items()}
    return values | epochs
