"""The files of a finished replicate: history, summary, provenance, weights."""

from __future__ import annotations

import json
import platform
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import save

import regrade
from regrade import layout
from regrade.commit import code_commit
from regrade.files import finite, json_text, write_atomically
from regrade.fingerprint import module_fingerprints, numerics_fingerprint, recipe_hash
from regrade.packages import package_versions
from regrade.seals import sealed_provenance
from regrade.training import history
from regrade.training.devices import is_repeatable
from regrade.training.identity import machine_identity
from regrade.training.metrics import batch_sizes
from regrade.training.optimizers import OPTIMIZER_KERNEL

if TYPE_CHECKING:
    from pathlib import Path

    from regrade.data.load import Splits
    from regrade.studies.execution import Budget
    from regrade.studies.recipe import Recipe
    from regrade.training.job import Job, Progressed

PACKAGES = (
    *("torch", "torchvision", "pillow", "timm", "numpy", "numba", "safetensors", "snakemake"),
)
"""Those whose versions a record tells, where they are installed."""
HISTOGRAM_BINS = 2_000
HISTOGRAM_LIMIT = 1.0
PART = 1 << 16
"""Weights that are counted at a time."""


def write_outputs(
    job: Job,
    recipe: Recipe,
    splits: Splits,
    network: torch.nn.Module,
    done: Progressed,
    tested: dict[str, Any],
    card: dict,
    device: torch.device,
    started: datetime,
) -> None:
    """Write every file of a replicate, each whole or not at all; a preview keeps no weights."""
    # A preview's weights are of no use, and those of all studies would take gigabytes.
    kept = network.state_dict() if job.budget.scale == "full" else {}
    content = {
        layout.HISTORY: history.to_csv(done.rows).encode(),
        layout.SUMMARY: json_text(
            summarise(job, recipe, splits, network, done.rows, tested)
        ).encode(),
        layout.HISTOGRAM: weight_histogram(network).encode(),
        layout.WEIGHTS: save({name: value.cpu().contiguous() for name, value in kept.items()}),
    }
    _write(job.output, content, _provenance(job, card, device, started, done.resumed_at))


def _write(folder: Path, content: dict[str, bytes], provenance: dict) -> None:
    """Write the files of a replicate with their digests; the weights last: then it is whole."""
    text = sealed_provenance(provenance, content)
    weights = content.pop(layout.WEIGHTS)
    for name, found in content.items():
        write_atomically(folder / name, found)
    write_atomically(folder / layout.PROVENANCE, text)
    write_atomically(folder / layout.WEIGHTS, weights)


def write_not_measured(
    job: Job, reason: str, card: dict, device: torch.device, started: datetime
) -> None:
    """Write the files of a replicate that could not be trained, with the reason."""
    summary = {
        "schema_version": 1,
        "scale": job.budget.scale,
        "share": 0.0,
        "not_measured": reason,
    }
    content = {
        layout.HISTORY: history.to_csv([]).encode(),
        layout.SUMMARY: json_text(summary).encode(),
        layout.HISTOGRAM: weight_histogram(torch.nn.Module()).encode(),
        layout.WEIGHTS: save({}),
    }
    _write(job.output, content, _provenance(job, card, device, started, []))


def summarise(
    job: Job,
    recipe: Recipe,
    splits: Splits,
    network: torch.nn.Module,
    rows: list[history.Epoch],
    tested: dict[str, Any],
) -> dict:
    """Read off a history what the recipe's conventions report; NaN becomes null."""
    shifts = [
        module.bias.detach().abs().max()
        for module in network.modules()
        if isinstance(module, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d)
        and module.bias is not None
    ]
    largest_shift = finite(torch.stack(shifts).max().item()) if shifts else None
    return {
        "schema_version": 1,
        "scale": job.budget.scale,
        "share": _share(job.budget, len(splits.training)),
        "recipe_epochs": recipe.stop.epochs,
        **_images_used(recipe, splits),
        **history.summary(list(map(history.by_column, rows)), recipe.model_dump()),
        "last_test_accuracy": None,
        "selected_test_loss": None,
        "selected_test_accuracy": None,
        "selected_test_image_accuracy": None,
        **{name: _finite(value) for name, value in tested.items()},
        "largest_batch_norm_shift": largest_shift,
        "weights": _weight_totals(network),
    }


