"""Runs whose replicates have given accuracies, and the judgement of predicates by them."""

from __future__ import annotations

from pathlib import Path

from tests.support.tiny_study import FAST, SLOW, study, write_model, write_replicate

from regrade.grading.estimates import Estimates
from regrade.grading.judge import Judgement, judge_measured
from regrade.grading.measurements import Measurements
from regrade.studies.expressions import parse

RATES = (0.02, 0.03, 0.04, 0.05, 0.06)

RUNS = {"A": {}, "B": {"recipe": FAST}, "C": {"recipe": SLOW}} | {
    f"P{place}": {"recipe": {"optimizer": {"kind": "sgd", "learning_rate": rate}}}
    for place, rate in enumerate(RATES)
}


OTHERS = {"P0": [0.30, 0.31], "P1": [0.35, 0.362, 0.355], "P2": [0.40, 0.391, 0.41]}
"""Runs whose replicates tell the spread of all."""


def estimates(results: Path, accuracies: dict[str, list[float]], **columns: list) -> Estimates:
    for run, values in accuracies.items():
        write_model(results, run)
        for seed, value in enumerate(values):
            columns_of = {name: [v * value for v in cells] for name, cells in columns.items()}
            write_replicate(results, run, seed, validation_accuracy=[0.1, value], **columns_of)
    seeds = {run: list(range(len(values))) for run, values in accuracies.items()}
    return Estimates(Measurements(study(RUNS), results, seeds))


def best(run: str) -> str:
    return f"max({run}.validation_accuracy)"


def judge(text: str, found: Estimates) -> Judgement:
    return judge_measured(parse(text), found)
