"""What a printed number leaves open."""

from __future__ import annotations

import pytest
from tests.support.tiny_study import (
    number,
)

from regrade.grading.printed import read_printed
from regrade.studies.published import PublishedNumber
from regrade.studies.study import Run


def printed(text: str, unit: str = "fraction", zero: bool = False, **more: object) -> tuple:
    curve = {"file": "c.csv", "source": "s", "first_epoch": 0 if zero else 1}
    run = Run.model_validate({"title": "A", "published": {"curves": [curve]}})
    found = read_printed(PublishedNumber.model_validate(number("macs", text, unit, **more)), run)
    return found.value, found.low, found.high


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (printed("71.20", "percent"), (0.712, 0.71195, 0.71205)),
        (printed("0.712"), (0.712, 0.7115, 0.7125)),
        (printed("26", "percent", rounding="truncated"), (0.26, 0.26, 0.27)),
        (printed("-2.5", "nats", rounding="truncated"), (-2.5, -2.6, -2.5)),
        (printed("0.717", rounding="digitised", uncertainty=0.003), (0.717, 0.714, 0.72)),
        (printed("2.8", "million"), (2.8e6, 2.75e6, 2.85e6)),
        (printed("1.5e-3", "nats"), (1.5e-3, 1.45e-3, 1.55e-3)),
        (printed("18", "minutes"), (1080, 1050, 1110)),
        (printed("17", "epoch"), (17, 16.5, 17.5)),
        (printed("17", "epoch", zero=True), (18, 17.5, 18.5)),
    ],
)
def test_the_last_digit_says_what_is_left_open(found: tuple, expected: tuple) -> None:
    assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "unit", "told"), [("35", "thousand", "35 thousand"), ("62006", "count", "62006")]
)
def test_large_counts_are_told_with_their_unit(text: str, unit: str, told: str) -> None:
    run = Run.model_validate({"title": "A"})
    found = PublishedNumber.model_validate(number("parameters", text, unit))
    assert read_printed(found, run).told == told
