"""What an expression is made of: terms that differ from seed to seed, and those that do not."""

from __future__ import annotations

import pytest

from regrade.grading.terms import is_random
from regrade.studies.expressions import parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A1.parameters == 62006", False),
        ("A1.initial_loss < log(10)", True),
        ("A1.steps_per_epoch == 352", False),
        ("1 < 2", False),
        ("A1.parameters > 1 and last(A1.train_loss) < 1", True),
        ("ks_distance(A1.weights, A2.weights) > 0.1", True),
        ("A1.selected_test_accuracy > 0.9", True),
        ("last(A1.seconds) > 1", True),
    ],
)
def test_only_what_a_seed_changes_differs_from_seed_to_seed(text: str, expected: bool) -> None:
    assert is_random(parse(text)) is expected
