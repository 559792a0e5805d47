"""What a reader should see first: the most telling verdicts of all studies, computed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from regrade.grading.verdicts import Verdict
from regrade.report import claim_words, formatting, quantities
from regrade.report.comparison import Comparison
from regrade.report.sets import distance_in_spreads
from regrade.report.study_results import Row
from regrade.report.study_view import View

SHOWN = 6
"""Findings of a kind on the front page; the rest is a link away."""


@dataclass(frozen=True)
class Finding:
    """A verdict that tells something, with the way to its evidence."""

    view: View
    text: str
    """What it is about: a sentence of the report in our words, or a number."""
    detail: str
    """What was found, in sentences."""
    verdict: str
    href: str
    weight: float
    """The larger, the more telling; compared within a kind."""

    @property
    def sentence(self) -> str:
        """The whole finding as text."""
        said = f"{self.view.name}: {formatting.end(self.text)}"
        verdict = f"{self.verdict.capitalize()}. " if self.verdict else ""
        return f"{said} {verdict}{self.detail}"


@dataclass(frozen=True)
class Kind:
    """Findings of one kind, the most telling first."""

    title: str
    anchor: str
    total: int
    findings: list[Finding]
    more: str
    """Where all of them stand."""


def kinds(views: Iterable[View]) -> list[Kind]:
    """Collect what there is to tell of all studies; kinds without a finding are left out."""
    found = list(views)
    sources = (
        ("Claims that fail in the report’s own numbers", "self-contradictions", _contradictions,
         "claims.html#on_published=fails"),
        ("Claims that our replicates do not reproduce", "not-reproduced-claims", _refuted,
         "claims.html#on_measured=not reproduced"),
        ("Published numbers that do not reproduce", "not-reproduced", not_reproduced, ""),
        ("Numbers that one run can give, but the average does not", "atypical", _atypical, ""),
        ("Errors inside the reports", "errata", errata, ""),
    )  # fmt: skip
    made = []
    for title, anchor, collect, more in sources:
        findings = sorted(
            (finding for view in found for finding in collect(view)),
            key=lambda finding: -finding.weight,
        )
        if findings:
            made.append(Kind(title, anchor, len(findings), _spread(findings), more))
    return made


def _spread(findings: list[Finding]) -> list[Finding]:
    """Take the most telling findings, in turns over the studies, so that each is seen."""
    queues: dict[str, list[Finding]] = {}
    for finding in findings:
        queues.setdefault(finding.view.study.study, []).append(finding)
    turns = sorted(
        (turn, -finding.weight, finding.href, finding)
        for queue in queues.values()
        for turn, finding in enumerate(queue)
    )
    return [finding for *_, finding in turns[:SHOWN]]


def _contradictions(view: View) -> Iterator[Finding]:
    for row in view.own_claims:
        if row["on_published"] == Verdict.FAILS:
            both = row["on_measured"] == Verdict.NOT_REPRODUCED
            yield _of_claim(view, row, Verdict.FAILS, 2.0 if both else 1.0)


def _refuted(view: View) -> Iterator[Finding]:
    for row in view.own_claims:
        if row["on_measured"] == Verdict.NOT_REPRODUCED:
            weight = 2.0 if row["on_published"] == Verdict.HOLDS else 1.0
            yield _of_claim(view, row, Verdict.NOT_REPRODUCED, weight)


def _of_claim(view: View, row: Row, verdict: str, weight: float) -> Finding:
    return Finding(
        view=view,
        text=row["sentence"],
        detail=claim_words.both(row),
        verdict=verdict,
        href=view.claim_href(row),
        weight=weight,
    )


def not_reproduced(view: View) -> Iterator[Finding]:
    """Yield the published numbers that do not reproduce."""
    yield from _numbers(view, Verdict.NOT_REPRODUCED)


def _atypical(view: View) -> Iterator[Finding]:
    yield from _numbers(view, Verdict.ATYPICAL)


def _numbers(view: View, verdict: str) -> Iterator[Finding]:
    for row in view.results.main_numbers:
        if row["verdict"] == verdict:
            shown = view.comparison_of(row)
            yield Finding(
                view=view,
                text=f"{row['run']}, {quantities.describe(row['quantity'])}",
                detail=_of_number(row, shown),
                verdict=verdict,
                href=shown.href,
                weight=_distance(row),
            )


def _of_number(row: Row, shown: Comparison) -> str:
    """Tell both values of a number, and how far they lie apart."""
    measured = f"measured {shown.measured}"
    if shown.interval:
        measured += f" ({shown.interval})"
    if row["replicates"]:
        measured += f" {claim_words.seeds(row)}"
    parts = [f"Published {shown.published}", measured]
    spreads = distance_in_spreads(row)
    if spreads:
        parts.append(f"{formatting.plain(abs(spreads), 2)} spreads over seeds away")
    return formatting.end(", ".join(parts))


def _distance(row: Row) -> float:
    """Tell how far the measured value lies outside the bar, in widths of the bar."""
    low, high, measured = row.get("bar_low"), row.get("bar_high"), row["measured"]
    if low is None or high is None or measured is None or high <= low:
        return 0.0
    return max(low - measured, measured - high, 0.0) / (high - low)


def errata(view: View) -> Iterator[Finding]:
    """Yield the errors inside a report, those that arithmetic shows as more telling."""
    for place, row in enumerate(view.errata):
        shown = "shown" if row["on_published"] in (Verdict.HOLDS, Verdict.REPRODUCED) else ""
        yield Finding(
            view=view,
            text=row["sentence"],
            detail=row["evidence"],
            verdict=shown,
            href=f"{view.page}#erratum-{row['erratum']}",
            weight=(1.0 if shown else 0.5) - place / 1000,
        )
