"""Comparisons `left op right` on the measured side: whether they hold, and by what margin."""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass, replace

from regrade.grading.alternatives import Margin, Several, alternatives
from regrade.grading.estimates import Estimates
from regrade.grading.evaluate import Source, evaluate
from regrade.grading.findings import Finding, certain, conjunction, disjunction
from regrade.grading.intervals import CONFIDENCE
from regrade.grading.margins import measure
from regrade.grading.measured import Measured, count_seeds
from regrade.grading.monte_carlo import TermsSource
from regrade.grading.sources import MeasuredSource
from regrade.grading.spread import FEWEST_EQUAL
from regrade.grading.spread_comparisons import compare_spreads
from regrade.grading.terms import is_random, terms
from regrade.grading.values import NotAvailable, Value, as_number
from regrade.grading.verdicts import Verdict
from regrade.studies.expressions import references
from regrade.studies.spreads import has_spread

SYMBOLS = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
EQUIVALENCE = 0.90
"""Confidence of the interval that two one-sided tests at 5 % are decided by."""
LONGEST_SIDE = 80
"""Characters of a side that evidence shows; the predicate stands beside it in full."""
_STRICT = (ast.Lt, ast.Gt)
_EQUALITIES = (ast.Eq, ast.NotEq)
UNGRADED_TIME = "not graded: the study has no tolerance for times, which are another machine's"
OUTCOMES = {True: Verdict.HOLDS, False: Verdict.FAILS, None: Verdict.UNDECIDED}


@dataclass(frozen=True)
class Comparison:
    """`left op right`."""

    left: ast.expr
    op: ast.cmpop
    right: ast.expr

    @property
    def node(self) -> ast.expr:
        """Both sides as one expression."""
        return ast.Tuple([self.left, self.right], ast.Load())

    def sides(self, source: Source) -> tuple[Value, Value]:
        """Evaluate both sides on a source."""
        return evaluate(self.left, source), evaluate(self.right, source)

    @property
    def is_strict(self) -> bool:
        """Whether it fails where both sides are equal."""
        return isinstance(self.op, _STRICT)

    @property
    def margin(self) -> ast.expr:
        """How far it holds: positive where it does, negative where it fails."""
        sides = (self.left, self.right)
        low, high = sides if isinstance(self.op, ast.Lt | ast.LtE) else sides[::-1]
        return ast.BinOp(high, ast.Sub(), low)

    def holds(self, left: Value, right: Value) -> bool:
        """Decide the comparison by value.

        What differs by rounding errors of the arithmetic alone counts as equal.
        """
        if isinstance(self.op, _EQUALITIES):
            return equal(left, right) == isinstance(self.op, ast.Eq)
        if equal(left, right):
            return not self.is_strict
        one, other = as_number(left), as_number(right)
        return one < other if isinstance(self.op, ast.Lt | ast.LtE) else one > other

    def text(self, left: Value, right: Value) -> str:
        """Show both sides with their values."""
        op = SYMBOLS[type(self.op)]
        return f"{_side(self.left, left)} {op} {_side(self.right, right)}"


def equal(left: Value, right: Value) -> bool:
    """Tell whether two values are equal, but for rounding errors of the arithmetic."""
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, tuple) or isinstance(right, tuple):
        return False
    one, other = as_number(left), as_number(right)
    return one == other or math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)


def _side(node: ast.expr, value: Value) -> str:
    label = side_label(node)
    return label if is_plain(node) else f"{label} = {show(value)}"


def is_plain(node: ast.expr) -> bool:
    """Whether a side says its value itself."""
    return isinstance(node, ast.Constant | ast.List | ast.Tuple) or _is_negative_constant(node)


def side_label(node: ast.expr) -> str:
    """Write a side as evidence shows it before its value: cut short where it is long."""
    text = ast.unparse(node)
    is_list = isinstance(node, ast.List | ast.Tuple)
    fits = is_list or len(text) <= LONGEST_SIDE
    return text if fits else f"{text[: LONGEST_SIDE - 2]} …"


def _is_negative_constant(node: ast.expr) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant)


