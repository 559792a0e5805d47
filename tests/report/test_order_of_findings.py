"""What stands first on the front page, and what a study's page counts of its claims."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.report_results import write_results, write_study

from regrade.grading.graded_study import GradedStudy
from regrade.report.findings import kinds
from regrade.report.study_results import Row
from regrade.report.study_view import View, views


@pytest.fixture
def view(tmp_path: Path) -> View:
    seeds = write_results(write_study(tmp_path), tmp_path)
    graded = GradedStudy.read(tmp_path / "studies" / "tiny.yaml", tmp_path / "results", seeds)
    return views([graded])[0]


def claim(name: str, on_published: str, on_measured: str, **more: object) -> Row:
    return {
        "claim": name, "sentence": name, "role": "report", "predicate": None, "replicates": None,
        "on_published": on_published, "on_measured": on_measured, "evidence": "E",
        "evidence_published": "E", "p": None, "survives_holm": None, **more,
    }  # fmt: skip


def test_what_fails_on_both_sides_stands_first_and_so_does_what_we_refute_of_the_report(
    view: View,
) -> None:
    view.claims = [
        claim("a", "fails", "reproduced"),
        claim("b", "not published", "not reproduced"),
        claim("c", "fails", "not reproduced"),
        claim("d", "holds", "not reproduced"),
    ]
    found = {kind.anchor: [one.text for one in kind.findings] for kind in kinds([view])}
    assert found["self-contradictions"] == ["c", "a"]
    assert found["not-reproduced-claims"] == ["d", "b", "c"]


def test_claims_are_counted_by_what_the_report_says_and_what_was_measured(view: View) -> None:
    pairs = [("holds", "reproduced"), ("holds", "not reproduced"), ("holds", "not reproduced")]
    pairs.append(("fails", "reproduced"))
    view.claims = [claim(str(place), *pair) for place, pair in enumerate(pairs)]
    assert view.crossing == (
        ["reproduced", "not reproduced"],
        [("holds", [1, 2]), ("fails", [1, 0])],
    )


def test_of_many_claims_judged_by_chance_one_in_twenty_may_be_wrong(view: View) -> None:
    """Whether or not a verdict came of it; a counted claim is none of them."""
    view.claims = [
        claim("a", "holds", "reproduced", p=0.01, survives_holm=True),
        claim("b", "holds", "reproduced", p=0.04, survives_holm=False),
        claim("c", "holds", "inconclusive", p=0.3),
        claim("d", "holds", "reproduced"),
    ]
    many = view.many
    assert (many.judged, many.decided, many.frail) == (3, 2, 1)
    assert many.expected_wrong == pytest.approx(3 * 0.05)
