"""Judging predicates: on what the report says, and on what was measured."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

from regrade.grading.comparisons import Comparison, Finding, compare_measured, compare_published
from regrade.grading.evaluate import Source
from regrade.grading.measurements import Measurements, Sample

Compare = Callable[[Comparison], Finding]


@dataclass(frozen=True)
class Judgement:
    """A verdict with its evidence."""

    verdict: str
    evidence: str
    replicates: int | None = None
    """Seeds that all runs of the predicate share; None where nothing depends on a seed."""
    scale: str | None = None
    """None where nothing is trained."""
    basis: str | None = None
    """Whether the replicates are recorded, trained by this call, or both."""


def judge_published(node: ast.expr, source: Source) -> Judgement:
    """Tell whether a predicate holds in the report itself.

    Verdicts: `holds`, `fails`, `not published`.
    """
    finding = judge(node, lambda comparison: compare_published(comparison, source))
    verdict = {True: "holds", False: "fails", None: "not published"}[finding.truth]
    return Judgement(verdict, _evidence(finding))


def judge_measured(node: ast.expr, measurements: Measurements) -> Judgement:
    """Tell whether a predicate is reproduced by the replicates.

    Verdicts: `reproduced`, `not reproduced`, `inconclusive` (an interval straddles its bar),
    `not measured` (a replicate is missing or was run at preview scale).
    """
    sample = measurements.sample(node)
    if sample.obstacle:
        return Judgement("not measured", sample.obstacle, *_of(sample))
    finding = judge(node, lambda comparison: compare_measured(comparison, measurements))
    undecided = "not measured" if finding.missing else "inconclusive"
    verdict = {True: "reproduced", False: "not reproduced", None: undecided}[finding.truth]
    return Judgement(verdict, _evidence(finding), *_of(sample))


def _of(sample: Sample) -> tuple[int | None, str | None, str | None]:
    return sample.replicates, sample.scale, sample.basis


def _evidence(finding: Finding) -> str:
    return " · ".join(dict.fromkeys(finding.evidence))


def judge(node: ast.expr, compare: Compare) -> Finding:
    """Find the truth of a predicate by Kleene's logic of three values."""
    match node:
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            sides = [left, *comparators]
            links = zip(sides, ops, comparators, strict=False)
            return _all([compare(Comparison(*link)) for link in links])
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _negate(judge(operand, compare))
        case ast.BoolOp(op=ast.And(), values=values):
            return _all([judge(value, compare) for value in values])
        case ast.BoolOp(op=ast.Or(), values=values):
            return _negate(_all([_negate(judge(value, compare)) for value in values]))
    raise ValueError(f"{ast.unparse(node)!r} is no predicate")


def _negate(finding: Finding) -> Finding:
    truth = None if finding.truth is None else not finding.truth
    return Finding(truth, finding.evidence, finding.missing)


def _all(findings: list[Finding]) -> Finding:
    truths = [finding.truth for finding in findings]
    truth = False if False in truths else None if None in truths else True
    return Finding(
        truth,
        tuple(text for finding in findings for text in finding.evidence),
        tuple(text for finding in findings for text in finding.missing),
    )
