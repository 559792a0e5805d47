"""A small study and made-up results of it, for the tests of figures and pages."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

from tests.support.protocol import protocol_text
from tests.support.tiny_study import write_model, write_replicate

from regrade import layout
from regrade.fingerprint import recipe_hash
from regrade.grading.graded_study import GradedStudy
from regrade.grading.tables import aggregate, collect, write_table, write_tables
from regrade.studies.load import load_study
from regrade.studies.resolve import ResolvedRun, resolve, trained_runs
from regrade.studies.study import Study

MEASURED = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")
HOSTILE = "<script>alert('x')</script> & <b>bold</b>"
STUDY = """
study: tiny
report:
  title: "A tiny report <script>alert('x')</script> & <b>bold</b>"
  author: A. Student
  course: Course 101
  summary: Asks whether a tiny network learns.
  sources: ["the report's text", "its log"]
tolerances: {accuracy: 0.02, loss: 0.1, time: 0.5, reason: Two runs differ by as much.}
"""
STUDY += protocol_text(
    model="net",
    optimizer={"kind": "sgd", "learning_rate": 0.01, "momentum": 0.9},
    stop={"epochs": 20},
)
STUDY += """\
architectures:
  net: {kind: chain, layers: [{kind: conv, channels: 4, kernel: 5}, {kind: flatten},
                              {kind: linear, features: classes}]}
