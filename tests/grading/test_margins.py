"""Margins of claims have the intervals of scipy, and orderings are their joint differences."""

from __future__ import annotations

import ast
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from tests.support.tiny_study import FAST, SLOW, study, write_model, write_replicate

from regrade.grading.alternatives import Margin, Several, alternatives
from regrade.grading.estimates import Estimates
from regrade.grading.findings import ALPHA, Finding, certain, conjunction, disjunction
from regrade.grading.holm import holm
from regrade.grading.judge import Judgement, judge_measured
from regrade.grading.margins import measure
from regrade.grading.measurements import Measurements
from regrade.grading.terms import terms
from regrade.studies.expressions import parse

RATES = (0.02, 0.03, 0.04)
RUNS = {"A": {}, "B": {"recipe": FAST}, "C": {"recipe": SLOW}} | {
    f"P{place}": {"recipe": {"optimizer": {"kind": "sgd", "learning_rate": rate}}}
    for place, rate in enumerate(RATES)
}
OTHERS = {"P0": [0.30, 0.31], "P1": [0.35, 0.362, 0.355], "P2": [0.40, 0.391, 0.41]}
"""Runs whose replicates tell the spread of all."""


def estimates(results: Path, accuracies: dict[str, list[float]], **columns: list) -> Estimates:
    for run, values in accuracies.items():
        write_model(results, run)
        for seed, value in enumerate(values):
            columns_of = {name: [v * value for v in cells] for name, cells in columns.items()}
            write_replicate(results, run, seed, validation_accuracy=[0.1, value], **columns_of)
    seeds = {run: list(range(len(values))) for run, values in accuracies.items()}
    return Estimates(Measurements(study(RUNS), results, seeds))


def best(run: str) -> str:
    return f"max({run}.validation_accuracy)"


def judge(text: str, found: Estimates) -> Judgement:
    return judge_measured(parse(text), found)


def pooled(groups: list[list[float]]) -> tuple[float, int]:
    freedom = sum(len(group) - 1 for group in groups)
    squares = sum((len(group) - 1) * np.var(group, ddof=1) for group in groups)
    return math.sqrt(squares / freedom), freedom


# Rules


def test_one_seed_has_the_interval_of_the_pooled_spread(tmp_path: Path) -> None:
    found = measure(parse(f"{best('A')} - 0.4"), estimates(tmp_path, {"A": [0.5], **OTHERS}))
    deviation, freedom = pooled(list(OTHERS.values()))
    half = stats.t.ppf(0.975, freedom) * deviation
    assert (found.interval.low, found.interval.high) == pytest.approx((0.1 - half, 0.1 + half))
    assert found.rule == f"pooled t, {freedom} df, 1 seed"


def test_a_pooled_difference_has_the_p_value_of_its_t(tmp_path: Path) -> None:
    both = {"A": [0.50, 0.51], "B": [0.515]}
    found = judge(f"{best('B')} > {best('A')}", estimates(tmp_path, {**both, **OTHERS}))
    deviation, freedom = pooled([both["A"], *OTHERS.values()])
    t = (0.515 - 0.505) / (deviation * math.sqrt(1 / 2 + 1 / 1))
    assert found.p == pytest.approx(2 * stats.t.sf(t, freedom))


def test_without_a_pool_and_without_common_seeds_welch_decides(tmp_path: Path) -> None:
    one, other = [0.50, 0.51, 0.52], [0.60, 0.66]
    estimates(tmp_path, {"A": one})
    for seed, value in zip((7, 8), other, strict=True):
        write_replicate(tmp_path, "B", seed, validation_accuracy=[0.1, value])
    both = Estimates(Measurements(study(RUNS), tmp_path, {"A": [0, 1, 2], "B": [7, 8]}))
    found = judge(f"{best('B')} > {best('A')}", both)
    expected = stats.ttest_ind(other, one, equal_var=False)
    assert found.p == pytest.approx(expected.pvalue)
    assert f"Welch t, {expected.df:.3g} df" in found.evidence


def test_what_one_run_gives_twice_is_taken_seed_by_seed(tmp_path: Path) -> None:
    """Accuracies of a run rise and fall together: their difference is known far better."""
    drop = f"last(A.validation_accuracy) - 0.9 * {best('A')}"
    found = measure(parse(drop), estimates(tmp_path, {"A": [0.4, 0.5, 0.6], **OTHERS}))
    expected = stats.ttest_1samp([0.04, 0.05, 0.06], 0).confidence_interval(0.95)
    assert (found.interval.low, found.interval.high) == pytest.approx(tuple(expected))
    assert found.rule == "own t, 2 df, 3 seeds"


def test_a_trend_of_one_seed_is_undecided_whatever_the_pool(tmp_path: Path) -> None:
    """What all epochs of a run have in common does not cancel into certainty."""
    text = "rank_correlation(A.validation_accuracy) > 0.5"
    found = judge(text, estimates(tmp_path, {"A": [0.5], **OTHERS}))
    assert (found.verdict, "no interval" in found.evidence) == ("inconclusive", True)


