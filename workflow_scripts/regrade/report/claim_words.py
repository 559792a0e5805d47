"""What became of claims, in sentences: the values of the graded tables, with their units."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from regrade.grading import told_evidence
from regrade.grading.measured import count_seeds
from regrade.grading.told_evidence import Span, Told
from regrade.grading.verdicts import Verdict
from regrade.report import formatting, quantities
from regrade.report.study_results import Row
from regrade.studies.expressions import parse
from regrade.studies.vocabulary import COUNT, EPOCH, FRACTION, PLAIN, SECONDS, Unit

TOLD = 2
"""Comparisons of a claim that a sentence tells; of more it tells the number."""
_WORDS = {
    ast.Lt: ("below", "not below"),
    ast.LtE: ("at most", "more than"),
    ast.Gt: ("above", "not above"),
    ast.GtE: ("at least", "less than"),
    ast.Eq: ("equal to", "not"),
    ast.NotEq: ("other than", "equal to"),
}
"""What a comparison says of its left side where it holds, and where it fails."""
_TURNED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt,
    ast.LtE: ast.GtE,
    ast.Gt: ast.Lt,
    ast.GtE: ast.LtE,
}
_SPREADS = ("std", "detrended_std", "median_change", "spread", "abs")


@dataclass(frozen=True)
class _Amounts:
    """How values of a comparison are written."""

    unit: Unit
    is_difference: bool
    """Whether its left side says how far two values lie apart."""
    is_signed: bool

    def value(self, number: float) -> str:
        """Write a value of a side."""
        if self.is_difference:
            return self.difference(number) if self.is_signed else self.distance(number)
        return _VALUES.get(self.unit, formatting.plain)(number)

    def bar(self, number: float) -> str:
        """Write the number that a side is held against."""
        return self.distance(number) if self.is_difference else self.value(number)

    def distance(self, number: float) -> str:
        """Write how far two values lie apart: shares in points."""
        if self.unit is FRACTION:
            points = formatting.plain(100 * number, 3)
            return f"{points}{formatting.THIN}{'point' if points == '1' else 'points'}"
        return _VALUES.get(self.unit, _rounded)(number)

    def difference(self, number: float) -> str:
        """Write how far one value lies above another, with its sign."""
        sign = "+" if number > 0 else formatting.MINUS if number < 0 else ""
        return sign + self.distance(abs(number))

    def interval(self, low: float, high: float) -> str:
        """Write an interval without its unit, which stands before it."""
        scale = 100 if self.unit is FRACTION else 1
        write = self.difference if self.unit is SECONDS else formatting.plain
        return f"[{write(scale * low)}, {write(scale * high)}]"


def _rounded(number: float) -> str:
    return formatting.plain(number, 3)


def _percent(fraction: float) -> str:
    return f"{formatting.plain(100 * fraction)}{formatting.THIN}%"


def _counted(number: float) -> str:
    return formatting.count(number) if number.is_integer() else formatting.plain(number)


_VALUES: dict[Unit, Callable[[float], str]] = {
    FRACTION: _percent,
    SECONDS: formatting.duration,
    COUNT: _counted,
    EPOCH: formatting.plain,
}


def in_report(row: Row) -> str | None:
    """Tell what a claim's own numbers say; nothing where they cannot be told in words."""
    return _tell(row, row["evidence_published"], row["on_published"])


def in_measurements(row: Row) -> str | None:
    """Tell what was measured of a claim; nothing where it cannot be told in words."""
    return _tell(row, row["evidence"], row["on_measured"])


def published(row: Row) -> str:
    """Tell in a sentence what the report's own numbers say of a claim."""
    if row["on_published"] == Verdict.NOT_PUBLISHED:
        return "The report gives no numbers to hold it against."
    return f"In the report, {formatting.end(in_report(row) or row['evidence_published'])}"


def measured(row: Row) -> str:
    """Tell in a sentence what the replicates say of a claim, or why they say nothing."""
    if row["on_measured"] == Verdict.NOT_MEASURED:
        return f"Not measured: {formatting.end(row['evidence'])}"
    by_what = f"Measured {seeds(row)}" if row["replicates"] else "By our count"
    return f"{by_what}, {formatting.end(in_measurements(row) or row['evidence'])}"


def both(row: Row) -> str:
    """Tell both sides of a claim; once, where they say the same."""
    told = in_report(row)
    if told and told == in_measurements(row):
        return f"In the report and by our count, {formatting.end(told)}"
    return f"{published(row)} {measured(row)}"


def seeds(row: Row) -> str:
    """Tell from how many replicates a row of a table was graded."""
    return f"from {count_seeds(int(row['replicates']))}"


