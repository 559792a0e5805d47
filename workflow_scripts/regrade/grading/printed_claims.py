"""What a report's printed numbers say of its claims, in one line, before anything is trained."""

from __future__ import annotations

import re
from pathlib import Path

from regrade.grading.judge import judge_published
from regrade.grading.sources import PublishedSource
from regrade.grading.verdicts import Verdict
from regrade.studies.expressions import parse
from regrade.studies.study import Study

MOST_NAMED = 6
"""Claims of one verdict that are named; more are counted."""
MOST_EXPLAINED = 3
"""Claims of one verdict that are told with what is printed instead."""
_ABSENT = re.compile(r"not published: (\w+)(?:\.as_\w+)?\.(\w+)")
"""What the evidence of a verdict says that the report does not print."""
_WORDS = {
    Verdict.HOLDS: ("holds", "hold"),
    Verdict.FAILS: ("fails", "fail"),
    Verdict.UNDECIDED: ("left open by the digits", "left open by the digits"),
    Verdict.NOT_PUBLISHED: ("not published", "not published"),
}


def told_claims(study: Study, curves: Path) -> str:
    """Count what becomes of the report's claims on its printed numbers; nothing without claims.

    Parameters
    ----------
    study
        A study without mistakes.
    curves
        The folder that its curve files lie below.
    """
    source = PublishedSource(study, curves)
    found: dict[Verdict, dict[str, str]] = {verdict: {} for verdict in _WORDS}
    for name, claim in study.claims.items():
        if claim.predicate and claim.role == "report":
            judged = judge_published(parse(claim.predicate), source)
            found[judged.verdict][name] = _instead(study, judged.evidence)
    told = ", ".join(_counted(verdict, names) for verdict, names in found.items() if names)
    return f"claims on the printed numbers: {told}" if told else ""


def _instead(study: Study, evidence: str) -> str:
    """Say what else of the same is printed, where a claim asks for what is not."""
    printed = dict.fromkeys(
        f"{run} has {number.quantity}"
        for run, name in _ABSENT.findall(evidence)
        for number in study.runs[run].published.numbers
        if re.search(rf"\b{name}\b", number.quantity)
    )
    return f": {', '.join(printed)}" if len(printed) in (1, 2) else ""


def _counted(verdict: Verdict, claims: dict[str, str]) -> str:
    text = f"{len(claims)} {_WORDS[verdict][len(claims) > 1]}"
    if verdict is Verdict.HOLDS:
        return text
    are_few = len(claims) <= MOST_EXPLAINED
    names = [name + reason if are_few else name for name, reason in claims.items()]
    more = f"; {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"{text} ({'; '.join(names[:MOST_NAMED])}{more})"
