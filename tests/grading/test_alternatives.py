"""Choices and orderings are judged by their alternatives."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from tests.support.estimates import OTHERS, best, estimates, judge

from regrade.grading.alternatives import Margin, Several, alternatives
from regrade.studies.expressions import parse


def leaves(found: Margin | Several) -> list[str]:
    if isinstance(found, Margin):
        return [ast.unparse(found.node)]
    return [leaf for part in found.parts for leaf in leaves(part)]


@pytest.mark.parametrize(
    ("text", "expected", "need_all"),
    [
        ("a - max(b, c)", ["a - b", "a - c"], True),
        ("max(a, b) - c", ["a - c", "b - c"], False),
        (
            "0.3 - (max(a, b) - min(a, b))",
            [f"0.3 - ({one} - {other})" for one in "ab" for other in "ab"],
            True,
        ),
        ("0.1 - abs(a - b)", ["0.1 - (a - b)", "0.1 - -(a - b)"], True),
        ("-2 * abs(a)", ["-2 * a", "-2 * -a"], True),
    ],
)
def test_a_choice_is_its_alternatives(text: str, expected: list[str], need_all: bool) -> None:
    names = {"a": "last(A.train_loss)", "b": "last(B.train_loss)", "c": "last(C.train_loss)"}
    node = parse(text)
    for name, full in names.items():
        node = _Rename(name, parse(full)).visit(node)
    found = alternatives(node)
    shown = leaves(found)
    for name, full in names.items():
        shown = [leaf.replace(full, name) for leaf in shown]
    assert shown == expected
    assert found.need_all == need_all


class _Rename(ast.NodeTransformer):
    def __init__(self, name: str, new: ast.expr) -> None:
        self.name, self.new = name, new

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.new if node.id == self.name else node


def test_the_largest_value_of_a_curve_is_no_ordering() -> None:
    node = parse("max(A.train_loss) - max(A.test_loss, 2, 3)")
    assert alternatives(node) == Margin(node)


def test_an_ordering_holds_by_its_weakest_difference(tmp_path: Path) -> None:
    values = {"A": [0.60, 0.61], "B": [0.585], "C": [0.5]}
    all_runs = estimates(tmp_path, {**values, **OTHERS})
    both = judge(f"{best('A')} > max({best('B')}, {best('C')})", all_runs)
    alone = judge(f"{best('A')} > {best('B')}", all_runs)
    assert both.p == pytest.approx(alone.p)
    assert both.evidence.split("margin ")[1] == alone.evidence.split("margin ")[1]


def test_an_ordering_fails_at_the_corrected_level(tmp_path: Path) -> None:
    values = {"A": [0.60, 0.61], "B": [0.63], "C": [0.5]}
    all_runs = estimates(tmp_path, {**values, **OTHERS})
    both = judge(f"{best('A')} > max({best('B')}, {best('C')})", all_runs)
    alone = judge(f"{best('A')} > {best('B')}", all_runs)
    assert both.p == pytest.approx(min(1, 2 * alone.p))