_SPEAKS: dict[str, bool] = {
    **dict.fromkeys((Verdict.HOLDS, Verdict.REPRODUCED), True),
    **dict.fromkeys((Verdict.FAILS, Verdict.NOT_REPRODUCED), False),
}
"""Whether a verdict says that a claim holds; others are undecided."""


def _tell(row: Row, evidence: str | None, verdict: str) -> str | None:
    if not row["predicate"] or not evidence:
        return None
    found = told_evidence.read(parse(row["predicate"]), evidence)
    speaking = [told for told in found if told.helps is _SPEAKS.get(verdict)]
    return _joined(speaking) if speaking else None


def _joined(found: Sequence[Told]) -> str:
    shown = [comparison(told) for told in found[:TOLD]]
    more = len(found) - len(shown)
    if more:
        shown.append(f"and {more} more comparison{'' if more == 1 else 's'} of this kind")
    return "; ".join(shown)


def comparison(told: Told) -> str:
    """Tell a comparison in words, with the values of both sides."""
    told = _constant_last(told)
    left, right = told.comparison.left, told.comparison.right
    amounts = _amounts(left, right)
    words = quantities.words(left)
    verb, pronoun = ("are", "those") if _PLURAL.match(words) else ("is", "that")
    said = f"{_the(words)} {verb} {amounts.value(told.left)}"
    if _is_number(right):
        return f"{said}{_of_left(told, amounts)}, {_how(told)} {amounts.bar(told.right)}"
    one, other = quantities.by_run(left), quantities.by_run(right)
    bar, apart = amounts.value(told.right), _apart(told, amounts)
    if one and other and one[0] == other[0]:
        return f"{said}, {_how(told)} {pronoun} of {other[1]}, {bar}{apart}"
    return f"{said}, {_how(told)} {bar}, {_the(quantities.words(right))}{apart}"


_PLURAL = re.compile(r"\(?(?:[\w-]+ )?[\w-]*[^\Ws]s\b")
"""Words for several things: the first or second of them ends like a plural."""


def _the(words: str) -> str:
    """Put an article before words, not before a number or a bracket."""
    return f"the {words}" if words[0].isalpha() else words


def _constant_last(told: Told) -> Told:
    """Turn a comparison whose left side is a number; its margin stays how far it holds."""
    one = told.comparison
    if not _is_number(one.left) or type(one.op) not in _TURNED:
        return told
    turned = replace(one, left=one.right, op=_TURNED[type(one.op)](), right=one.left)
    return replace(told, comparison=turned, left=told.right, right=told.left)


def _is_number(node: ast.expr) -> bool:
    return not any(isinstance(part, ast.Attribute | ast.Call) for part in ast.walk(node))


def _amounts(left: ast.expr, right: ast.expr) -> _Amounts:
    units = [quantities.unit_of(side) for side in (left, right) if not _is_number(side)]
    unit = next((one for one in units if one is not PLAIN), PLAIN)
    is_difference = unit is not PLAIN and _is_difference(left)
    return _Amounts(unit, is_difference, isinstance(left, ast.BinOp))


def _is_difference(node: ast.expr) -> bool:
    """Tell whether an expression says how far two values lie apart."""
    match node:
        case ast.BinOp(op=ast.Sub(), left=left, right=right):
            return not _is_number(left) and not _is_number(right)
        case ast.Call(func=ast.Name(id=name)):
            return name in _SPREADS
    return False


def _how(told: Told) -> str:
    holds, fails = _WORDS[type(told.comparison.op)]
    undecided = f"not clearly {holds}"
    words = {Verdict.HOLDS: holds, Verdict.FAILS: fails, Verdict.UNDECIDED: undecided}
    return words[Verdict(told.outcome)]


def _is_upward(told: Told) -> bool:
    """Whether it holds the further, the larger its left side."""
    return isinstance(told.comparison.op, ast.Gt | ast.GtE)


def _of_left(told: Told, amounts: _Amounts) -> str:
    """Write the interval of the left side, which is a margin away from a number."""
    if told.margin is None:
        return ""
    margin, bar = told.margin, told.right
    ends = (bar + margin.low, bar + margin.high)
    if not _is_upward(told):
        ends = (bar - margin.high, bar - margin.low)
    return f" {amounts.interval(*ends)}{_confidence(margin)}"


def _apart(told: Told, amounts: _Amounts) -> str:
    """Write how far the left side lies above the right one, with its interval."""
    if told.margin is None:
        return ""
    margin = told.margin
    centre, *ends = (margin.centre, margin.low, margin.high)
    if not _is_upward(told):
        centre, ends = -centre, [-margin.high, -margin.low]
    width = f"{amounts.interval(*ends)}{_confidence(margin)}"
    return f" ({amounts.difference(centre)} {width})"


def _confidence(margin: Span) -> str:
    return "" if margin.confidence == 95 else f" at {margin.confidence}{formatting.THIN}%"
