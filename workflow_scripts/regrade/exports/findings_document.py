"""Everything that was found of the studies, as a page of Markdown with a link to each piece."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from regrade.exports.summary import overview, plain, told
from regrade.grading.verdicts import Verdict
from regrade.report import claim_words, findings, formatting
from regrade.report.study_results import Row
from regrade.report.study_view import View
from regrade.studies.study import Tolerances

DECIDED = (Verdict.REPRODUCED, Verdict.ATYPICAL, Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE)
"""Verdicts of what was measured, in the order of the page."""
HEAD = """\
# What reproduces, and what does not

`make findings` writes this page from the results that the project ships; a test holds it against
them. Every line links to its evidence in the report of these results, which `make recorded` builds.

A number is reproduced where the interval of our mean lies within what counts as the same: the
published value, with what its printed digits leave open and the tolerance that the study states. So
the published value itself may lie outside the interval.
"""


def document(views: Sequence[View], report: str) -> str:
    """Write a section a study: its numbers that were measured, its claims, its errors.

    Parameters
    ----------
    views
        The studies, in the order of the report.
    report
        The folder of the report, from that of the page.
    """
    lines = [HEAD, *overview(views)]
    for view in views:
        lines += [
            f"\n## [{plain(view.study.report.title)} ({plain(view.name)})]({report}/{view.page})",
            *_numbers(view, report),
            *_claims(view, report),
            *_errata(view, report),
        ]
    return "\n".join(lines) + "\n"


def _numbers(view: View, report: str) -> Iterator[str]:
    """Write what depends on training as a table; of the rest, what differs."""
    rows = [row for row in view.results.main_numbers if row["verdict"] in DECIDED]
    trained = [row for row in rows if row["replicates"]]
    counted = [row for row in rows if not row["replicates"]]
    yield f"\n### Numbers: {told(view.verdicts('Numbers'))}\n"
    if trained:
        yield f"{_tolerances(view.study.tolerances)}\n"
        measured = "measured, with its 95 % interval"
        yield f"| number | published | counts as the same | {measured} | verdict |"
        yield "|---|---|---|---|---|"
        yield from (_line(view, row, report) for row in _ordered(trained, "verdict"))
    held = sum(row["verdict"] == Verdict.REPRODUCED for row in counted)
    if held:
        text = f"{held} numbers that need no training come out as printed."
        yield f"\n{_linked(text, f'{view.page}#numbers', report)}"
    yield from (
        f"\n* {_linked(finding.text, finding.href, report)}: {finding.verdict}."
        f" {plain(finding.detail)}"
        for finding in findings.not_reproduced(view)
        if finding.href not in {view.comparison_of(row).href for row in trained}
    )


def _tolerances(tolerances: Tolerances) -> str:
    """Tell how far from the published value still counts as the same, and why."""
    parts = [
        f"{100 * tolerances.accuracy:g} points of an accuracy",
        f"{100 * tolerances.loss:g} % of a loss",
        f"{100 * tolerances.time:g} % of a time" if tolerances.time is not None else "",
        f"{tolerances.epoch:g} epochs" if tolerances.epoch is not None else "",
    ]
    told = ", ".join(part for part in parts if part)
    return f"Tolerance: {told}. {plain(tolerances.reason)}"


def _line(view: View, row: Row, report: str) -> str:
    shown = view.comparison_of(row)
    number = _linked(f"{shown.run.name}, {shown.name}", shown.href, report)
    interval = f" ({shown.interval})" if shown.interval else ""
    measured = f"{shown.measured}{interval} {claim_words.seeds(row)}"
    same = formatting.interval(row["bar_low"], row["bar_high"], row["unit"])
    cells = (plain(shown.published), plain(same), plain(measured), row["verdict"])
    return f"| {number} | {' | '.join(cells)} |"


def _claims(view: View, report: str) -> Iterator[str]:
    own = view.own_claims
    yield f"\n### Claims: {told(view.verdicts('Claims, measured'))}\n"
    for row in _ordered(own, "on_measured"):
        claim = _linked(row["sentence"], view.claim_href(row), report)
        yield f"* {claim} {row['on_measured'].capitalize()}. {plain(claim_words.both(row))}"
    failing = [
        row
        for row in own
        if row["on_published"] == Verdict.FAILS and row["on_measured"] not in DECIDED
    ]
    for row in failing:
        claim = _linked(row["sentence"], view.claim_href(row), report)
        yield f"* {claim} Fails in the report’s own numbers. {plain(claim_words.both(row))}"


def _errata(view: View, report: str) -> Iterator[str]:
    found = list(findings.errata(view))
    yield f"\n### Errors inside the report: {len(found)}\n"
    for finding in found:
        text = _linked(finding.text, finding.href, report)
        yield f"* {text} {plain(finding.detail)}"


def _ordered(rows: Iterable[Row], column: str) -> list[Row]:
    """Keep what was decided, by verdict, and else in the report's order."""
    found = [row for row in rows if row[column] in DECIDED]
    return sorted(found, key=lambda row: DECIDED.index(row[column]))


def _linked(text: str, href: str, report: str) -> str:
    return f"[{plain(text)}]({report}/{href})"