def _share(budget: Budget, images: int) -> float:
    """Return the share of a recipe that was executed, with so many images to train on."""
    planned = budget.share if budget.scale == "preview" else 1.0
    return planned * min(1.0, images / budget.train_images)


def _finite(value: Any) -> Any:
    return finite(value) if isinstance(value, float) else value


def _images_used(recipe: Recipe, splits: Splits) -> dict[str, int]:
    """Count the images of an epoch without those that a dropped last batch leaves out."""
    batches = recipe.batches
    return {
        name: sum(batch_sizes(len(images), size, drop_last=drop_last))
        for name, images, size, drop_last in (
            ("train_images", splits.training, batches.training, batches.drop_last_training),
            ("scored_images", splits.scored, batches.evaluation, batches.drop_last_evaluation),
            ("test_images", splits.test, batches.evaluation, batches.drop_last_evaluation),
        )
    }


def _parameters(network: torch.nn.Module) -> list[torch.Tensor]:
    return [p.detach().cpu() for p in network.parameters() if p.requires_grad]


def _weight_totals(network: torch.nn.Module) -> dict[str, float | None]:
    values = _parameters(network)
    norm = float(sum(torch.linalg.vector_norm(v, 1, dtype=torch.float64) for v in values))
    return {"count": sum(v.numel() for v in values), "l1_norm": finite(norm)}


def weight_histogram(network: torch.nn.Module) -> str:
    """Count all trainable parameters in bins of 0.001 between -1 and 1, and beyond, as CSV."""
    step = 2 * HISTOGRAM_LIMIT / HISTOGRAM_BINS
    counts = torch.zeros(HISTOGRAM_BINS + 2, dtype=torch.int64)
    # In parts that fit a cache: what is made of each weight on the way takes many times its memory.
    for values in (part for p in _parameters(network) for part in p.flatten().split(PART)):
        finite = values[torch.isfinite(values)].double()
        bins = torch.floor((finite + HISTOGRAM_LIMIT) / step).long() + 1
        bins = bins.clamp_(0, HISTOGRAM_BINS + 1)
        counts += torch.bincount(bins, minlength=HISTOGRAM_BINS + 2)
    edges = [f"{-HISTOGRAM_LIMIT + step * i:.3f}" for i in range(HISTOGRAM_BINS + 1)]
    rows = zip(["-inf", *edges], [*edges, "inf"], counts.tolist(), strict=True)
    return "low,high,count\n" + "".join(f"{low},{high},{count}\n" for low, high, count in rows)


def _provenance(
    job: Job, card: dict, device: torch.device, started: datetime, resumed_at: list[int]
) -> dict:
    finished = datetime.now(UTC)
    return {
        "schema_version": 1,
        "study": job.study,
        "run": job.run,
        "seed": job.seed,
        "recipe": json.loads(job.recipe_json),
        "recipe_hash": recipe_hash(job.recipe_json),
        "scale": job.budget.scale,
        "budget": dict(vars(job.budget)),
        "data": {key: card[key] for key in ("dataset", "source", "checksum")},
        "code": numerics_fingerprint(job.recipe_json),
        "modules": module_fingerprints(job.recipe_json),
        "version": regrade.__version__,
        "commit": code_commit(),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        **machine_identity(device, job.threads, job.precision),
        "wanted_precision": job.wanted_precision or job.precision,
        "repeatable": is_repeatable(device),
        "packages": package_versions(PACKAGES),
        "memory_format": "channels_last",
        "optimizer_kernel": OPTIMIZER_KERNEL,
        "started": started.isoformat(timespec="seconds"),
        "finished": finished.isoformat(timespec="seconds"),
        "wall_s": (finished - started).total_seconds(),
        "resumed_at_epochs": resumed_at,
    }
