"""Several findings in one claim, and many claims in one study, are corrected."""

from __future__ import annotations

import numpy as np
import pytest

from regrade.grading.findings import ALPHA, Finding, certain, conjunction, disjunction
from regrade.grading.holm import holm


def finding(holds: float, fails: float) -> Finding:
    return Finding(holds, fails, ())


def test_all_hold_at_their_own_level_and_fail_at_the_corrected_one() -> None:
    found = conjunction([finding(0.01, 1), finding(0.04, 1)])
    assert (found.holds, found.truth) == (0.04, True)
    found = conjunction([finding(1, 0.03), finding(0.04, 1)])
    assert (found.fails, found.truth) == (0.06, None)
    found = disjunction([finding(0.03, 1), finding(1, 0.5)])
    assert (found.holds, found.truth) == (0.06, None)


def test_what_has_no_chance_in_it_is_not_corrected() -> None:
    found = conjunction([certain(True), finding(1, 0.04)])
    assert (found.fails, found.truth) == (0.04, False)
    assert conjunction([certain(False), finding(0.5, 0.5)]).truth is False


def test_holm_counts_the_claims_that_are_left() -> None:
    """The example of Holm's procedure: 0.01, 0.04, 0.03 of three."""
    assert holm([0.01, None, 0.04, 0.03]) == pytest.approx([0.03, None, 0.06, 0.06])


def test_holm_rejects_what_the_step_down_procedure_does() -> None:
    values = list(np.random.default_rng(1).uniform(0, 0.05, 12))
    order = np.argsort(values)
    rejected = set()
    for rank, place in enumerate(order):
        if values[place] > ALPHA / (len(values) - rank):
            break
        rejected.add(int(place))
    assert {place for place, p in enumerate(holm(values)) if p <= ALPHA} == rejected