def show(value: Value) -> str:
    """Write a value for people: whole numbers in full, others with four digits."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(show, value))}]"
    number = as_number(value)
    if abs(number) < 1e15 and number == int(number):
        return str(int(number))
    return f"{number:.4g}"


def compare_measured(comparison: Comparison, estimates: Estimates) -> Finding:
    """Decide a comparison by its replicates."""
    try:
        return _compare(comparison, estimates)
    except NotAvailable as reason:
        return certain(None, str(reason), missing=(str(reason),))


def _compare(comparison: Comparison, estimates: Estimates) -> Finding:
    measurements = estimates.measurements
    sample = measurements.sample(comparison.node)
    reason = sample.obstacle or _why_ungraded(comparison, estimates)
    if reason:
        raise NotAvailable(reason)
    if not is_random(comparison.node):
        left, right = comparison.sides(MeasuredSource(measurements, None))
        truth = comparison.holds(left, right)
        return certain(truth, f"{comparison.text(left, right)}: {OUTCOMES[truth]}")
    if has_spread(comparison.node):
        found = compare_spreads(comparison.left, comparison.op, comparison.right, estimates)
        return replace(
            found, evidence=tuple(f"{e}: {OUTCOMES[found.truth]}" for e in found.evidence)
        )
    if isinstance(comparison.op, _EQUALITIES):
        return _compare_each(comparison, estimates)
    found, measured = _judge(alternatives(comparison.margin), comparison.is_strict, estimates)
    means = _means(comparison, estimates)
    text = comparison.text(*comparison.sides(means))
    return replace(found, evidence=(f"{text}: {OUTCOMES[found.truth]}; {measured}",))


def _why_ungraded(comparison: Comparison, estimates: Estimates) -> str | None:
    """Say why times decide nothing where they are another machine's."""
    asks_time = any(found.name == "seconds" for found in references(comparison.node))
    if asks_time and estimates.measurements.study.tolerances.time is None:
        return UNGRADED_TIME
    return None


def _means(comparison: Comparison, estimates: Estimates) -> TermsSource:
    """Know the mean of each term of both sides."""
    parts = [*terms(comparison.left), *terms(comparison.right)]
    means = {ast.dump(term): estimates.of(term).mean for term in parts}
    return TermsSource(means, MeasuredSource(estimates.measurements, None))


def _compare_each(comparison: Comparison, estimates: Estimates) -> Finding:
    """Decide an equality: every one of enough replicates has it, or none has."""
    seeds = estimates.measurements.sample(comparison.node).seeds
    pairs = [comparison.sides(MeasuredSource(estimates.measurements, seed)) for seed in seeds]
    if not pairs:
        raise NotAvailable("no seed is common to the runs of an equality")
    truths = [comparison.holds(left, right) for left, right in pairs]
    enough = len(truths) >= FEWEST_EQUAL
    truth = truths[0] if enough and len(set(truths)) == 1 else None
    how = f"{sum(truths)} of {count_seeds(len(truths))}"
    return certain(truth, f"{comparison.text(*pairs[0])}: {OUTCOMES[truth]} ({how})")


def _judge(margin: Margin | Several, is_strict: bool, estimates: Estimates) -> tuple[Finding, str]:
    """Judge a margin, or several jointly; the text is of the one that settles them."""
    if isinstance(margin, Margin):
        confidence = EQUIVALENCE if margin.is_equivalence else CONFIDENCE
        measured = measure(margin.node, estimates, confidence)
        return _finding(measured, margin, is_strict), _tell(measured, margin)
    parts = [_judge(part, is_strict, estimates) for part in margin.parts]
    findings = [finding for finding, _ in parts]
    whole = conjunction(findings) if margin.need_all else disjunction(findings)
    settles = max if margin.need_all else min  # all hold if the weakest does, one if the strongest
    _, text = settles(parts, key=lambda part: (part[0].holds, -part[0].fails))
    return whole, text


def _finding(measured: Measured, margin: Margin, is_strict: bool) -> Finding:
    if measured.is_exact:
        return certain(measured.centre > 0 or (measured.centre == 0 and not is_strict))
    one_sided = 1 if margin.is_equivalence else 2
    holds, fails = min(1.0, one_sided * measured.above), min(1.0, 2 * measured.below)
    return Finding(holds, fails, (), seeds_needed=measured.seeds_needed)


def _tell(measured: Measured, margin: Margin) -> str:
    if measured.interval is None:
        return f"margin {measured.centre:+.3g}, {measured.rule}: no interval"
    width = "" if measured.is_exact else f" {measured.interval}"
    level, test = (" (90 %)", ", one of two one-sided tests") if margin.is_equivalence else ("", "")
    return f"margin {measured.centre:+.3g}{width}{level}, {measured.rule}{test}"
