"""The ledger: all claims of all studies, with what readers filter and sort them by."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from regrade.report.study_results import Row
from regrade.report.study_view import View, is_reports_own
from regrade.report.verdicts import in_order


@dataclass(frozen=True)
class Entry:
    """A claim."""

    view: View
    row: Row
    kind: str
    role: str
    decides: str
    """What would decide it, where nothing has; empty where it is decided."""

    @property
    def href(self) -> str:
        """Where it stands on its study's page, from the root of the report."""
        return self.view.claim_href(self.row)


KINDS = (
    ("size", re.compile(r"\.(parameters|macs|block_\w+|separable_\w+|outputs|\w*features\w*)\b")),
    ("accuracy", re.compile(r"accuracy")),
    ("loss", re.compile(r"loss")),
    ("time", re.compile(r"\.seconds")),
    ("weights", re.compile(r"\.(weights|parameter_shapes|largest_batch_norm_shift)")),
)
"""What a claim is about, by the first that its predicate names."""
OTHER = "other"


def entries(views: Iterable[View]) -> list[Entry]:
    """Return all claims, study by study."""
    return [
        Entry(
            view=view,
            row=row,
            kind=kind_of(row["predicate"] or ""),
            role="the report’s" if is_reports_own(row) else "our check",
            decides=view.decides(row),
        )
        for view in views
        for row in view.claims
    ]


def kind_of(predicate: str) -> str:
    """Say what a claim is about: sizes, accuracies, losses, times, weights or something else."""
    return next((name for name, pattern in KINDS if pattern.search(predicate)), OTHER)


def options(found: Iterable[Entry]) -> dict[str, list[tuple[str, str]]]:
    """Return the values of every filter: value and label, in a sensible order."""
    listed = list(found)
    studies = {entry.view.study.study: entry.view.name for entry in listed}

    def verdicts(column: str) -> list[tuple[str, str]]:
        return [(verdict, verdict) for verdict in in_order(entry.row[column] for entry in listed)]

    kinds = [*(name for name, _ in KINDS), OTHER]
    return {
        "study": list(studies.items()),
        "role": [(role, role) for role in ("the report’s", "our check")
                 if any(entry.role == role for entry in listed)],
        "kind": [(kind, kind) for kind in kinds if any(entry.kind == kind for entry in listed)],
        "on_published": verdicts("on_published"),
        "on_measured": verdicts("on_measured"),
    }  # fmt: skip
