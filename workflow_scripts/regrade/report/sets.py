"""Reports of one assignment side by side: verdicts, distances, and digits that several share."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from regrade.grading.verdicts import Verdict
from regrade.report import formatting, quantities
from regrade.report.study_results import Row
from regrade.report.study_view import View
from regrade.report.verdicts import VERDICTS, counts
from regrade.studies.expressions import quantity, references
from regrade.studies.sharing import sets_of

GRADED = (Verdict.REPRODUCED, Verdict.ATYPICAL, Verdict.NOT_REPRODUCED)
"""Verdicts that decide about a number."""
NUMBERS_BY = (*GRADED, Verdict.INCONCLUSIVE, Verdict.NOT_MEASURED)
CLAIMS_BY = (Verdict.REPRODUCED, Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE, Verdict.NOT_MEASURED)
"""Verdicts that the grade book counts."""
GRADE_BOOK = {
    "assignment": "the study that the report extends",
    "report": "the study, by the name of its file",
    "author": "as the report names its author; ' stands before what looks like a formula",
    **{f"numbers {verdict}": "published numbers with this verdict" for verdict in NUMBERS_BY},
    "share of decided numbers reproduced": "0 to 1; empty where none is decided",
    **{f"claims {verdict}": "its claims with this verdict, as measured" for verdict in CLAIMS_BY},
    "claims that fail in the report": "claims that the report's own numbers contradict",
    "largest distance": "of a trained number from what was measured of it, in spreads over seeds",
}
"""The columns of the grade book, and what they mean."""
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that spreadsheets calculate."""


@dataclass(frozen=True)
class Entry:
    """A published number of a report, in its cell."""

    name: str
    published: str
    verdict: str
    sign: str
    distance: str
    href: str
    described: str
    """Everything about it in a sentence, for pointers and screen readers."""


@dataclass(frozen=True)
class Shared:
    """Digits that several reports print of one trained quantity."""

    run: str
    name: str
    published: str
    reports: Sequence[View]
    chance: str
    """How often two independent trainings would print the same digits, where that is known."""


@dataclass(frozen=True)
class ReportSet:
    """An assignment and the reports that extend it."""

    assignment: View
    reports: Sequence[View]

    @property
    def page(self) -> str:
        """Its page, from the root of the report."""
        return f"set-{self.assignment.study.study}.html"

    @cached_property
    def columns(self) -> list[str]:
        """The assignment's runs, then those that only reports have."""
        names = [*self.assignment.study.runs]
        names += [run for view in self.reports for run in view.study.runs]
        return list(dict.fromkeys(names))

    def title(self, run: str) -> str:
        """Return the title of a run, from the first study that has it."""
        found = (view.study.runs.get(run) for view in (self.assignment, *self.reports))
        return next(one.title for one in found if one)

    @cached_property
    def _entries(self) -> dict[tuple[str, str], list[Entry]]:
        found: dict[tuple[str, str], list[Entry]] = defaultdict(list)
        for view in self.reports:
            for row in view.results.main_numbers:
                found[view.study.study, row["run"]].append(_entry(view, row))
        return found

    def entries(self, view: View, run: str) -> list[Entry]:
        """Return the published numbers of a report's run."""
        return self._entries.get((view.study.study, run), [])

    def state(self, view: View, run: str) -> str:
        """Say what a report makes of a run of which it publishes no number."""
        return "no number" if run in view.study.runs else "left out"

    def is_own(self, view: View, run: str) -> bool:
        """Tell whether a report's run has another recipe than the assignment's of that name."""
        theirs = self.assignment.results.by_name
        return any(
            one.name not in theirs or theirs[one.name].recipe_json != one.recipe_json
            for one in view.results.measurements.variants(run)
        )

    @cached_property
    def shared(self) -> list[Shared]:
        """The digits that several reports share, those least expected by chance first."""
        printed: dict[tuple[str, str, str], list[tuple[View, Row]]] = defaultdict(list)
        for view in self.reports:
            for row in view.results.main_numbers:
                if _is_trained(row):
                    key = (row["run"], row["quantity"], _digits(row))
                    printed[key].append((view, row))
        found = [(_coincidence([row for _, row in of]), of) for of in printed.values()]
        several = [(chance, of) for chance, of in found if len({id(v) for v, _ in of}) > 1]
        several.sort(key=lambda one: math.inf if one[0] is None else one[0])
        return [_shared(of, chance) for chance, of in several]

    @property
    def verdicts(self) -> list[tuple[str, int]]:
        """Count the verdicts of all numbers of all reports."""
        return counts(r["verdict"] for view in self.reports for r in view.results.main_numbers)


