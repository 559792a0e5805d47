"""What an expression is made of: terms that differ from seed to seed, and those that do not."""

from __future__ import annotations

import ast

import pytest

from regrade.grading.terms import is_random, terms
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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("last(A.train_loss) / max(B.train_loss)", ["last(A.train_loss)", "max(B.train_loss)"]),
        ("last(A.train_loss) - first(A.train_loss)", ["last(A.train_loss) - first(A.train_loss)"]),
        ("standard_error(last(A.test_accuracy), 100) ** 2", ["last(A.test_accuracy)"]),
        ("share_below(A.train_loss, B.train_loss)", ["share_below(A.train_loss, B.train_loss)"]),
        ("A.parameters / B.macs - 2", []),
        ("argmax(smooth(A.train_loss, 3)) - 2", ["argmax(smooth(A.train_loss, 3)) - 2"]),
    ],
)  # fmt: skip
def test_terms_are_what_one_run_gives_as_a_whole(text: str, expected: list[str]) -> None:
    assert [ast.unparse(term) for term in terms(parse(text))] == expected
