"""A quantity of a run, published and measured: what every page shows of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from regrade.grading.measured import count_seeds
from regrade.report import formatting, quantities

if TYPE_CHECKING:
    from regrade.report.study_results import Pair, Row
    from regrade.studies.resolve import ResolvedRun


REPLICATES, UNTRAINED, NETWORK = "replicates", "untrained", "network"
"""Parts of a run's page that hold evidence, by their ids."""


@dataclass(frozen=True)
class Comparison:
    """A quantity of a run: what the report says, what the replicates gave, and the verdict."""

    run: ResolvedRun
    quantity: str
    """The expression of the study file."""
    name: str
    """The same in words."""
    published: str
    measured: str
    interval: str
    difference: str
    verdict: str | None
    """None where the report prints no such number, so that nothing is graded."""
    evidence: str
    """Seeds and scale of the replicates; empty where nothing depends on training."""
    origin: str
    """The part of the run's page that it comes from, by its id; empty where nothing is measured."""
    bar: str
    """Between which values the measured one must lie, and why the verdict is what it is."""
    source: str
    role: str
    href: str
    """From the root of the report to the row of the run's page."""
    missing: str
    """What it waits for and how long that would take; empty where it waits for nothing."""


def graded(row: Row, run: ResolvedRun, href: str, missing: str = "") -> Comparison:
    """Show a row of numbers.csv; nothing is evaluated again."""
    unit = row["unit"]
    return Comparison(
        run=run,
        quantity=row["quantity"],
        name=quantities.describe(row["quantity"]),
        published=_published(row),
        measured=formatting.value(row["measured"], unit),
        interval=formatting.interval(row["low"], row["high"], unit),
        difference=formatting.difference(row["published"], row["measured"], unit),
        verdict=row["verdict"],
        evidence=evidence(row["replicates"], row["scale"], row["basis"]),
        origin=_origin(row["measured"], row["replicates"], row["scale"]),
        bar=_bar(row),
        source=row["source"] or "",
        role=row["role"],
        href=href,
        missing=missing,
    )


def _published(row: Row) -> str:
    """Write a published number, and what it stands for where that is no single run."""
    printed = formatting.printed(row["printed"], row["published"], row["unit"])
    return f"{printed} ({row['stands_for']})" if row["stands_for"] else printed


def ungraded(pair: Pair, href: str, missing: str = "") -> Comparison:
    """Show a quantity that the report's pages want beside its graded numbers."""
    unit = quantities.unit_of(pair.quantity)
    return Comparison(
        run=pair.run,
        quantity=pair.quantity,
        name=quantities.describe(pair.quantity),
        published=formatting.value(pair.published, unit),
        measured=formatting.value(pair.measured, unit),
        interval=formatting.interval(pair.low, pair.high, unit),
        difference=formatting.difference(pair.published, pair.measured, unit),
        verdict=None,
        evidence=evidence(pair.replicates, pair.scale, pair.basis),
        origin=_origin(pair.measured, pair.replicates, pair.scale),
        bar="",
        source="",
        role="",
        href=href,
        missing=missing,
    )


def evidence(replicates: Any, scale: str | None, basis: str | None) -> str:
    """Tell how many replicates stand behind a value, at which scale, recorded or trained."""
    if not replicates:
        return ""
    return ", ".join(part for part in (count_seeds(int(replicates)), scale, basis) if part)


def _origin(measured: float | None, replicates: int | None, scale: str | None) -> str:
    """Name what a value comes from: replicates, the network before training, or counting it."""
    if measured is None:
        return ""
    if scale:
        return REPLICATES
    return UNTRAINED if replicates else NETWORK


def _bar(row: Row) -> str:
    """Write the bar of a number in the units of pages, and the reason of its verdict."""
    ends = formatting.interval(row["bar_low"], row["bar_high"], row["unit"])
    single = formatting.interval(row["prediction_low"], row["prediction_high"], row["unit"])
    parts = (
        f"bar: {ends}" if ends else "",
        f"95 % of {'such numbers' if row['stands_for'] else 'single runs'}: {single}"
        if single
        else "",
        row["reason"],
    )
    return " ".join(formatting.sentence(part) for part in parts if part)
