"""Grading published numbers: whether the measured value lies where the report says."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from regrade.grading.evaluate import evaluate
from regrade.grading.intervals import Interval, mean, student, wilson
from regrade.grading.measurements import Measurements, Sample
from regrade.grading.printed import Printed, read_printed
from regrade.grading.sources import MeasuredSource, accuracy_sets, scored_images
from regrade.grading.values import NotAvailable
from regrade.studies.expressions import quantity, reference, references
from regrade.studies.resolve import ResolvedRun
from regrade.studies.study import PublishedNumber, Tolerances
from regrade.studies.vocabulary import PER_SEED

COLUMNS = (
    "study", "run", "variant", "quantity", "unit", "published", "precision", "source",
    "measured", "low", "high", "replicates", "scale", "share", "verdict",
    "role", "printed", "rule", "reason", "basis",
)  # fmt: skip
FILE_UNITS = {
    "fraction": "fraction",
    "percent": "fraction",
    "nats": "nats",
    "count": "count",
    "million": "count",
    "billion": "count",
    "seconds": "seconds",
    "minutes": "seconds",
    "epoch": "epoch",
}
"""The units of our files, by the unit that a number is printed in."""
_KEEP_SHARES = ("first", "last", "at", "selected", "max", "min", "mean")
"""Functions that make one share of images of a series of them."""


@dataclass(frozen=True)
class Grade:
    """What became of a published number."""

    verdict: str
    rule: str
    reason: str = ""
    measured: float | None = None
    interval: Interval | None = None


def number_rows(measurements: Measurements) -> Iterator[dict]:
    """Give a row of numbers.csv for every published number and every variant it applies to."""
    for name, run in measurements.study.runs.items():
        for number in run.published.numbers:
            for resolved in measurements.variants(name):
                if number.variant in (None, resolved.variant):
                    yield _row(number, read_printed(number, run), resolved, measurements)


def _row(
    number: PublishedNumber, printed: Printed, run: ResolvedRun, measurements: Measurements
) -> dict:
    node = quantity(number.quantity, run.run, run.variant)
    sample = measurements.sample(node)
    grade = _grade(node, printed, sample, measurements)
    return {
        "study": run.study,
        "run": run.run,
        "variant": run.variant,
        "quantity": number.quantity,
        "unit": FILE_UNITS[number.unit],
        "published": printed.value,
        "precision": printed.precision,
        "source": number.source,
        "measured": grade.measured,
        "low": grade.interval.low if grade.interval else None,
        "high": grade.interval.high if grade.interval else None,
        "replicates": sample.replicates,
        "scale": sample.scale,
        "share": sample.share,
        "verdict": grade.verdict,
        "role": number.role,
        "printed": number.printed,
        "rule": grade.rule,
        "reason": grade.reason,
        "basis": sample.basis,
    }


def _grade(node: ast.expr, printed: Printed, sample: Sample, measurements: Measurements) -> Grade:
    """Measure a quantity and hold it against its bar."""
    exact = _is_exact(node)
    bar, rule = _bar(node, printed, measurements.study.tolerances)
    if exact:
        rule = f"prints as {printed.number.printed} ({printed.number.rounding})"
    try:
        values = [evaluate(node, MeasuredSource(measurements, seed)) for seed in sample.seeds]
    except NotAvailable as reason:
        return Grade("not measured", rule, sample.obstacle or str(reason))
    measured = mean(values) if len(values) > 1 else next(iter(values), None)
    if sample.obstacle:
        return Grade("not measured", rule, sample.obstacle, measured)
    if exact:
        verdict = "reproduced" if printed.prints(measured) else "not reproduced"
        return Grade(verdict, rule, "", measured)
    interval = _interval(node, values, sample, measurements)
    if FILE_UNITS[printed.number.unit] == "seconds" and measurements.study.tolerances.time is None:
        reason = "not graded: the study has no tolerance for times, which are another machine's"
        return Grade("not measured", rule, reason, measured, interval)
    if interval is None:
        return Grade("inconclusive", rule, "one replicate gives no interval", measured)
    verdict = _verdict(interval, bar)
    reason = "the interval reaches over an end of the bar" if verdict == "inconclusive" else ""
    return Grade(verdict, rule, reason, measured, interval)


def _is_exact(node: ast.expr) -> bool:
    """Tell whether a quantity depends neither on training nor on a seed."""
    return not any(w.attribute.trained or w.name in PER_SEED for w in references(node))


def _bar(node: ast.expr, printed: Printed, tolerances: Tolerances) -> tuple[Interval, str]:
    """Give the values that count as the published one, and say how they came about."""
    unit = FILE_UNITS[printed.number.unit]
    if any(wanted.name in PER_SEED for wanted in references(node)):
        unit = "nats"
    relative = {"nats": tolerances.loss, "seconds": tolerances.time}.get(unit)
    if relative is not None:
        slack, told = relative * abs(printed.value), f"{relative:.2%}"
    elif unit == "fraction":
        slack, told = tolerances.accuracy, f"{tolerances.accuracy:g}"
    else:
        slack, told = 0.0, "none"
    bar = Interval(printed.low - slack, printed.high + slack)
    return bar, (
        f"between {bar.low:.6g} and {bar.high:.6g}: {printed.number.rounding}, tolerance {told}"
    )


def _interval(
    node: ast.expr, values: list[float], sample: Sample, measurements: Measurements
) -> Interval | None:
    """Give the interval of a measured quantity; None for one replicate of anything but a share."""
    if len(values) > 1:
        return student(values)
    sets = list(accuracy_sets(node, measurements).values())
    if not (_is_share(node) and len(sets) == 1 and 0 <= values[0] <= 1):
        return None
    run = measurements.resolved(sets[0])
    return wilson(values[0], scored_images(measurements, run, sets[0], sample.seeds[0]))


def _is_share(node: ast.expr) -> bool:
    """Tell whether a quantity is the share of images of one evaluation."""
    if isinstance(node, ast.Call) and node.func.id in _KEEP_SHARES:
        node = node.args[0]
    found = reference(node)
    return found is not None and found.attribute.accuracy


def _verdict(measured: Interval, bar: Interval) -> str:
    if bar.low <= measured.low and measured.high <= bar.high:
        return "reproduced"
    if measured.high < bar.low or measured.low > bar.high:
        return "not reproduced"
    return "inconclusive"
