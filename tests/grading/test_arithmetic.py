"""Arithmetic finds what cannot be in a report, and nothing in a sound one."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.support.tiny_study import number, study

from regrade.grading.arithmetic import RULES, check_study
from regrade.grading.rule_descriptions import descriptions
from regrade.grading.stated import KINDS
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
        number("total(seconds)", "15", "seconds"),
        number("median(seconds)", "10", "seconds"),
    ],
    "repeats": [
        number("max(validation_accuracy)", "0.612"),
        number("max(validation_accuracy)", "0.616"),
    ],
    "split": [number("scored_images", "10000", "count")],
    "variants": [number("steps_per_epoch", "352", "count")],
}
TOLD_OTHERWISE = {"as-told": {"batches": {"training": 12, "evaluation": 100}}, "as-run": {}}


def test_every_rule_has_a_planted_error() -> None:
    assert PLANTED.keys() == RULES.keys()


@pytest.mark.parametrize("rule", PLANTED)
def test_a_rule_finds_its_error(rule: str) -> None:
    run = {"variants": TOLD_OTHERWISE} if rule == "variants" else {}
    assert found(*PLANTED[rule], **run) == [rule]


ACCURACY = "validation_accuracy"


@pytest.mark.parametrize(
    "numbers",
    [
        [number(f"max({ACCURACY})", "0.93793", runs=3)],
        [
            number(f"max({ACCURACY})", "0.931", runs=5),
            number(f"max({ACCURACY})", "0.936", best_of=5),
        ],
        [
            number(f"max({ACCURACY})", "0.931", runs=5),
            number(f"last({ACCURACY})", "0.934", best_of=5),
        ],
        [number("total(seconds)", "21", "seconds"), number("median(seconds)", "10", "seconds")],
    ],
    ids=["a mean's share", "mean and best", "mean and last of the best", "a slow epoch or two"],
)
def test_numbers_that_are_not_of_the_same_contradict_nothing(numbers: list[dict]) -> None:
    assert not found(*numbers)


def test_steps_as_told_are_counted_as_told() -> None:
    told = {"batches": {"training": 12, "evaluation": 100, "drop_last_training": True}}
    run = {"variants": {"as-told": told, "as-run": {}}}
    assert not found(number("steps_per_epoch", "3750", "count", variant="as-told"), **run)


TWO_NUMBERS = {
    "A": {"published": {"numbers": [number("max(validation_accuracy)", "0.60")]}},
    "B": {"published": {"numbers": [number("max(validation_accuracy)", "0.67")]}},
}
BEST_OF_A, BEST_OF_B = "max(A.validation_accuracy)", "max(B.validation_accuracy)"
COMPARED = {"of": BEST_OF_B, "to": BEST_OF_A}
STATEMENTS = {  # what is stated, a number that it can be, a number that it cannot
    "value": ({"of": "log(10)"}, "2.30", "2.31"),
    "ratio": (COMPARED, "1.1", "1.3"),
    "gain": ({**COMPARED, "unit": "percent"}, "7", "9"),
    "percent": (COMPARED, "12", "7"),
    "megabytes": ({"of": "A.parameters"}, "0.12", "0.25"),
}


def stated(kind: str, printed: str, **more: str) -> list[str]:
    """Return the rules that find something in one statement about two printed accuracies."""
    words = {"words": "w", "run": "B", "kind": kind, "printed": printed, "source": "text"}
    told = study(TWO_NUMBERS, stated={"one": {**words, **more}})
    return [finding.rule for finding in check_study(told)]


def test_every_kind_of_statement_has_a_planted_error() -> None:
    assert STATEMENTS.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", STATEMENTS)
def test_a_statement_is_found_only_where_the_numbers_exclude_it(kind: str) -> None:
    what, right, wrong = STATEMENTS[kind]
    assert not stated(kind, right, **what)
    assert stated(kind, wrong, **what) == [f"stated {kind}"]


def test_a_statement_about_numbers_that_are_not_printed_is_left_alone() -> None:
    assert not stated("ratio", "2", of="last(B.train_loss)", to="last(A.train_loss)")


def test_a_statement_may_mean_either_megabyte() -> None:
    """30,730 parameters of 4 bytes are 0.1229 MB and 0.1172 MiB."""
    assert not stated("megabytes", "0.123", of="A.parameters")
    assert not stated("megabytes", "0.117", of="A.parameters")
    assert stated("megabytes", "0.120", of="A.parameters")


@pytest.mark.parametrize(("printed", "is_found"), [("2.304", False), ("2.2", True), ("2.50", True)])
def test_a_loss_before_training_is_near_that_of_guessing(printed: str, is_found: bool) -> None:
    assert bool(found(number("initial_loss", printed, "nats"))) is is_found


FLAT = {"kind": "flatten"}
HEAD = {"kind": "linear", "features": "classes"}
LARGE = {"weight": {"kind": "normal", "std": 1.0}}


@pytest.mark.parametrize(
    ("layers", "loss", "is_found"),
    [
        ([FLAT, HEAD], {}, True),
        ([{"kind": "residual", "layers": [{"kind": "relu"}]}, FLAT, HEAD], {}, False),
        (
            [FLAT, {**HEAD, "initialization": LARGE}],
            {},
            False,
        ),
        ([FLAT, HEAD], {"kind": "cross_entropy", "label_smoothing": 0.1}, False),
        ([FLAT, HEAD], {"kind": "multi_margin"}, False),
        ([FLAT, HEAD, {"kind": "multiply", "factor": 10}], {}, False),
    ],
)
def test_what_may_begin_above_guessing_is_no_error(
    layers: list[dict], loss: dict, is_found: bool
) -> None:
    """Shortcuts add up, logits may be scaled, and initialisations and losses may be others."""
    run = {"recipe": {"loss": loss}} if loss else {}
    run["published"] = {"numbers": [number("initial_loss", "2.60", "nats")]}
    told = study({"A": run}, architectures={"linear": {"kind": "chain", "layers": layers}})
    assert bool(check_study(told)) is is_found


def test_every_rule_tells_its_source() -> None:
    told = descriptions()
    assert [rule.name for rule in told] == [*RULES, *(f"stated {kind}" for kind in KINDS)]
    assert all(rule.text and rule.source for rule in told)


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
        ("duke", "D21", "stated value"),  # "9x": 7.9 at most in the ResNet-20
        ("duke", "D01", "stated value"),  # the logarithm of 10, "around 2.31"
        ("marais", "r18_c10_base", "stated ratio"),  # "double" the parameters: 5.47 times
        ("nyu", "S3", "sizes"),
        ("nyu", "B1", "sizes"),
        ("nyu", "M6", "sizes"),
        ("nyu", "M6", "repeats"),
        ("nyu", "M6", "repeats"),
        ("polito", "P1", "split"),  # 196 updates, beside 195 in the logs
        ("polito", "P7", "variants"),  # batches of 256 as told, 390 steps in the log
        ("polito", "P11", "variants"),
        ("polito", "P12", "variants"),  # a batch size of 12
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


def sound_statements(rng: np.random.Generator, accuracies: tuple[float, float]) -> dict[str, dict]:
    """State what a writer works out of two exact accuracies, and the size of the network."""
    one, other = accuracies
    worked_out = {
        "ratio": other / one,
        "gain": 100 * (other - one),
        "percent": 100 * (other / one - 1),
        "megabytes": 4 * PARAMETERS / (1e6 if rng.integers(2) else 2**20),
    }
    told = {}
    for kind, exact in worked_out.items():
        what = STATEMENTS[kind][0]
        printed = f"{exact:.{int(rng.integers(0, 3))}f}"
        told[kind] = {"words": "w", "run": "B", "kind": kind, "printed": printed, "source": "text"}
        told[kind] |= what
    return told


def sound_comparison(rng: np.random.Generator) -> list[str]:
    """Return what is found in two printed accuracies and what is stated of them."""
    exact = tuple(rng.integers(500, 5000, 2) / 5000)
    runs = {
        name: {"published": {"numbers": [number("max(validation_accuracy)", f"{value:.4f}")]}}
        for name, value in zip("AB", exact, strict=True)
    }
    told = study(runs, stated=sound_statements(rng, exact))
    return [finding.text for finding in check_study(told)]


def test_at_most_one_in_a_hundred_sound_reports_is_flagged() -> None:
    rng = np.random.default_rng(1)
    flagged = [bool(found(*sound_report(rng)) or sound_comparison(rng)) for _ in range(500)]
    assert sum(flagged) <= 5


def test_the_made_up_network_has_the_parameters_that_are_printed() -> None:
    (run,) = resolve(study({"A": {}}))
    assert run.cost.parameters == PARAMETERS
