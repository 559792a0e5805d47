"""Grading claims and errata: every predicate on the published and on the measured side."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from regrade.grading.evaluate import Source
from regrade.grading.judge import judge_measured, judge_published
from regrade.grading.measurements import Measurements
from regrade.grading.rewriting import as_told
from regrade.studies.expressions import parse
from regrade.studies.study import Claim

CLAIM_COLUMNS = (
    "study", "claim", "sentence", "predicate", "on_published", "on_measured", "evidence",
    "replicates", "scale", "on_measured_as_told", "evidence_published", "source", "note", "basis",
)  # fmt: skip
ERRATUM_COLUMNS = (
    "study", "erratum", "sentence", "evidence", "source",
    "predicate", "on_published", "on_measured", "runs",
)  # fmt: skip


def claim_rows(measurements: Measurements, published: Source) -> Iterator[dict]:
    """Give a row of claims.csv for every claim of the study."""
    for name, claim in measurements.study.claims.items():
        yield {
            "study": measurements.study.study,
            "claim": name,
            "sentence": claim.sentence,
            "predicate": claim.predicate,
            **_judged(claim, measurements, published),
            "source": claim.source,
            "note": claim.note,
        }


def _judged(claim: Claim, measurements: Measurements, published: Source) -> dict:
    if claim.predicate is None:
        untestable = dict.fromkeys(("on_published", "on_measured"), "untestable")
        return {**untestable, "evidence": claim.untestable}
    node = parse(claim.predicate)
    told, measured = judge_published(node, published), judge_measured(node, measurements)
    return {
        "on_published": told.verdict,
        "on_measured": measured.verdict,
        "evidence": measured.evidence,
        "replicates": measured.replicates,
        "scale": measured.scale,
        "basis": measured.basis,
        "on_measured_as_told": _on_measured_as_told(node, measurements),
        "evidence_published": told.evidence,
    }


def _on_measured_as_told(node: ast.expr, measurements: Measurements) -> str | None:
    """Judge the runs as the report's text describes them; None where that changes nothing."""
    text = as_told(node, measurements.study)
    if ast.dump(text) == ast.dump(node):
        return None
    return judge_measured(text, measurements).verdict


def erratum_rows(measurements: Measurements, published: Source) -> Iterator[dict]:
    """Give a row of errata.csv for every erratum; its predicate holds where the error shows."""
    for name, erratum in measurements.study.errata.items():
        row = {
            "study": measurements.study.study,
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
            row["on_measured"] = judge_measured(node, measurements).verdict
        yield row
