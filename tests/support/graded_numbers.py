"""Published numbers of a made-up run, graded by given accuracies."""

from __future__ import annotations

from pathlib import Path

from tests.support.tiny_study import study, write_model, write_replicate

from regrade.grading.estimates import Estimate
from regrade.grading.graded_study import GradedStudy
from regrade.grading.spread import Spread
from regrade.grading.tables import aggregate

BEST = "max(validation_accuracy)"


def estimate(mean: float, deviation: float, seeds: int = 3) -> Estimate:
    values = {seed: mean for seed in range(seeds)}
    return Estimate(frozenset({"A"}), values, Spread(deviation, 30, "pooled", "q"))


def table(results: Path, published: list[dict], values: dict[str, list[float]], **more: object):
    """Grade numbers of run A; the other runs tell the spread."""
    runs = {
        name: {"recipe": {"optimizer": {"kind": "sgd", "learning_rate": 0.01 * (place + 1)}}}
        for place, name in enumerate(values)
    }
    runs["A"]["published"] = {"numbers": published}
    for run, accuracies in values.items():
        write_model(results, run)
        for seed, value in enumerate(accuracies):
            columns = {"validation_accuracy": [0.1, value], "seconds": [1, 2]}
            write_replicate(results, run, seed, **columns)
    seeds = {run: list(range(len(found))) for run, found in values.items()}
    return aggregate(GradedStudy(study(runs, **more), results, results, seeds))["numbers"]
