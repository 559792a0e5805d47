"""Units and printed forms that people use."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from tests.support.mistakes import mistakes

from regrade.grading.printed import read_printed
from regrade.report.formatting import printed
from regrade.studies.load import load_study
from regrade.studies.published import PublishedNumber
from regrade.studies.study import Run


@pytest.mark.parametrize(
    ("given", "unit", "value", "shown"),
    [
        ({"printed": "38.1%"}, "fraction", 0.381, "38.1 %"),
        ({"printed": "38.1 %", "unit": "%"}, "fraction", 0.381, "38.1 %"),
        ({"printed": "38.1", "unit": "%"}, "fraction", 0.381, "38.1 %"),
        ({"printed": "61.7", "unit": "thousand"}, "count", 61_700, "61.7 thousand"),
        ({"printed": "1.5", "unit": "hours"}, "seconds", 5400, "1.5 h"),
        ({"printed": "12", "unit": "minutes"}, "seconds", 720, "12 min"),
        ({"printed": "0.27M", "unit": "count"}, "count", 270_000, "0.27 million"),
        ({"printed": "61.7k"}, "count", 61_700, "61.7 thousand"),
        ({"printed": "1,199,882", "unit": "count"}, "count", 1_199_882, "1 199 882"),
        ({"printed": "1,250.5", "unit": "seconds"}, "seconds", 1250.5, "1 250.5 s"),
    ],
)
def test_a_number_is_read_and_shown_as_the_report_prints_it(given, unit, value, shown) -> None:
    number = PublishedNumber.model_validate({"quantity": "q", "source": "s", **given})
    read = read_printed(number, Run(title="r"))
    assert read.value == pytest.approx(value)
    assert (
        printed(number.printed, read.value, unit).replace("\N{NARROW NO-BREAK SPACE}", " ") == shown
    )


def test_a_percent_sign_with_another_unit_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"38\.1%"):
        PublishedNumber(quantity="q", source="s", printed="38.1%", unit="fraction")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"printed": "1,250", "unit": "percent"}, "1,250"),
        ({"printed": "0,271", "unit": "count"}, "0,271"),
        ({"printed": "12,34", "unit": "count"}, "12,34"),
        ({"printed": "93.5 ± 0.2", "unit": "percent"}, "stands in `spread`"),
        ({"printed": "0.27M", "unit": "percent"}, "0.27M"),
    ],
)
def test_a_comma_or_sign_that_may_mean_something_else_is_refused(given: dict, told: str) -> None:
    """A share of more than a thousand is a decimal comma."""
    with pytest.raises(ValidationError, match=told):
        PublishedNumber.model_validate({"quantity": "q", "source": "s", **given})


def _printed(quantity: str, printed: str, unit: str) -> tuple[str, str]:
    """Return what puts another number into the study, as `write_study` takes it."""
    return (
        'quantity: max(validation_accuracy), printed: "0.61", unit: fraction',
        f'quantity: "{quantity}", printed: "{printed}", unit: {unit}',
    )


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ('max(validation_accuracy), printed: "0.61"', "unit: this key is missing: fraction or p"),
        ('max(validation_loss), printed: "0.61"', "unit: this key is missing: nats"),
        ('parameters, printed: "35"', "unit: this key is missing: count or thousand"),
        ('parameters / macs, printed: "35"', "unit: this key is missing"),
        ('max(validation_accuracy), printed: "65,3", unit: percent', "comma is written as a point"),
        ('max(validation_accuracy), printed: "65.3%", unit: fraction', "the sign says percent"),
    ],
)
def test_a_number_without_its_unit_is_told_which_it_may_have(write_study, written, words) -> None:
    whole = 'max(validation_accuracy), printed: "0.61", unit: fraction'
    (told,) = mistakes(write_study((f"quantity: {whole}", f"quantity: {written}")))
    assert words in told


@pytest.mark.parametrize(
    ("quantity", "printed", "unit", "words"),
    [
        ("last(train_accuracy)", "65.3", "fraction", "6530 %: unit: percent?"),
        ("last(train_accuracy)", "653", "percent", "found 653 %: 0 % to 100 % is possible"),
        ("1 - last(train_accuracy)", "-3.5", "percent", "found -3.5 %"),
        ("last(train_accuracy) - 0.5", "101", "percent", "found 101 %: -100 % to 100 %"),
        ("last(train_accuracy)", "0.65", "percent", "0.65 % of an accuracy: `unit: fraction`?"),
        ("last(train_accuracy)", "65.3", "nats", "is in fraction or percent"),
        ("last(train_accuracy)", "65", "count", "is in fraction or percent"),
        ("max(train_loss)", "0.2", "fraction", "'max(train_loss)' is in nats"),
        ("last(train_loss)", "2", "seconds", "is in nats"),
        ("parameters", "12", "seconds", "is in count or thousand or million or billion"),
        ("parameter_bytes", "12", "million", "is in bytes or megabytes or gigabytes"),
        ("selected_epoch", "12", "count", "'selected_epoch' is in epoch"),
    ],
)
def test_a_number_that_its_quantity_cannot_be_is_refused(
    write_study, quantity, printed, unit, words
) -> None:
    """A number is held against ours by the tolerance of its unit: another's would be wrong."""
    (told,) = mistakes(write_study(_printed(quantity, printed, unit)))
    assert ": runs.A1.published.numbers[0]." in told
    assert words in told


@pytest.mark.parametrize(
    ("quantity", "printed", "unit"),
    [
        ("last(train_accuracy) - last(validation_accuracy)", "-3.5", "percent"),
        ("100 - last(train_accuracy)", "4.7", "percent"),
        ("total(train_accuracy)", "2.4", "fraction"),
        ("last(train_loss) / last(validation_loss)", "7.2", "count"),
        ("macs / parameters", "75", "percent"),
    ],
)
def test_differences_sums_and_ratios_may_be_what_they_are(
    write_study, quantity, printed, unit
) -> None:
    load_study(write_study(_printed(quantity, printed, unit)))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("kind: value, of: last(A1.train_accuracy), printed: '65.3'", "unit: percent?"),
        (
            "kind: gain, of: last(A1.train_accuracy), to: last(A2.train_accuracy),"
            " printed: '7', unit: nats",
            "is in fraction or percent",
        ),
    ],
)
def test_a_stated_size_that_its_quantity_cannot_be_is_refused(write_study, said, words) -> None:
    """It would be told as an error of the report."""
    stated = f"stated: {{s: {{words: w, run: A1, source: s, {said}}}}}\nclaims:\n"
    (told,) = mistakes(write_study(("claims:\n", stated)))
    assert ": stated.s." in told
    assert words in told
