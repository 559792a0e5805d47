"""Jobs of the trainer for tests: recipes that differ in what matters, and reading their files."""

from __future__ import annotations

import csv
import json

from tests.support.recipes import CROP, FLIP, NORMALIZE, TO_TENSOR

from regrade.training.job import Job

FILES = {"history.csv", "summary.json", "provenance.json", "weights.safetensors", "weights.csv"}
AUGMENTED = {
    "training": [CROP, FLIP, TO_TENSOR, NORMALIZE],
    "evaluation": [TO_TENSOR, NORMALIZE],
}
DROPOUT_NET = {
    "kind": "chain",
    "layers": [
        {"kind": "conv", "channels": 4, "kernel": 5, "stride": 3},
        {"kind": "batch_norm"},
        {"kind": "relu"},
        {"kind": "channel_dropout", "probability": 0.2},
        {"kind": "flatten"},
        {"kind": "dropout", "probability": 0.3},
        {"kind": "linear", "features": "classes"},
    ],
}
WITHOUT_NORM = {
    "kind": "chain",
    "layers": [
        {"kind": "conv", "channels": 4, "kernel": 5, "stride": 3},
        {"kind": "relu"},
        {"kind": "flatten"},
        {"kind": "linear", "features": "classes"},
    ],
}
ADAM = {"kind": "adam", "learning_rate": 0.01, "weight_decay": 0.001}


def history_of(job: Job) -> list[dict[str, float]]:
    """Read the measured cells of a history but the seconds, which differ from run to run."""
    with open(job.output / "history.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    return [{k: float(v) for k, v in row.items() if v and k != "seconds"} for row in rows]


def read_json(job: Job, name: str) -> dict:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{name} holds {constant}, which is not JSON")

    return json.loads((job.output / name).read_text(), parse_constant=refuse)


def weights_of(job: Job) -> bytes:
    return (job.output / "weights.safetensors").read_bytes()


def assert_same_bits(first: Job, second: Job) -> None:
    assert weights_of(first) == weights_of(second)
    assert history_of(first) == history_of(second)
