"""Tiny studies and results of them, for the tests of grading."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from tests.support.protocol import PROTOCOL

from regrade import layout
from regrade.grading.graded_study import GradedStudy
from regrade.grading.tables import aggregate
from regrade.studies.study import Study

LINEAR = {
    "kind": "chain",
    "layers": [{"kind": "flatten"}, {"kind": "linear", "features": "classes"}],
}
FAST = {"optimizer": {"kind": "sgd", "learning_rate": 1.0}}
SLOW = {"optimizer": {"kind": "sgd", "learning_rate": 0.001}}
TWO_VARIANTS = {"variants": {"as-told": FAST, "as-run": SLOW}}


def number(quantity: str, printed: str, unit: str = "fraction", **more: object) -> dict:
    """Write a published number."""
    return {"quantity": quantity, "printed": printed, "unit": unit, "source": "Table 1", **more}


def study(runs: dict[str, dict], **more: object) -> Study:
    """Make a study: each run is given by what differs from a linear network on CIFAR-10."""
    report = {"title": "T", "author": "A", "course": "C", "summary": "S", "sources": ["s"]}
    tolerances = {"accuracy": 0.02, "loss": 0.1, "time": 0.5, "reason": "one run each"}
    return Study.model_validate(
        {
            "study": "tiny",
            "report": report,
            "tolerances": tolerances,
            "protocol": PROTOCOL | {"model": "linear"},
            "architectures": {"linear": LINEAR},
            "runs": {name: {"title": name, **run} for name, run in runs.items()},
            **more,
        }
    )


def write_curves(path: Path, first_epoch: int = 1, **columns: list) -> None:
    """Write a history or a published curve; None becomes an empty cell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [",".join(["epoch", *columns])]
    for epoch, cells in enumerate(zip(*columns.values(), strict=True), first_epoch):
        lines.append(",".join("" if cell is None else str(cell) for cell in (epoch, *cells)))
    path.write_text("\n".join(lines) + "\n")


def write_replicate(
    results: Path,
    name: str,
    seed: int,
    *,
    scale: str = "full",
    source: str = "npz",
    precision: str = "float32",
    summary: dict | None = None,
    provenance: dict | None = None,
    weights: Sequence[int] = (0, 1, 1, 1, 1, 0),
    edges: Sequence[float] = (-0.002, -0.001, 0.0, 0.001, 0.002),
    **columns: list,
) -> None:
    """Write the files of a replicate; 5,000 images were scored.

    `summary` and `provenance` replace what stands there by default, or stand beside it.
    """
    folder = layout.replicate_folder(results, "tiny", name, seed)
    write_curves(folder / layout.HISTORY, **columns)
    content = {
        "scale": scale,
        "share": 1.0 if scale == "full" else 0.01,
        "epochs": len(next(iter(columns.values()))),
        "train_images": 45_000,
        "scored_images": 5_000,
        "test_images": 10_000,
        "diverged_at_epoch": None,
        "selected_epoch": 2,
        "selected_test_loss": None,
        "selected_test_accuracy": None,
        "last": {column: values[-1] for column, values in columns.items()},
        "best": {},
        "lowest": {},
        "seconds": 3.5,
    }
    (folder / layout.SUMMARY).write_text(json.dumps(content | (summary or {})))
    made = {
        "recipe_hash": "0123456789abcdef",
        "data": {"source": source},
        "device": "cpu",
        "precision": precision,
        "threads": 1,
    }
    (folder / layout.PROVENANCE).write_text(json.dumps(made | (provenance or {})))
    rows = zip(["-inf", *edges], [*edges, "inf"], weights, strict=True)
    text = "".join(f"{low},{high},{count}\n" for low, high, count in rows)
    (folder / layout.HISTOGRAM).write_text("low,high,count\n" + text)


def write_model(results: Path, name: str, **values: object) -> None:
    """Write the measurement of a network."""
    path = layout.model_file(results, "tiny", name)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"parameters": 30_730, "macs": 30_720, "buffers": 0, "per_seed": []}
    path.write_text(json.dumps(content | values))


def tables(results: Path, runs: dict[str, dict], seeds: dict, **more: object) -> dict:
    """Grade a study of these runs."""
    return aggregate(GradedStudy(study(runs, **more), results / "curves", results, seeds))


def row(results: Path, published: dict, values: list, scale: str = "full") -> pd.Series:
    """Grade one number against replicates with these best accuracies (and last losses)."""
    write_model(
        results, "A", parameters=2_797_610,
        per_seed=[{"seed": seed, "initial_loss": 2.30 + 0.01 * seed} for seed in range(3)],
    )  # fmt: skip
    for seed, value in enumerate(values):
        write_replicate(
            results, "A", seed, scale=scale,
            validation_accuracy=[0.1, value], train_loss=[9, value], seconds=[1, value],
        )  # fmt: skip
    runs = {"A": {"published": {"numbers": [published]}}}
    found = tables(results, runs, {"A": list(range(len(values)))})["numbers"]
    assert len(found) == 1
    return found.iloc[0]