def test_a_diverged_run_leaves_the_pool_alone(tmp_path: Path) -> None:
    bad = {"C": [0.1, 0.9]}
    with_bad = estimates(tmp_path, {"A": [0.5], **OTHERS, **bad})
    for seed, value in enumerate(bad["C"]):
        columns = {"validation_accuracy": [0.1, value]}
        diverged = {"diverged_at_epoch": 1}
        write_replicate(tmp_path, "C", seed, summary=diverged, **columns)
    found = with_bad.of(parse(best("A")))
    assert (found.spread.origin, found.spread.freedom) == ("pooled", 5)


def test_a_ratio_has_the_interval_of_fieller(tmp_path: Path) -> None:
    """Fieller (1954): where the numerator minus the ratio times the denominator is not 0."""
    both = {"A": [0.50, 0.51], "B": [0.60, 0.605]}
    found = measure(
        parse(f"{best('B')} / {best('A')} - 1.1"), estimates(tmp_path, {**both, **OTHERS})
    )
    deviation, freedom = pooled([*both.values(), *OTHERS.values()])
    x, y, variance = 0.6025, 0.505, deviation**2 / 2
    g = stats.t.ppf(0.975, freedom) ** 2 * variance
    root = math.sqrt((x * y) ** 2 - (x**2 - g) * (y**2 - g))
    low, high = ((x * y + sign * root) / (y**2 - g) - 1.1 for sign in (-1, 1))
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), abs=0.002)
    assert found.rule.startswith("4000 draws of pooled t means")


def test_the_same_draws_give_the_same_interval(tmp_path: Path) -> None:
    both = estimates(tmp_path, {"A": [0.5], "B": [0.6], **OTHERS})
    node = parse(f"{best('B')} / {best('A')} - 1.1")
    assert measure(node, both) == measure(node, both)


def test_what_is_inconclusive_says_how_many_seeds_would_decide(tmp_path: Path) -> None:
    """With so many seeds of each run and the same means and spread, it is decided."""
    few = {"A": [0.50, 0.51], "B": [0.51, 0.52]}
    found = judge(f"{best('B')} > {best('A')}", estimates(tmp_path / "few", {**few, **OTHERS}))
    needed = int(found.would_decide.removeprefix("about ").removesuffix(" seeds of each run"))
    deviation, freedom = pooled([*few.values(), *OTHERS.values()])
    ts = [
        0.01 / (deviation * math.sqrt(2 / seeds)) / stats.t.ppf(0.975, freedom + seeds - 2)
        for seeds in (needed - 1, needed)
    ]
    assert ts[0] < 1 <= ts[1]


def test_a_decided_claim_needs_no_more_seeds(tmp_path: Path) -> None:
    far = estimates(tmp_path, {"A": [0.5], "B": [0.7], **OTHERS})
    assert judge(f"{best('B')} > {best('A')}", far).would_decide is None


# Times


@pytest.mark.parametrize(
    ("tolerance", "text", "verdict"),
    [
        (None, "total(A.seconds) > 1", "not measured"),
        (0.5, "total(A.seconds) > 1", "reproduced"),
        (None, "total(A.seconds) > 1 and max(A.validation_accuracy) > 0.4", "not measured"),
        (None, "total(A.seconds) > 1 and max(A.validation_accuracy) > 0.9", "not reproduced"),
    ],
)
def test_times_decide_claims_only_where_the_study_has_a_tolerance_for_them(
    tmp_path: Path, tolerance: float | None, text: str, verdict: str
) -> None:
    for seed, value in enumerate([0.5, 0.51, 0.505]):
        columns = {"validation_accuracy": [0.1, value], "seconds": [3 + value, 4]}
        write_replicate(tmp_path, "A", seed, **columns)
    bars = {"accuracy": 0.02, "loss": 0.1, "time": tolerance, "reason": "R"}
    timed = Measurements(study(RUNS, tolerances=bars), tmp_path, {"A": [0, 1, 2]})
    found = judge(text, Estimates(timed))
    assert found.verdict == verdict
    assert ("not graded" in found.evidence) == (tolerance is None)


# Two one-sided tests


@pytest.mark.parametrize(
    ("margin", "verdict"), [(0.05, "reproduced"), (0.012, "inconclusive"), (0.0, "not reproduced")]
)
def test_about_the_same_takes_two_one_sided_tests(
    tmp_path: Path, margin: float, verdict: str
) -> None:
    both = {"A": [0.50, 0.51, 0.505], "B": [0.523, 0.524, 0.522]}
    text = f"abs({best('B')} - {best('A')}) <= {margin}"
    found = judge(text, estimates(tmp_path, {**both, **OTHERS}))
    assert found.verdict == verdict
    deviation, freedom = pooled([*both.values(), *OTHERS.values()])
    t = (margin - 0.018) / (deviation * math.sqrt(2 / 3))
    if verdict == "reproduced":
        assert found.p == pytest.approx(stats.t.sf(t, freedom))
        low = margin - 0.018 - stats.t.ppf(0.95, freedom) * (margin - 0.018) / t
        assert f"[{low:+.3g}, " in found.evidence and "] (90 %), pooled t" in found.evidence


# Orderings


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


# Terms


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


# Several findings, and many claims


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
