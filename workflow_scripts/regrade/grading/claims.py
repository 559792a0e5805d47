"""Grading claims and errata: every predicate on the published and on the measured side."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from regrade.grading.estimates import Estimates
from regrade.grading.findings import ALPHA
from regrade.grading.holm import holm
from regrade.grading.judge import judge_measured, judge_published
from regrade.grading.sources import PublishedSource
from regrade.grading.verdicts import Verdict
from regrade.studies.expressions import parse
from regrade.studies.rewriting import as_told
from regrade.studies.study import Claim

CLAIM_COLUMNS = (
    "study", "claim", "sentence", "predicate", "on_published", "on_measured", "evidence",
    "replicates", "scale", "on_measured_as_told", "evidence_published", "source", "note",
    "p", "p_holm", "survives_holm", "would_decide", "basis", "role",
)  # fmt: skip
ERRATUM_COLUMNS = (
    "study", "erratum", "sentence", "evidence", "source",
    "predicate", "on_published", "on_measured", "runs",
)  # fmt: skip


def claim_rows(estimates: Estimates, published: PublishedSource) -> Iterator[dict]:
    """Yield a row of claims.csv for every claim of the study."""
    study = estimates.measurements.study
    rows = [
        {
            "study": study.study,
            "claim": name,
            "sentence": claim.sentence,
            "role": claim.role,
            "predicate": claim.predicate,
            **_judged(claim, estimates, published),
            "source": claim.source,
            "note": claim.note,
        }
        for name, claim in study.claims.items()
    ]
    adjusted = holm([row.get("p") for row in rows])
    for row, p_holm in zip(rows, adjusted, strict=True):
        yield {**row, "p_holm": p_holm, "survives_holm": _survives(row["on_measured"], p_holm)}


def _survives(verdict: str, p_holm: float | None) -> bool | None:
    """Tell whether a verdict stands among all of its study; None where chance decided nothing."""
    if p_holm is None or verdict not in (Verdict.REPRODUCED, Verdict.NOT_REPRODUCED):
        return None
    return p_holm <= ALPHA


def _judged(claim: Claim, estimates: Estimates, published: PublishedSource) -> dict:
    if claim.predicate is None:
        untestable = dict.fromkeys(("on_published", "on_measured"), Verdict.UNTESTABLE)
        return {**untestable, "evidence": claim.untestable}
    node = parse(claim.predicate)
    told, measured = judge_published(node, published), judge_measured(node, estimates)
    return {
        "on_published": told.verdict,
        "on_measured": measured.verdict,
        "evidence": measured.evidence,
        "replicates": measured.replicates,
        "scale": measured.scale,
        "basis": measured.basis,
        "on_measured_as_told": _on_measured_as_told(node, estimates),
        "evidence_published": told.evidence,
        "p": measured.p,
        "would_decide": measured.would_decide,
    }


def _on_measured_as_told(node: ast.expr, estimates: Estimates) -> str | None:
    """Judge the runs as the report's text describes them; None where that changes nothing."""
    text = as_told(node, estimates.measurements.study)
    if ast.dump(text) == ast.dump(node):
        return None
    return judge_measured(text, estimates).verdict


def erratum_rows(estimates: Estimates, published: PublishedSource) -> Iterator[dict]:
    """Yield a row of errata.csv for every erratum; its predicate holds where the error shows."""
    for name, erratum in estimates.measurements.study.errata.items():
        row = {
            "study": estimates.measurements.study.study,
            "erratum": name,
            "sentence": erratum.sentence,
            "evidence": erratum.evidence,
            "source": erratum.source,
            "predicate": erratum.predicate,
            "runs": " ".join(erratum.runs),
        }
        if erratum.predicate:
            node = parse(erratum.predicate)
            row["on_published"] = judge_published(node, published).verdict
            row["on_measured"] = judge_measured(node, estimates).verdict
        yield row
