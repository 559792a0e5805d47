"""The time left follows what jobs took, not only what they were expected to take."""

from __future__ import annotations

import pytest

from regrade.console.time_left import TimeLeft


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_before_anything_ran_it_is_what_was_expected(clock: Clock) -> None:
    assert TimeLeft({1: 100.0, 2: 50.0}, clock).seconds() == 150.0


def test_jobs_side_by_side_halve_it(clock: Clock) -> None:
    left = TimeLeft({1: 100.0, 2: 100.0, 3: 100.0}, clock)
    left.start(1)
    left.start(2)
    clock.now = 50.0
    assert left.seconds() == pytest.approx((300 - 100) / 2)


def test_slow_jobs_make_the_rest_slow(clock: Clock) -> None:
    left = TimeLeft({1: 100.0, 2: 100.0}, clock)
    left.start(1)
    clock.now = 300.0
    left.finish(1)
    slowness = (300 + 30) / (100 + 30)
    assert left.seconds() == pytest.approx(100 * slowness)


def test_a_job_that_takes_longer_than_expected_leaves_nothing_negative(clock: Clock) -> None:
    left = TimeLeft({1: 10.0}, clock)
    left.start(1)
    clock.now = 1000.0
    assert left.seconds() == 0.0


def test_an_end_without_a_beginning_is_left_out(clock: Clock) -> None:
    left = TimeLeft({1: 10.0, 2: 20.0}, clock)
    left.finish(1)
    assert left.seconds() == 20.0


def test_an_attempt_that_died_early_does_not_make_the_rest_fast(clock: Clock) -> None:
    """Its second attempt is as much work as the first was."""
    left = TimeLeft({1: 3600.0, 2: 3600.0}, clock)
    left.start(1)
    clock.now = 2.0
    left.fail(1)
    assert left.seconds() == pytest.approx(3600)
    left.start(1)
    assert left.seconds() == pytest.approx(7200)
    clock.now = 3602.0
    left.finish(1)
    assert left.seconds() == pytest.approx(3600, rel=0.01)
