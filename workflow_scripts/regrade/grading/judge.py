"""Judging predicates: on what the report says, and on what was measured."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

from regrade.grading.comparisons import Comparison, compare_measured
from regrade.grading.decisive import told_basis
from regrade.grading.estimates import Estimates
from regrade.grading.findings import SEPARATOR, Finding, conjunction, disjunction, negation
from regrade.grading.measurements import Sample
from regrade.grading.published_side import compare_published
from regrade.grading.sources import PublishedSource
from regrade.grading.spread import FEWEST_SEEDS
from regrade.grading.verdicts import Verdict

UNTRAINED = Sample((None,), None, None, None, None)
"""What decides without any replicate."""
Compare = Callable[[Comparison], Finding]


@dataclass(frozen=True)
class Judgement:
    """A verdict with its evidence."""

    verdict: Verdict
    evidence: str
    replicates: int | None = None
    """Those of the run with the fewest; None where nothing depends on a seed."""
    scale: str | None = None
    """None where nothing is trained."""
    basis: str | None = None
    """Whether the replicates are recorded, imported, trained by this call, or several of these."""
    p: float | None = None
    """The chance of such replicates, were the truth the opposite; None where there is none."""
    would_decide: str | None = None
    """What would likely decide it, where nothing has."""


def judge_published(node: ast.expr, source: PublishedSource) -> Judgement:
    """Tell whether a predicate holds in the report itself.

    Verdicts: `holds`, `fails`, `undecided` (the printed digits leave it open), `not published`.
    """
    finding = judge(node, lambda comparison: compare_published(comparison, source))
    undecided = Verdict.NOT_PUBLISHED if finding.missing else Verdict.UNDECIDED
    verdict = {True: Verdict.HOLDS, False: Verdict.FAILS, None: undecided}[finding.truth]
    return Judgement(verdict, _evidence(finding))


def judge_measured(node: ast.expr, estimates: Estimates) -> Judgement:
    """Tell whether a predicate is reproduced by the replicates.

    Verdicts: `reproduced`, `not reproduced`, `inconclusive` (an interval straddles its bar, or
    there is none), `not measured` (a replicate is missing or may not decide anything).
    """
    sample = estimates.measurements.sample(node)
    finding = judge(node, lambda comparison: compare_measured(comparison, estimates))
    if sample.obstacle and finding.truth is None:
        return Judgement(Verdict.NOT_MEASURED, sample.obstacle, *_of(sample))
    if sample.obstacle:
        sample = UNTRAINED  # What nothing may be said of has not decided it.
    undecided = Verdict.NOT_MEASURED if finding.missing else Verdict.INCONCLUSIVE
    decided = {True: Verdict.REPRODUCED, False: Verdict.NOT_REPRODUCED}
    verdict = undecided if finding.truth is None else decided[finding.truth]
    # 0 and 1 are no chances: something without chance decides, or has no interval.
    p = finding.p if verdict != Verdict.NOT_MEASURED and 0 < finding.p < 1 else None
    seeds = finding.seeds_needed if verdict == Verdict.INCONCLUSIVE else None
    evidence = [_evidence(finding), told_basis(sample.basis, sample.scale)]
    told = SEPARATOR.join(filter(None, evidence))
    return Judgement(verdict, told, *_of(sample), p, _tell_needed(seeds))


def _tell_needed(seeds: int | None) -> str | None:
    if seeds is None:
        return None
    return f"{'about' if seeds > FEWEST_SEEDS else 'at least'} {seeds} seeds of each run"


def _of(sample: Sample) -> tuple[int | None, str | None, str | None]:
    return sample.replicates, sample.scale, sample.basis


def _evidence(finding: Finding) -> str:
    return SEPARATOR.join(dict.fromkeys(finding.evidence))


def judge(node: ast.expr, compare: Compare) -> Finding:
    """Find what becomes of a predicate: Kleene's logic of three values, with its chances.

    Raises
    ------
    ValueError
        When the expression is no comparison, nor joined of comparisons.
    """
    match node:
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            sides = [left, *comparators]
            links = zip(sides, ops, comparators, strict=False)
            return conjunction([compare(Comparison(*link)) for link in links])
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return negation(judge(operand, compare))
        case ast.BoolOp(op=ast.And(), values=values):
            return conjunction([judge(value, compare) for value in values])
        case ast.BoolOp(op=ast.Or(), values=values):
            return disjunction([judge(value, compare) for value in values])
    raise ValueError(f"{ast.unparse(node)!r} is no predicate")
