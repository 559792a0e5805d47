"""Arithmetic finds what cannot be in a report, and nothing in a sound one."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.support.tiny_study import number, study

from regrade.grading.arithmetic import RULES, check_study
from regrade.studies.load import load_study
from regrade.studies.resolve import resolve

STUDIES = Path(__file__).parents[2] / "studies"
PARAMETERS = 30730
"""Of a linear network on 32 x 32 x 3 inputs with ten classes."""


def found(*numbers: dict[str, Any], **run: Any) -> list[str]:
    """Return the rules that find something in a report with these numbers of one run."""
    told = study({"A": {**run, "published": {"numbers": list(numbers)}}})
    return [finding.rule for finding in check_study(told)]


PLANTED = {
    "granularity": [number("max(validation_accuracy)", "0.93791")],
    "extremes": [
        number("max(validation_accuracy)", "0.61"),
        number("last(validation_accuracy)", "0.63"),
    ],
    "loss and accuracy": [
        number("last(validation_loss)", "0.20", "nats"),
        number("last(validation_accuracy)", "0.50"),
    ],
    "epochs": [number("argmax(validation_accuracy)", "4", "epoch")],
    "initial loss": [number("initial_loss", "4.6", "nats")],
    "sizes": [number("parameters", "30731", "count")],
    "times": [
        number("total(seconds)", "20", "seconds"),
        number("median(seconds)", "10", "seconds"),
    ],
    "repeats": [
        number("max(validation_accuracy)", "0.612"),
        number("max(validation_accuracy)", "0.616"),
    ],
    "split": [number("scored_images", "10000", "count")],
}


def test_every_rule_has_a_planted_error() -> None:
    assert PLANTED.keys() == RULES.keys()


@pytest.mark.parametrize("rule", PLANTED)
def test_a_rule_finds_its_error(rule: str) -> None:
    assert found(*PLANTED[rule]) == [rule]


def test_unequal_batches_that_are_averaged_make_any_accuracy() -> None:
    metrics = {
        "train_loss": "batch_mean",
        "train_accuracy": "image_mean",
        "evaluation_loss": "batch_mean",
        "evaluation_accuracy": "batch_mean",
    }
    assert not found(*PLANTED["granularity"], recipe={"metrics": metrics})


def test_the_known_errors_of_the_studies_are_found_and_nothing_else() -> None:
    names = ("duke", "kaist", "marais", "nyu", "polito")
    findings = [
        (finding.study, finding.run, finding.rule)
        for name in names
        for finding in check_study(load_study(STUDIES / f"{name}.yaml"))
    ]
    assert findings == [
        ("nyu", "S3", "sizes"),
        ("nyu", "B1", "sizes"),
        ("nyu", "M6", "sizes"),
        ("nyu", "M6", "repeats"),
        ("nyu", "M6", "repeats"),
    ]


def sound_report(rng: np.random.Generator) -> list[dict[str, Any]]:
    """Make up a training of three epochs, and print its numbers as reports do."""
    accuracies = rng.integers(500, 5000, 3) / 5000
    losses = (1 - accuracies) * rng.uniform(math.log(2), 4, 3) + rng.uniform(0.001, 0.5, 3)
    times = rng.uniform(5, 50, 3)
    digits = int(rng.integers(2, 5))
    truncates = bool(rng.integers(2))
    rounding = "truncated" if truncates else "rounded"

    def printed(value: float, places: int) -> str:
        if truncates:
            # The smallest step keeps a value of few digits from falling to the one below.
            value = math.floor(value * 10**places + 1e-9) / 10**places
        return f"{value:.{places}f}"

    def told(quantity: str, value: float, places: int, unit: str) -> dict[str, Any]:
        return number(quantity, printed(value, places), unit, rounding=rounding)

    return [
        told("max(validation_accuracy)", accuracies.max(), digits, "fraction"),
        told("last(validation_accuracy)", accuracies[-1], digits, "fraction"),
        told("min(validation_loss)", losses.min(), digits, "nats"),
        told("last(validation_loss)", losses[-1], digits, "nats"),
        told("initial_loss", rng.normal(math.log(10), 0.02), 3, "nats"),
        told("total(seconds)", times.sum() * 1.02, 1, "seconds"),
        told("mean(seconds)", times.mean(), 1, "seconds"),
        number("argmax(validation_accuracy)", str(int(accuracies.argmax()) + 1), "epoch"),
        number("parameters", str(PARAMETERS), "count"),
    ]


def test_at_most_one_in_a_hundred_sound_reports_is_flagged() -> None:
    rng = np.random.default_rng(1)
    flagged = [bool(found(*sound_report(rng))) for _ in range(500)]
    assert sum(flagged) <= 5


def test_the_made_up_network_has_the_parameters_that_are_printed() -> None:
    (run,) = resolve(study({"A": {}}))
    assert run.cost.parameters == PARAMETERS
