"""What the pages show of one study: links, cells of tables, counts of verdicts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from markupsafe import Markup

from regrade.grading.findings import ALPHA
from regrade.grading.graded_study import GradedStudy
from regrade.grading.verdicts import Verdict
from regrade.report import comparison, formatting
from regrade.report.authors import short_names
from regrade.report.comparison import Comparison
from regrade.report.missing import Missing
from regrade.report.study_results import Row, StudyResults
from regrade.report.verdicts import Count, counts, in_order
from regrade.studies.displays import AnyDisplay
from regrade.studies.expressions import parse
from regrade.studies.resolve import ResolvedRun, default_name

RUNS = "runs"
"""The pages of the runs, from the root of the report."""


@dataclass(frozen=True)
class Many:
    """Claims that were judged by chance, all of a report together."""

    judged: int
    decided: int
    frail: int
    """Decided ones that do not survive Holm's correction for their number."""
    expected_wrong: float
    """Wrong verdicts where each claim stands at its bar."""


def is_reports_own(row: Row) -> bool:
    """Tell whether a claim is the report's, not one of our checks."""
    return row["role"] == "report"


class View:
    """One study, ready to be shown."""

    def __init__(self, results: StudyResults, name: str) -> None:
        self.results = results
        self.name = name
        """The study by its author, as navigation shows it."""
        self.study = results.study
        self.claims = results.table("claims")
        self.errata = results.table("errata")
        self.checks = results.table("checks")
        self.agreement = results.table("agreement")
        self.complexity = results.table("complexity")
        self.missing = Missing(results)
        self._anchors: dict[str, dict[str, str]] = {}

    @property
    def page(self) -> str:
        """Its page, from the root of the report."""
        return f"{self.study.study}.html"

    def run_page(self, run: ResolvedRun) -> str:
        """Name the page of a run, from the root of the report."""
        return f"{RUNS}/{self.study.study}/{run.name}.html"

    def quantities(self, run: ResolvedRun) -> list[str]:
        """Return everything that the page of a run shows: graded numbers first."""
        shown = [row["quantity"] for row in self.graded(run)]
        shown.append(self.results.headline(run))
        for display in self.study.displays.values():
            if run.run in display.runs:
                shown += display_quantities(display)
        shown += ["parameters", "macs"]
        return list(dict.fromkeys(shown))

    def graded(self, run: ResolvedRun) -> list[Row]:
        """Return the rows of numbers.csv that speak of a run: the report's own numbers first."""
        rows = [row for row in self.results.numbers if self.results.resolved(row) == run]
        return sorted(rows, key=lambda row: row["role"] != "primary")

    def anchor(self, run: ResolvedRun, quantity: str) -> str:
        """Return the id of a quantity's row on the page of a run."""
        if run.name not in self._anchors:
            anchors: dict[str, str] = {}
            for one in self.quantities(run):
                anchor = f"n-{formatting.slug(one)}"
                anchors[one] = f"{anchor}-{len(anchors)}" if anchor in anchors.values() else anchor
            self._anchors[run.name] = anchors
        return self._anchors[run.name][quantity]

    def href(self, run: ResolvedRun, quantity: str) -> str:
        """Link to where a number comes from."""
        return f"{self.run_page(run)}#{self.anchor(run, quantity)}"

    def comparison(self, run: ResolvedRun, quantity: str) -> Comparison:
        """Show a quantity of a run: the report's own graded number, or what else is known."""
        href, waits = self.href(run, quantity), self.missing.of_number(run, quantity)
        row = self.results.graded_number(run, quantity)
        if row:
            return comparison.graded(row, run, href, waits)
        return comparison.ungraded(self.results.pair(run, quantity), href, waits)

    def comparison_of(self, row: Row) -> Comparison:
        """Show a graded number."""
        run = self.results.resolved(row)
        waits = self.missing.of_number(run, row["quantity"])
        return comparison.graded(row, run, self.href(run, row["quantity"]), waits)

    def decides(self, row: Row) -> str:
        """Tell what would decide a claim; nothing where it is decided or never can be."""
        match row["on_measured"]:
            case Verdict.NOT_MEASURED:
                return self.missing.of_claim(parse(row["predicate"]))
            case Verdict.INCONCLUSIVE:
                return row["would_decide"] or "more seeds"
        return ""

    @property
    def place(self) -> str:
        """Where the report comes from, in short."""
        return self.study.report.course.partition(",")[0]

    @cached_property
    def own_claims(self) -> list[Row]:
        """The claims that the report makes, without our checks."""
        return [row for row in self.claims if is_reports_own(row)]

    @cached_property
    def strips(self) -> list[tuple[str, str, list[Count]]]:
        """Count the verdicts: title, where they stand from the root of the report, counts."""
        numbers = [row["verdict"] for row in self.results.main_numbers]
        ledger = f"claims.html#study={self.study.study}"
        found = [row["verdict"] for row in self.complexity]
        sizes = [verdict for verdict in found if verdict != Verdict.NOT_PUBLISHED]
        return [
            ("Numbers", f"{self.page}#numbers", counts(numbers)),
            (
                "Claims, in its own numbers", ledger,
                counts(row["on_published"] for row in self.own_claims),
            ),
            ("Claims, measured", ledger, counts(row["on_measured"] for row in self.own_claims)),
            ("Model sizes", f"{self.page}#runs", counts(sizes)),
        ]  # fmt: skip

    def verdicts(self, title: str) -> list[Count]:
        """Return the counts under one title of the strips."""
        return next(found for name, _, found in self.strips if name == title)

    @cached_property
    def many(self) -> Many:
        """Tell how sure the verdicts on claims are together."""
        judged = [row for row in self.claims if row["p"] is not None]
        decided = [row["survives_holm"] for row in judged if row["survives_holm"] is not None]
        return Many(len(judged), len(decided), decided.count(False), ALPHA * len(judged))

    @cached_property
    def crossing(self) -> tuple[list[str], list[tuple[str, list[int]]]]:
        """Count the report's claims by both verdicts: columns (measured), and rows (published)."""
        pairs = Counter((row["on_published"], row["on_measured"]) for row in self.own_claims)
        across = in_order(measured for _, measured in pairs)
        down = in_order(published for published, _ in pairs)
        return across, [(row, [pairs[row, column] for column in across]) for row in down]

    def claim_href(self, row: Row) -> str:
        """Link to a claim on the study's page, from the root of the report."""
        return f"{self.page}#claim-{row['claim']}"

    def linked(self, text: str | None, root: str) -> Markup:
        """Escape a text and link every run of an expression in it to the run's page."""
        parts = self._runs_in_expressions.split(text or "")
        pieces = []
        for position, part in enumerate(parts):
            if position % 2 and part:
                href = root + self.run_page(self._meant(part))
                pieces.append(Markup('<a href="{}">{}</a>').format(href, part))
            else:
                pieces.append(Markup.escape(part))
        return Markup().join(pieces)

    @cached_property
    def _runs_in_expressions(self) -> re.Pattern:
        names = "|".join(sorted(map(re.escape, self.study.runs), key=len, reverse=True))
        return re.compile(rf"(?<![\w.])((?:{names})(?:\.as_told|\.as_run)?)(?=\.[a-z])")

    def _meant(self, words: str) -> ResolvedRun:
        run, _, variant = words.partition(".")
        name = f"{run}-{variant.replace('_', '-')}" if variant else default_name(self.study, run)
        return self.results.by_name[name]


def views(studies: Iterable[GradedStudy]) -> list[View]:
    """Return views of the studies of a report, each with a name that no other one has.

    Raises
    ------
    UserError
        For a table that is missing or damaged.
    """
    found = {graded.study.study: StudyResults(graded) for graded in studies}
    names = short_names({name: one.study.report.author for name, one in found.items()})
    return [View(results, names[name]) for name, results in found.items()]


def display_quantities(display: AnyDisplay) -> list[str]:
    """Return the quantities of a display that stand for single values."""
    single = [getattr(display, name, None) for name in ("quantity", "x", "y")]
    return [text for text in (*single, *getattr(display, "quantities", ())) if text]


def neighbours(names: Iterable[str], name: str) -> Mapping[str, str | None]:
    """Return what stands before and after a name."""
    order = list(names)
    place = order.index(name)
    return {
        "previous": order[place - 1] if place else None,
        "next": order[place + 1] if place + 1 < len(order) else None,
    }
