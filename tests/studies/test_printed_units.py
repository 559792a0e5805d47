"""Units and printed forms that people use."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from regrade.grading.printed import read_printed
from regrade.report.formatting import printed
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
