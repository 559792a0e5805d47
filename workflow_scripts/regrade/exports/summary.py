"""The results in short: a page of Markdown, and a badge."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from regrade.grading.verdicts import Verdict
from regrade.report import findings
from regrade.report.findings import Kind
from regrade.report.study_view import View
from regrade.report.verdicts import Count, counts

_SIGNS = re.compile(r"([\\`*_\[\]<>|#])")
"""What Markdown reads as more than text."""
COLOURS = {"all": "brightgreen", "some": "yellow", "none": "red", "undecided": "lightgrey"}


def summary(views: Sequence[View]) -> str:
    """Write a line a study with its verdicts, and what is most telling."""
    found = _findings(findings.kinds(views))
    return "\n".join(["# Published course reports, run again\n", *overview(views), *found]) + "\n"


def overview(views: Iterable[View]) -> Iterator[str]:
    """Write a table with a row a study: how many verdicts of each kind it has."""
    yield "| report | numbers | claims, in its own numbers | claims, measured | errata |"
    yield "|---|---|---|---|---|"
    for view in views:
        found = map(view.verdicts, ("Numbers", "Claims, in its own numbers", "Claims, measured"))
        cells = (*map(told, found), str(len(view.errata)))
        yield f"| {plain(view.study.report.title)} ({plain(view.name)}) | {' | '.join(cells)} |"


def told(found: Iterable[Count]) -> str:
    """Write counts of verdicts."""
    return ", ".join(f"{number} {verdict}" for verdict, number in found) or "none"


def _findings(kinds: Iterable[Kind]) -> Iterator[str]:
    for kind in kinds:
        yield f"\n## {plain(kind.title)} ({kind.total})\n"
        for finding in kind.findings:
            yield f"* {plain(finding.sentence)}"


def plain(text: str) -> str:
    """Write a text so that Markdown shows it as it stands, on one line."""
    return _SIGNS.sub(r"\\\1", " ".join(text.split()))


def badge(views: Iterable[View]) -> str:
    """Write what shields.io asks an endpoint for: how many decided claims are reproduced."""
    own = [row for view in views for row in view.own_claims]
    found = dict(counts(row["on_measured"] for row in own))
    held, decided = found.get(Verdict.REPRODUCED, 0), _decided(found)
    content: dict[str, Any] = {
        "schemaVersion": 1,
        "label": "claims reproduced",
        "message": f"{held} of {decided} decided" if decided else "none decided",
        "color": COLOURS[_share(held, decided)],
    }
    return json.dumps(content, indent=1) + "\n"


def _decided(found: dict[str, int]) -> int:
    """Count the claims that replicates decided."""
    return found.get(Verdict.REPRODUCED, 0) + found.get(Verdict.NOT_REPRODUCED, 0)


def _share(held: int, decided: int) -> str:
    if not decided:
        return "undecided"
    return "all" if held == decided else "some" if held else "none"