runs:
  A:
    title: Plain
    published:
      numbers:
        - {quantity: max(validation_accuracy), printed: "60.6", unit: percent, source: text}
        - {quantity: parameters, printed: "31674", unit: count, source: Table 1}
        - {quantity: max(validation_accuracy), printed: "61.0", unit: percent, source: another
           student, role: peer}
      curves: [{file: tiny/A.csv, source: Fig. 1, first_epoch: 0}]
    notes: [The text of Table 1 is hard to read.]
  B:
    title: Decay <b>bold</b> ${x_$
    variants:
      as-told: {schedule: {kind: step, every: 5, factor: 0.9}}
      as-run: {schedule: {kind: step, every: 5, factor: 0.8}}
    published:
      numbers: [{quantity: max(validation_accuracy), printed: "0.70", unit: fraction, source: text}]
  C: {title: Plain once more}
  D: {title: Counted, measure_only: It is only counted.}
displays:
  fig1: {kind: loss_and_accuracy, title: Plain, runs: [A], source: Fig. 1, loss_limits: [0, 3]}
  fig2: {kind: loss_and_accuracy, title: Decay, runs: [B], source: Fig. 2}
  panels: {kind: panels, title: Both, runs: [A, B], source: Fig. 3,
           panels: [train_loss, validation_loss, train_accuracy]}
  weights: {kind: weight_histogram, title: Weights, runs: [A, B], source: Fig. 4, bin_width: 0.05,
            limit: 0.5}
  bars: {kind: bars, title: Best, runs: [A, B], source: Fig. 5, quantity: max(validation_accuracy)}
  scatter: {kind: scatter, title: Size, runs: [A, B], source: Fig. 6, x: parameters,
            y: max(validation_accuracy)}
  table1: {kind: table, title: Numbers, runs: [A, B, D], source: Table 1,
           quantities: [max(validation_accuracy), last(train_loss), parameters]}
claims:
  c1: {sentence: "Decay helps <i>a lot</i>.", source: text,
       predicate: max(B.validation_accuracy) > max(A.validation_accuracy)}
  c2: {sentence: It is beautiful., source: text, untestable: Beauty is not measured.}
  c3: {sentence: The network is small., source: text, predicate: A.parameters < 100000}
errata:
  e1: {sentence: Table and text differ., evidence: 0.9 here and 0.8 there., source: text, runs: [B],
       predicate: max(B.as_told.validation_accuracy) < 0.5}
"""


def write_study(folder: Path, text: str = STUDY) -> Study:
    """Write the study with its published curve, and load it."""
    path = folder / "studies" / "tiny.yaml"
    curve = folder / "studies" / "curves" / "tiny" / "A.csv"
    curve.parent.mkdir(parents=True)
    rows = [f"{e},{2 - e / 20:.3f},{0.3 + e / 50:.3f},1.5,{0.4 + e / 100:.3f}" for e in range(20)]
    header = "epoch,train_loss,train_accuracy,validation_loss,validation_accuracy"
    curve.write_text("\n".join([header, *rows]) + "\n")
    path.write_text(text)
    return load_study(path)


def write_results(
    study: Study,
    folder: Path,
    seeds: Sequence[int] = (0, 1),
    scale: str = "full",
    source: str = "torchvision",
) -> dict[str, list[int]]:
    """Write made-up replicates, measurements and the tables graded from them."""
    results, curves = folder / "results", folder / "studies" / "curves"
    runs = resolve(study)
    seeds_of = {run.name: list(seeds) for run in trained_runs(runs)}
    for run in runs:
        write_model(results, run.name, **_model(run))
        for seed in seeds_of.get(run.name, []):
            _write_replicate(results, run, seed, scale, source)
            log = layout.training_log(results, study.study, run.name, seed)
            log.parent.mkdir(parents=True, exist_ok=True)
            log.write_text(f"epoch 1 of {run.name} {HOSTILE}\n")
    tables = aggregate(GradedStudy(study, curves, results, seeds_of))
    write_table(tables.pop("replicates"), layout.table_file(results, study.study))
    files = {name: layout.table_file(results, name, study.study) for name in tables}
    write_tables(tables, files)
    for name, file in files.items():
        write_table(collect([file]), layout.table_file(results, name))
    return seeds_of


def _write_replicate(results: Path, run: ResolvedRun, seed: int, scale: str, source: str) -> None:
    epochs = run.recipe.stop.epochs if scale == "full" else 2
    rows = [_row(run, seed, epoch) for epoch in range(1, epochs + 1)]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    summary = {
        "schema_version": 1, "share": 1.0 if scale == "full" else 0.0123,
        "recipe_epochs": run.recipe.stop.epochs, "selected_epoch": epochs,
        "train_images": 45_000 if scale == "full" else 640,
        "largest_batch_norm_shift": None, "weights": {"count": 31_674, "l1_norm": 12.0},
        "last": {name: rows[-1][name] for name in MEASURED}, "seconds": 20.0,
        "confusion": [[900, 100 + seed], [0, 1000]],
    }  # fmt: skip
    provenance = {
        "schema_version": 1, "study": run.study, "run": run.name, "seed": seed,
        "recipe": json.loads(run.recipe_json), "recipe_hash": recipe_hash(run.recipe_json),
        "scale": scale, "code": "0123456789abcdef",
        "data": {"dataset": "cifar10", "source": source, "checksum": "ab" * 32},
        "version": "0.1.0", "packages": {"torch": "2.13.0"}, "python": "3.11", "platform": "Linux",
        "memory_format": "channels_last", "optimizer_kernel": "foreach",
        "started": "2026-01-01T00:00:00+00:00", "finished": "2026-01-01T00:00:20+00:00",
        "wall_s": 20.0, "resumed_at_epochs": [],
    }  # fmt: skip
    edges = [round(-1 + 0.01 * i, 3) for i in range(201)]
    weights = [int(abs(high) < 0.3) for high in [*edges, math.inf]]
    write_replicate(
        results, run.name, seed, scale=scale, summary=summary, provenance=provenance,
        edges=edges, weights=weights, **columns,
    )  # fmt: skip


def _row(run: ResolvedRun, seed: int, epoch: int) -> dict[str, float | None]:
    done = 1 - math.exp(-epoch / 6)
    better = 0.1 if run.run == "B" else 0.0
    wobble = (0.005 if run.run == "B" else 0.004) * math.sin(epoch + 3 * seed)
    return {
        "lr": 0.01, "train_loss": 2.2 - done - better + wobble,
        "train_accuracy": 0.3 + 0.3 * done + better, "validation_loss": 2.1 - 0.9 * done - wobble,
        "validation_accuracy": round(0.31 + 0.3 * done + better + wobble, 4),
        "test_loss": None, "test_accuracy": None, "seconds": 1.0,
    }  # fmt: skip


def _model(run: ResolvedRun) -> dict:
    seed = {"initial_loss": 2.304, "initial_l1_norm": 9.0, "initial_batch_norm_mean": None}
    layers = [
        {"name": "1", "kind": "conv", "output": [4, 28, 28], "parameters": 304, "macs": 235_200},
        {"name": "3", "kind": "linear", "output": [10], "parameters": 31_370, "macs": 31_360},
    ]
    blocks = ("block_macs", "separable_block_macs", "block_weights", "separable_block_weights")
    return {
        "image_size": 32, "outputs": 10, "parameters": 31_674, "buffers": 0, "macs": 266_560,
        **dict.fromkeys(blocks), "flattened_features": 3136, "feature_sizes": [28],
        "parameter_shapes": [["1.weight", [4, 3, 5, 5]]], "layers": layers, "steps_per_epoch": 352,
        "scored_images": 5_000, "per_seed": [{"seed": 0, **seed}, {"seed": 1, **seed}],
    }  # fmt: skip
