"""No verdict is left out of a count: one that the table lacks is an error."""

from __future__ import annotations

import pytest

from regrade.grading import numbers
from regrade.report.verdicts import VERDICTS, counts, look


def test_verdicts_are_counted_in_the_order_of_the_table() -> None:
    assert counts(["fails", "holds", "fails"]) == [("holds", 1), ("fails", 2)]


def test_a_verdict_that_the_table_lacks_is_named() -> None:
    with pytest.raises(KeyError, match="nearly"):
        counts(["holds", "nearly"])


def test_every_verdict_on_a_number_can_be_shown() -> None:
    assert numbers._REASONS.keys() <= VERDICTS.keys()
    assert all(look(verdict) != "plain" for verdict in numbers._REASONS)
