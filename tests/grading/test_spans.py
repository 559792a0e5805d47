"""What printed digits leave open encloses every value that prints as the report's."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.support.tiny_study import number, study, write_curves

from regrade.grading.functions import IMPLEMENTATIONS
from regrade.grading.judge import judge_published
from regrade.grading.published_side import enclose
from regrade.grading.sources import PublishedSource
from regrade.grading.spans import FUNCTIONS as SPANS
from regrade.grading.spans import OPERATORS, Band, Span
from regrade.grading.values import NotAvailable
from regrade.studies.expressions import parse
from regrade.studies.functions import FUNCTIONS
from regrade.studies.vocabulary import Kind

GENERATOR = np.random.default_rng(5)
EPOCHS = pd.RangeIndex(1, 9, name="epoch")
CURVE = pd.Series([2.1, 1.7, 1.4, 1.45, 1.1, 1.2, 0.9, 0.95], index=EPOCHS, name="train_loss")
OTHER = pd.Series([1.9, 1.8, 1.3, 1.5, 1.15, 1.1, 1.0, 0.9], index=EPOCHS, name="test_loss")
BAND, SECOND = Band(CURVE - 0.06, CURVE + 0.04), Band(OTHER - 0.05, OTHER + 0.05)
START, END = Span(2, 2), Span(8, 8)
SHARES = (Span(0.3, 0.35), Span(0.4, 0.46), Span(0.37, 0.5), Span(0.1, 0.2))
CASES = {
    "first": (BAND,), "last": (BAND,), "at": (BAND, Span(3, 3)), "max": (BAND,), "min": (BAND,),
    "argmax": (BAND,), "argmin": (BAND,), "mean": (BAND, START, END), "median": (BAND,),
    "total": (BAND, START, END), "std": (BAND, START, END), "detrended_std": (BAND, START, END),
    "median_change": (BAND, START, END), "slope": (BAND, START, END), "smooth": (BAND, Span(3, 3)),
    "rises": (BAND, Span(0.02, 0.02), Span(1, 1)), "epochs_to": (BAND, Span(1.42, 1.48)),
    "length": (BAND,), "of_class": (SHARES, Span(2, 2)), "share_below": (BAND, SECOND, START, END),
    "rank_correlation": (SHARES, (Span(1, 1), Span(2, 2), Span(3, 3), Span(4, 4))),
    "correlation": (SHARES, (Span(1, 1), Span(2, 2), Span(3, 3), Span(4, 4))),
    "standard_error": (Span(0.4, 0.6), Span(100, 100)), "abs": (Span(-0.2, 0.1),),
    "separable_saving": (Span(3, 3), Span(64, 64)), "floor": (Span(1.9, 2.1),),
    "log": (Span(1, 2),), "sqrt": (Span(1, 2),),
}  # fmt: skip


def draw(argument: object) -> object:
    """Take one of the values that an argument leaves open; its ends more often than others."""
    share = np.clip(GENERATOR.uniform(-0.5, 1.5, 8), 0, 1)
    if isinstance(argument, tuple):
        return tuple(map(draw, argument))
    if isinstance(argument, Band):
        return (argument.low + share * (argument.high - argument.low)).rename(argument.low.name)
    return argument.low + share[0] * (argument.high - argument.low)


@pytest.mark.parametrize("name", CASES)
def test_every_function_encloses_the_values_of_its_arguments(name: str) -> None:
    found = SPANS[name](*CASES[name])
    for _ in range(60):
        value = IMPLEMENTATIONS[name](*map(draw, CASES[name]))
        if isinstance(value, pd.Series):
            assert ((found.low - 1e-9 <= value) & (value <= found.high + 1e-9)).all()
        else:
            assert found.low - 1e-9 <= value <= found.high + 1e-9


def test_every_function_but_those_of_weights_is_known_to_both_sides() -> None:
    of_weights = {
        name for name, f in FUNCTIONS.items() if Kind.HISTOGRAM in itertools.chain(*f.takes)
    }
    assert set(SPANS) == set(FUNCTIONS) - of_weights - {"selected", "spread"}
    assert set(CASES) == set(SPANS)


@pytest.mark.parametrize("op", OPERATORS)
def test_arithmetic_encloses(op: type) -> None:
    one, other = Span(-0.3, 0.4), Span(2, 2) if op.__name__ == "Pow" else Span(0.5, 0.7)
    found = OPERATORS[op](one, other)
    by_name = {"Add": "add", "Sub": "subtract", "Mult": "multiply", "Div": "divide", "Pow": "power"}
    for _ in range(40):
        value = getattr(np, by_name[op.__name__])(draw(one), draw(other))
        assert found.low - 1e-12 <= value <= found.high + 1e-12


def test_a_divisor_that_may_be_0_leaves_no_value() -> None:
    with pytest.raises(NotAvailable, match="from 0"):
        OPERATORS[next(op for op in OPERATORS if op.__name__ == "Div")](Span(1, 2), Span(-1, 1))


# On the published side of a study


def source(tmp_path: Path, *numbers: dict, curve: dict | None = None) -> PublishedSource:
    write_curves(tmp_path / "a.csv", test_accuracy=["0.30", "0.42"], train_loss=["2.1", "1.904"])
    curves = [{"file": "a.csv", "source": "Fig. 1", **(curve or {})}]
    published = {"numbers": list(numbers), "curves": curves}
    return PublishedSource(study({"A": {"published": published}, "B": {}}), tmp_path)


@pytest.mark.parametrize(
    ("printed", "unit", "rounding", "expected"),
    [
        ("30730", "count", "rounded", (30_730, 30_730)),
        ("2.8", "million", "rounded", (2_750_000, 2_849_990)),
        ("62.3", "million", "truncated", (62_300_000, 62_399_990)),
        ("17", "epoch", "rounded", (17, 17)),
        ("0.712", "fraction", "rounded", (0.7115, 0.7125)),
        ("26", "percent", "truncated", (0.26, 0.27)),
    ],
)
def test_a_printed_number_is_all_that_prints_so(
    tmp_path: Path, printed: str, unit: str, rounding: str, expected: tuple
) -> None:
    """The value that prints as the next number is not among them; counts are whole."""
    found = source(tmp_path, number("macs", printed, unit, rounding=rounding))
    span = enclose(parse("A.macs"), found)
    assert (span.low, span.high) == pytest.approx(expected, rel=1e-5)
    assert span.high < expected[1] or span.is_point or unit in ("million",)


@pytest.mark.parametrize(
    ("curve", "expected"),
    [
        ({}, ((0.415, 0.425), (1.9035, 1.9045))),
        ({"truncated": ["test_accuracy"]}, ((0.42, 0.43), (1.9035, 1.9045))),
        ({"reading_error": {"accuracy": 0.002, "loss": 0.01}}, ((0.418, 0.422), (1.894, 1.914))),
    ],
)
def test_points_of_a_curve_are_as_exact_as_digits_or_reading(
    tmp_path: Path, curve: dict, expected: tuple
) -> None:
    """A column is printed with the most decimals of its cells: the zeros at the end may be lost."""
    found = source(tmp_path, curve=curve)
    spans = [enclose(parse(f"last(A.{name})"), found) for name in ("test_accuracy", "train_loss")]
    for span, ends in zip(spans, expected, strict=True):
        assert (span.low, span.high) == pytest.approx(ends, abs=1e-5)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("last(A.test_accuracy) > 0.41", "holds"),
        ("last(A.test_accuracy) > 0.42", "undecided"),
        ("last(A.test_accuracy) > 0.43", "fails"),
        ("last(A.test_accuracy) > 0.42 or A.macs == 5", "holds"),
        ("last(A.test_accuracy) > 0.42 and A.macs == 6", "fails"),
        ("not last(A.test_accuracy) > 0.42", "undecided"),
        ("last(A.test_accuracy) > 0.42 and B.macs == 6", "not published"),
        ("A.macs == 5", "holds"),
        ("A.parameters == 2800000", "undecided"),
        ("A.parameters == 2900000", "fails"),
        ("A.parameters / A.macs < 570000", "holds"),
        ("A.parameters / A.macs < 560000", "undecided"),
    ],
)
def test_the_digits_decide_or_leave_open(tmp_path: Path, text: str, verdict: str) -> None:
    counts = number("macs", "5", "count"), number("parameters", "2.8", "million")
    assert judge_published(parse(text), source(tmp_path, *counts)).verdict == verdict
