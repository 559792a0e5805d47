"""Measured runs with given accuracies, and the judgement of predicates by them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.support.tiny_study import FAST, SLOW, study, write_model, write_replicate

from regrade.grading.estimates import Estimates
from regrade.grading.judge import Judgement, judge_measured
from regrade.grading.measurements import Measurements
from regrade.studies.expressions import parse

RUNS = {"A": {}, "B": {"recipe": FAST}, "C": {"recipe": SLOW}}


def measure(
    results: Path, accuracies: dict[str, Sequence[float]], scale: str = "full", **columns: list
) -> Measurements:
    """Write a replicate for every best validation accuracy of every run."""
    for run, values in accuracies.items():
        write_model(results, run)
        for seed, value in enumerate(values):
            write_replicate(
                results, run, seed, scale=scale, validation_accuracy=[0.1, value], **columns
            )
    seeds = {run: list(range(len(values))) for run, values in accuracies.items()}
    return Measurements(study(RUNS), results, seeds)


def judge(text: str, measurements: Measurements) -> Judgement:
    return judge_measured(parse(text), Estimates(measurements))
