"""Values, quantities and scopes as people read them."""

from __future__ import annotations

import pytest

from regrade.report import formatting, quantities
from regrade.report.compact_html import compact
from regrade.report.step_plot import step_plot


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.66064, "fraction", "66.06 %"),
        (0.00002, "fraction", "< 0.01 %"),
        (0.0, "fraction", "0.00 %"),
        (2.304, "nats", "2.304"),
        (0.05512, "nats", "0.0551"),
        (40_551_040, "count", "40 551 040"),
        (12.5, "epoch", "12.5"),
        (5400.0, "seconds", "1.5 h"),
        (float("inf"), "nats", "diverged"),
        (None, "nats", "–"),
        (1e-4, "", "0.0001"),
    ],
)
def test_values_are_written_for_people(value: float | None, unit: str, text: str) -> None:
    assert formatting.value(value, unit).replace("\N{NARROW NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize(
    ("digits", "number", "unit", "text"),
    [
        ("0.717", 0.717, "fraction", "71.7 %"),
        ("71.70", 0.717, "fraction", "71.70 %"),
        ("29", 0.29, "fraction", "29 %"),
        ("0.7", 0.7, "fraction", "70 %"),
        ("1.20", 1.2, "nats", "1.20"),
        ("36187914", 36_187_914, "count", "36 187 914"),
        ("0.27", 270_000, "count", "0.27 million"),
        ("41", 2460.0, "seconds", "41 min"),
        ("0.00", 0.0, "fraction", "0.00 %"),
    ],
)
def test_published_values_keep_their_printed_digits(
    digits: str, number: float, unit: str, text: str
) -> None:
    shown = formatting.printed(digits, number, unit)
    assert shown.replace("\N{NARROW NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize(
    ("published", "measured", "unit", "text"),
    [
        (0.60, 0.6123, "fraction", "+1.23 pt"),
        (0.60, 0.59, "fraction", "−1.00 pt"),
        (2.0, 1.9, "nats", "−5.0 %"),
        (12.0, 9.0, "epoch", "−3"),
        (0.0, 4.0, "count", "+4"),
        (None, 0.5, "fraction", "–"),
        (1.2, float("inf"), "nats", "–"),
    ],
)
def test_a_difference_is_what_is_measured_less_what_is_published(
    published: float | None, measured: float, unit: str, text: str
) -> None:
    shown = formatting.difference(published, measured, unit)
    assert shown.replace("\N{NARROW NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize(
    ("quantity", "text", "unit"),
    [
        ("max(validation_accuracy)", "best validation accuracy", "fraction"),
        ("min(validation_loss)", "lowest validation loss", "nats"),
        ("last(train_loss)", "final training loss", "nats"),
        ("argmax(test_accuracy)", "epoch of the highest test accuracy", "epoch"),
        ("at(test_loss, 5)", "test loss at epoch 5", "nats"),
        ("parameters", "parameters", "count"),
        ("median(seconds)", "median time of an epoch", "seconds"),
        ("total(seconds, 1, selected_epoch)", "total time, epochs 1 to selected epoch", "seconds"),
        ("last(A.train_loss)", "final training loss of A", "nats"),
        ("share_within(weights, 0.01)", "weights below 0.01 in size", "fraction"),
        ("parameters / macs", "parameters / multiply-adds", ""),
    ],
)
def test_quantities_are_described_with_their_unit(quantity: str, text: str, unit: str) -> None:
    assert (quantities.describe(quantity), quantities.unit_of(quantity)) == (text, unit)


def test_a_long_table_of_learning_rates_is_a_small_plot() -> None:
    drawn = step_plot({1: 0.1, 3: 0.01, 5: 0.0001}, 6, "learning rate")
    assert 'aria-label="learning rate: 3 values over 6 epochs, from 0.1 to 0.0001' in drawn
    assert drawn.count("H") == 3 and drawn.count("V") == 2


def test_text_that_is_shown_as_typed_keeps_its_spaces() -> None:
    page = "<p>\n   a\n\n   b</p>\n<pre>\n  c\n\n  d</pre>\n  <p>e</p>"
    assert compact(page) == "<p>\na\nb</p>\n<pre>\n  c\n\n  d</pre>\n<p>e</p>"
    table = "<table>\n  <tr>\n    <td>a\n b</td>\n    <td>c</td>\n  </tr>\n</table>\n<p>d</p>"
    assert compact(table) == "<table><tr><td>a\nb</td><td>c</td></tr></table>\n<p>d</p>"
