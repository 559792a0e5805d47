"""Elementary comparisons `left op right`: whether they hold, and by what margin."""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass, replace

from regrade.grading.evaluate import Source, evaluate
from regrade.grading.intervals import Interval, mean, normal, student
from regrade.grading.measurements import Measurements, Sample
from regrade.grading.sources import MeasuredSource, accuracy_sets
from regrade.grading.values import NotAvailable, Value

_SYMBOLS = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
LONGEST_SIDE = 80
"""Characters of a side that evidence shows; the predicate stands beside it in full."""
_STRICT = (ast.Lt, ast.Gt)
_EQUALITIES = (ast.Eq, ast.NotEq)
_OUTCOMES = {True: "holds", False: "fails", None: "undecided"}


@dataclass(frozen=True)
class Finding:
    """What became of a comparison, or of several."""

    truth: bool | None
    """None where the interval straddles the bar, or where something has no value."""
    evidence: tuple[str, ...]
    missing: tuple[str, ...] = ()
    """Why something has no value."""


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

    def margin(self, left: float, right: float) -> float:
        """Tell how far the comparison holds (positive) or fails (negative).

        What differs by rounding errors of the arithmetic alone counts as equal.
        """
        if left == right or math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-12):
            return 0.0
        return right - left if isinstance(self.op, ast.Lt | ast.LtE) else left - right

    def holds(self, left: Value, right: Value) -> bool:
        """Decide the comparison by value."""
        if isinstance(self.op, _EQUALITIES):
            return _equal(left, right) == isinstance(self.op, ast.Eq)
        margin = self.margin(left, right)
        return margin > 0 or (margin == 0 and not isinstance(self.op, _STRICT))

    def decide(self, margins: Interval) -> bool | None:
        """Decide the comparison by the interval of its margin; None if that straddles 0."""
        strict = isinstance(self.op, _STRICT)
        if margins.low > 0 or (margins.low == 0 and not strict):
            return True
        if margins.high < 0 or (margins.high == 0 and strict):
            return False
        return None

    def text(self, left: Value, right: Value) -> str:
        """Show both sides with their values."""
        op = _SYMBOLS[type(self.op)]
        return f"{_side(self.left, left)} {op} {_side(self.right, right)}"


def _equal(left: Value, right: Value) -> bool:
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(map(_equal, left, right))
    if isinstance(left, tuple) or isinstance(right, tuple):
        return False
    return left == right or math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-12)


def _side(node: ast.expr, value: Value) -> str:
    if isinstance(node, ast.Constant | ast.List | ast.Tuple) or _is_negative_constant(node):
        return ast.unparse(node)
    text = ast.unparse(node)
    text = text if len(text) <= LONGEST_SIDE else f"{text[: LONGEST_SIDE - 2]} …"
    return f"{text} = {show(value)}"


def _is_negative_constant(node: ast.expr) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant)


def show(value: Value) -> str:
    """Write a value for people: whole numbers in full, others with four digits."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(show, value))}]"
    if abs(value) < 1e15 and value == int(value):
        return str(int(value))
    return f"{value:.4g}"


def compare_published(comparison: Comparison, source: Source) -> Finding:
    """Decide a comparison by the values that the report gives."""
    try:
        left, right = comparison.sides(source)
    except NotAvailable as reason:
        return Finding(None, (str(reason),), (str(reason),))
    truth = comparison.holds(left, right)
    return Finding(truth, (f"{comparison.text(left, right)}: {_OUTCOMES[truth]}",))


def compare_measured(comparison: Comparison, measurements: Measurements) -> Finding:
    """Decide a comparison by its replicates: the same seed for all its runs."""
    sample = measurements.sample(comparison.node)
    try:
        if sample.obstacle:
            raise NotAvailable(sample.obstacle)
        pairs = [comparison.sides(MeasuredSource(measurements, seed)) for seed in sample.seeds]
    except NotAvailable as reason:
        return Finding(None, (str(reason),), (str(reason),))
    truth, how = _decide(comparison, pairs, sample, measurements)
    text = comparison.text(_mean([left for left, _ in pairs]), _mean([right for _, right in pairs]))
    return Finding(truth, (f"{text}: {_OUTCOMES[truth]}{how}",))


def _mean(values: list[Value]) -> Value:
    return values[0] if isinstance(values[0], tuple) else mean(values)


def _decide(
    comparison: Comparison,
    pairs: list[tuple[Value, Value]],
    sample: Sample,
    measurements: Measurements,
) -> tuple[bool | None, str]:
    """Give the truth of a comparison, and how it was found."""
    truths = [comparison.holds(left, right) for left, right in pairs]
    if sample.replicates is None:
        return truths[0], ""
    if isinstance(comparison.op, _EQUALITIES):
        truth = truths[0] if len(set(truths)) == 1 else None
        return truth, f" ({sum(truths)} of {_count(len(truths))})"
    margins = [comparison.margin(left, right) for left, right in pairs]
    if len(margins) == 1:
        return _decide_alone(comparison, margins[0], sample.seeds[0], measurements)
    interval = student(margins)
    width = "no spread" if interval.is_point else f"[{interval.low:+.3g}, {interval.high:+.3g}]"
    how = f"; margin {mean(margins):+.3g} {width}, {_count(len(margins))}"
    return comparison.decide(interval), how


def _decide_alone(
    comparison: Comparison, margin: float, seed: int | None, measurements: Measurements
) -> tuple[bool | None, str]:
    """Decide by one replicate: within its binomial error if it has one, else by value."""
    error = _binomial_error(comparison, margin, seed, measurements)
    if error == 0:
        return comparison.decide(Interval(margin, margin)), (
            f"; margin {margin:+.3g}, one replicate: no interval"
        )
    interval = normal(margin, error)
    return comparison.decide(interval), (
        f"; margin {margin:+.3g} [{interval.low:+.3g}, {interval.high:+.3g}],"
        " one replicate: binomial interval"
    )


def _binomial_error(
    comparison: Comparison, margin: float, seed: int | None, measurements: Measurements
) -> float:
    """Carry the binomial errors of all accuracies into the margin, by the delta method."""
    changes = []
    for scored in accuracy_sets(comparison.node, measurements):
        source = replace(MeasuredSource(measurements, seed), shifted=scored)
        changes.append(comparison.margin(*comparison.sides(source)) - margin)
    return math.hypot(*changes) if all(map(math.isfinite, changes)) else 0.0


def _count(seeds: int) -> str:
    return "1 seed" if seeds == 1 else f"{seeds} seeds"
