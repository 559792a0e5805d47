"""Spreads over seeds are compared by the ratio of variances; one seed has none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from tests.support.estimates import OTHERS, best, estimates, judge
from tests.support.tiny_study import number, study

from regrade.grading.judge import judge_published
from regrade.grading.sources import PublishedSource
from regrade.studies.expressions import ExpressionError, check, parse
from regrade.studies.load import load_study

STEADY, LOOSE = [0.500, 0.501, 0.502, 0.501], [0.40, 0.50, 0.45, 0.55]
RUNS = {"A": (), "B": ()}


def spread(run: str) -> str:
    return f"spread({best(run)})"


def test_the_ratio_of_two_spreads_has_the_p_value_and_the_interval_of_f(tmp_path: Path) -> None:
    found = judge(f"{spread('A')} < {spread('B')}", estimates(tmp_path, {"A": STEADY, "B": LOOSE}))
    squared = np.var(STEADY, ddof=1) / np.var(LOOSE, ddof=1)
    assert found.verdict == "reproduced"
    assert found.p == pytest.approx(2 * stats.f.cdf(squared, 3, 3))
    low, high = (np.sqrt(squared / stats.f.ppf(share, 3, 3)) for share in (0.975, 0.025))
    assert f"[{low:.3g}, {high:.3g}], F with 3 and 3 df" in found.evidence


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("{A} > {B}", "not reproduced"),
        ("{B} >= {A}", "reproduced"),
        ("2 * {A} < {B}", "reproduced"),
        ("{A} < 0.02", "reproduced"),
        ("0.02 < {A}", "not reproduced"),
        ("{B} < 0.06", "inconclusive"),
        ("not {A} < {B}", "not reproduced"),
    ],
)
def test_a_comparison_of_spreads_reads_both_ways(tmp_path: Path, text: str, verdict: str) -> None:
    found = estimates(tmp_path, {"A": STEADY, "B": LOOSE})
    assert judge(text.format(A=spread("A"), B=spread("B")), found).verdict == verdict


@pytest.mark.parametrize("text", ["{A} < 0.02", "0.02 > {A}", "{A} < 1 * {B}"])
def test_a_spread_and_a_number_have_the_p_value_of_chi_squared(tmp_path: Path, text: str) -> None:
    found = estimates(tmp_path, {"A": STEADY, "B": LOOSE})
    judged = judge(text.format(A=spread("A"), B=spread("B")), found)
    variance = np.var(STEADY, ddof=1)
    number_of = 2 * stats.chi2.cdf(3 * variance / 0.02**2, 3)
    of_runs = 2 * stats.f.cdf(variance / np.var(LOOSE, ddof=1), 3, 3)
    assert judged.p == pytest.approx(of_runs if "{B}" in text else number_of)


def test_one_seed_decides_no_spread_whatever_the_pool(tmp_path: Path) -> None:
    found = judge(
        f"{spread('A')} < {spread('B')}", estimates(tmp_path, {"A": [0.5], "B": LOOSE, **OTHERS})
    )
    assert found.verdict == "inconclusive" and "one seed has no spread" in found.evidence
    assert found.would_decide == "at least 2 seeds of each run"


def test_equal_replicates_decide_no_spread(tmp_path: Path) -> None:
    """A network that stays at chance in all seeds is not steadier than one that learns."""
    found = estimates(tmp_path, {"A": [0.1, 0.1, 0.1], "B": LOOSE})
    judged = judge(f"{spread('A')} < {spread('B')}", found)
    assert (judged.verdict, "is the same in all" in judged.evidence) == ("not measured", True)


def test_equal_spreads_are_told_apart_as_rarely_as_the_level_says(tmp_path: Path) -> None:
    generator = np.random.default_rng(2)
    decided = 0
    for place in range(60):
        groups = {run: generator.normal(0.5, 0.01, 4).tolist() for run in "AB"}
        text = f"{spread('A')} < {spread('B')}"
        verdict = judge(text, estimates(tmp_path / str(place), groups)).verdict
        decided += verdict != "inconclusive"
    assert decided <= 8  # 5 % of 60 is 3; more than 8 has a chance of 0.3 %.


def test_a_published_spread_is_the_published_side(tmp_path: Path) -> None:
    quantity = "max(validation_accuracy)"
    runs = {
        run: {"published": {"numbers": [number(quantity, "70.0", "percent", runs=5, spread=size)]}}
        for run, size in (("A", 0.1), ("B", 0.4))
    }
    source = PublishedSource(study(runs), tmp_path)
    assert judge_published(parse(f"{spread('A')} < {spread('B')}"), source).verdict == "holds"
    assert judge_published(parse(f"{spread('B')} < 0.002"), source).verdict == "fails"
    other = parse("spread(last(A.test_accuracy)) < 0.1")
    assert judge_published(other, source).verdict == "not published"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{A} == {B}", "is below or above"),
        ("{A} + 1 < {B}", "is below or above"),
        ("abs({A}) < {B}", "is below or above"),
        ("spread({A}) < {B}", "is below or above"),
        ("spread(max(A.test_loss) - max(B.test_loss)) < {A}", "of what one run gives"),
        ("spread(A.test_loss) < 1", "does not exist"),
    ],
)
def test_other_comparisons_of_spreads_are_refused(text: str, told: str) -> None:
    with pytest.raises(ExpressionError, match=told):
        check(parse(text.format(A=spread("A"), B=spread("B"))), RUNS)


def test_politos_claim_about_initial_weights_is_one_of_spreads() -> None:
    polito = load_study(Path(__file__).parents[2] / "studies" / "polito.yaml")
    assert (polito.claims["c14-seeds"].predicate or "").count("spread(") == 2