def report_sets(views: Sequence[View]) -> list[ReportSet]:
    """Return the sets among some studies, each in the order of its reports' names."""
    by_name = {view.study.study: view for view in views}
    sets = sets_of({name: view.study for name, view in by_name.items()})
    return [ReportSet(by_name[one], [by_name[n] for n in of]) for one, of in sets.items()]


def grade_book(sets: Sequence[ReportSet]) -> pd.DataFrame:
    """Return a row a report: how many of its numbers and claims got which verdict."""
    rows = [_graded(one, view) for one in sets for view in one.reports]
    return pd.DataFrame(rows, columns=list(GRADE_BOOK))


def distance_in_spreads(row: Row) -> float | None:
    """Return how far a published number lies above the measured one, in spreads over seeds."""
    published, measured, spread = row["published"], row["measured"], row["spread"]
    if not spread or measured is None or not math.isfinite(published - measured):
        return None
    return (published - measured) / spread


def coincidence(half_digit: float, spread: float) -> float:
    """Return the chance that two independent results print the same digits.

    Two draws of a normal distribution of standard deviation s differ by less than d with
    probability about d / (s sqrt(pi)) for small d, as their difference has the density
    1 / (2 s sqrt(pi)) at 0; digits are equal where they fall into one cell, of width 2 d.

    Parameters
    ----------
    half_digit
        Half of the last printed digit, d.
    spread
        The standard deviation over seeds, s.
    """
    return min(1.0, half_digit / (spread * math.sqrt(math.pi)))


def _entry(view: View, row: Row) -> Entry:
    one = view.comparison_of(row)
    distance = distance_in_spreads(row)
    told = "" if distance is None else f"{distance:+.1f} s".replace("-", "−")
    parts = [one.name, f"published {one.published}", f"measured {one.measured}", str(one.verdict)]
    return Entry(
        name=one.name,
        published=one.published,
        verdict=row["verdict"],
        sign=VERDICTS[row["verdict"]].sign,
        distance=told,
        href=one.href,
        described=", ".join(parts),
    )


def _is_trained(row: Row) -> bool:
    node = quantity(row["quantity"], row["run"])
    return any(asked.attribute.trained for asked in references(node))


def _digits(row: Row) -> str:
    return f"{row['printed']} {row['printed_unit']}"


def _coincidence(rows: Sequence[Row]) -> float | None:
    spreads = [row["spread"] for row in rows if row["spread"]]
    return coincidence(rows[0]["precision"], max(spreads)) if spreads else None


def _shared(of: Sequence[tuple[View, Row]], chance: float | None) -> Shared:
    (view, row), *_ = of
    one = view.comparison_of(row)
    told = "" if chance is None else f"two trainings in {formatting.count(1 / chance)}"
    views = list({v.study.study: v for v, _ in of}.values())
    return Shared(row["run"], quantities.describe(row["quantity"]), one.published, views, told)


def _graded(one: ReportSet, view: View) -> dict[str, object]:
    numbers = Counter(row["verdict"] for row in view.results.main_numbers)
    own = view.own_claims
    claims = Counter(row["on_measured"] for row in own)
    decided = sum(numbers[verdict] for verdict in GRADED)
    distances = [distance_in_spreads(row) for row in view.results.main_numbers]
    known = [abs(distance) for distance in distances if distance is not None]
    return {
        **{f"numbers {verdict}": numbers[verdict] for verdict in NUMBERS_BY},
        **{f"claims {verdict}": claims[verdict] for verdict in CLAIMS_BY},
        "assignment": one.assignment.study.study,
        "report": view.study.study,
        "author": _inert(view.study.report.author),
        "share of decided numbers reproduced": (
            round(numbers[Verdict.REPRODUCED] / decided, 4) if decided else None
        ),
        "claims that fail in the report": sum(row["on_published"] == Verdict.FAILS for row in own),
        "largest distance": round(max(known), 2) if known else None,
    }


def _inert(text: str) -> str:
    """Return text of a report that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text
