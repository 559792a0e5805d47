"""Grading published numbers: is our mean the published value, could a single run give it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from regrade.grading.comparisons import UNGRADED_TIME
from regrade.grading.decisive import told_basis
from regrade.grading.estimates import Estimate, Estimates
from regrade.grading.evaluate import evaluate_number
from regrade.grading.intervals import Interval, mean, seeds_to_decide
from regrade.grading.measurements import Sample
from regrade.grading.printed import Printed, read_printed
from regrade.grading.published_runs import Expected, expected, expected_of_one, stands_for
from regrade.grading.sources import MeasuredSource
from regrade.grading.terms import is_random
from regrade.grading.values import NotAvailable
from regrade.grading.verdicts import Verdict
from regrade.studies.expressions import quantity, references
from regrade.studies.published import PublishedNumber
from regrade.studies.resolve import ResolvedRun
from regrade.studies.study import Tolerances
from regrade.studies.vocabulary import NATS, PER_SEED, PRINTED_UNITS

COLUMNS = (
    "study", "run", "variant", "quantity", "unit", "published", "precision", "source",
    "measured", "low", "high", "replicates", "scale", "share", "verdict",
    "role", "printed", "rule", "reason", "printed_unit", "names_variant", "bar_low", "bar_high",
    "prediction_low", "prediction_high", "spread", "spread_origin", "freedom", "seeds_needed",
    "basis", "stands_for",
)  # fmt: skip
UNGRADED_EPOCH = (
    "not graded: the study has no tolerance for epochs, and which epoch is best is mostly chance"
)
UNGRADED = {"seconds": UNGRADED_TIME, "epoch": UNGRADED_EPOCH}
"""Why numbers of a unit are shown without a verdict, where their study has no tolerance."""


@dataclass(frozen=True)
class Bar:
    """The values that count as the published one."""

    interval: Interval
    rule: str
    """How it came about."""
    ungraded: str = ""
    """Why nothing is graded by it, where nothing is."""


@dataclass(frozen=True)
class Grade:
    """What became of a published number."""

    verdict: Verdict
    reason: str = ""
    measured: float | None = None
    estimate: Estimate | None = None
    interval: Interval | None = None
    prediction: Interval | None = None
    seeds_needed: int | None = None


def number_rows(estimates: Estimates) -> Iterator[dict]:
    """Yield a row of numbers.csv for every published number and every variant it applies to."""
    measurements = estimates.measurements
    for name, run in measurements.study.runs.items():
        for number in run.published.numbers:
            for resolved in measurements.variants(name):
                if number.variant in (None, resolved.variant):
                    yield _row(number, read_printed(number, run), resolved, estimates)


def _row(number: PublishedNumber, printed: Printed, run: ResolvedRun, estimates: Estimates) -> dict:
    node = quantity(number.quantity, run.run, run.variant)
    measurements = estimates.measurements
    sample = measurements.sample(node)
    bar = _bar(node, printed, measurements.study.tolerances)
    grade = _grade(node, printed, bar, sample, estimates)
    spread = grade.estimate.spread if grade.estimate else None
    return {
        "study": run.study,
        "run": run.run,
        "variant": run.variant,
        "quantity": number.quantity,
        "unit": PRINTED_UNITS[number.unit].unit,
        "published": printed.value,
        "precision": printed.precision,
        "source": number.source,
        "measured": grade.measured,
        **_ends("", grade.interval),
        "replicates": sample.replicates,
        "scale": sample.scale,
        "share": sample.share,
        "verdict": grade.verdict,
        "role": number.role,
        "printed": number.printed,
        "rule": bar.rule,
        "reason": "; ".join(filter(None, [grade.reason, told_basis(sample.basis, sample.scale)])),
        "printed_unit": number.unit,
        "names_variant": number.variant is not None,
        **_ends("bar_", bar.interval),
        **_ends("prediction_", grade.prediction),
        "spread": spread.deviation if spread else None,
        "spread_origin": spread.origin if spread else None,
        "freedom": spread.freedom if spread else None,
        "seeds_needed": grade.seeds_needed,
        "basis": sample.basis,
        "stands_for": stands_for(number) or None,
    }


def _ends(prefix: str, interval: Interval | None) -> dict[str, float | None]:
    low, high = (interval.low, interval.high) if interval else (None, None)
    return {f"{prefix}low": low, f"{prefix}high": high}


def _grade(
    node: ast.expr, printed: Printed, bar: Bar, sample: Sample, estimates: Estimates
) -> Grade:
    """Measure a quantity and hold it against its bar."""
    measurements = estimates.measurements
    try:
        values = [
            evaluate_number(node, MeasuredSource(measurements, seed)) for seed in sample.seeds
        ]
    except NotAvailable as reason:
        return Grade(Verdict.NOT_MEASURED, sample.obstacle or str(reason))
    measured = mean(values) if len(values) > 1 else next(iter(values), None)
    if sample.obstacle:
        return Grade(Verdict.NOT_MEASURED, sample.obstacle, measured)
    if not is_random(node) and measured is not None:
        verdict = Verdict.REPRODUCED if printed.prints(measured) else Verdict.NOT_REPRODUCED
        return Grade(verdict, "", measured)
    estimate = estimates.of(node)
    if bar.ungraded:
        return Grade(Verdict.NOT_MEASURED, bar.ungraded, measured, estimate, estimate.interval())
    ends = Interval(printed.low, printed.high)
    return judge_number(estimate, bar.interval, ends, printed.number)


def judge_number(
    estimate: Estimate, bar: Interval, printed: Interval, number: PublishedNumber | None = None
) -> Grade:
    """Ask whether the mean is the published value, and whether a single run could give it.

    Of a mean of several runs, or the best of several, that is what is asked in their place.

    Parameters
    ----------
    estimate
        What the replicates say.
    bar
        The values of the mean that count as the published one.
    printed
        The values that print as the published one.
    number
        What it stands for; a single run where nothing is said.
    """
    found = expected(number, estimate) if number else expected_of_one(estimate)
    interval, prediction = found.interval, found.prediction
    if interval is None or prediction is None:
        fewest = estimate.seeds_needed
        reason = f"{_why_no_interval(estimate)}; at least {fewest} seeds are needed"
        return Grade(Verdict.INCONCLUSIVE, reason, estimate.mean, estimate, seeds_needed=fewest)
    verdict = verdict_of_number(interval, prediction, bar, printed)
    asks_needed = verdict == Verdict.INCONCLUSIVE and not (number and number.best_of)
    needed = _seeds_needed(estimate, bar) if asks_needed else None
    reason = _reason(verdict, estimate, found)
    if asks_needed:
        reason += f"; {_tell_needed(needed)}"
    return Grade(verdict, reason, found.centre, estimate, interval, prediction, needed)


def _why_no_interval(estimate: Estimate) -> str:
    if not estimate.is_finite:
        return "so few replicates, of which some are infinite, give no interval"
    if len(estimate.values) > 1:
        return "so few replicates, which are all equal, give no interval"
    return f"one replicate gives no interval: {estimate.obstacle}"


def _reason(verdict: Verdict, estimate: Estimate, found: Expected) -> str:
    how = "; ".join(filter(None, [_how(estimate), found.told]))
    one = "such a number" if found.told else "a single run"
    return f"{_REASONS[verdict].format(average=found.average, one=one)} ({how})"


def verdict_of_number(
    mean_of_runs: Interval, single_run: Interval, bar: Interval, printed: Interval
) -> Verdict:
    """Name the verdict of the two questions."""
    if mean_of_runs.lies_in(bar):
        return Verdict.REPRODUCED
    if not mean_of_runs.misses(bar):
        return Verdict.INCONCLUSIVE
    return Verdict.NOT_REPRODUCED if printed.misses(single_run) else Verdict.ATYPICAL


_REASONS = {
    Verdict.REPRODUCED: "the interval of {average} lies within the bar",
    Verdict.NOT_REPRODUCED: ("{average} lies outside the bar, the value beyond what {one} gives"),
    Verdict.ATYPICAL: "{average} lies outside the bar, but {one} can give the value",
    Verdict.INCONCLUSIVE: "the interval of {average} reaches over an end of the bar",
}


def _how(estimate: Estimate) -> str:
    if not estimate.is_finite:
        return "range of the replicates, of which some are infinite"
    spread = estimate.known
    return f"{spread.origin} spread {spread.deviation:.3g}, t with {spread.freedom} df"


def _seeds_needed(estimate: Estimate, bar: Interval) -> int | None:
    if estimate.spread is None:
        return None
    spread, seeds = estimate.spread, len(estimate.values)
    return seeds_to_decide(estimate.mean, spread.deviation, spread.freedom, seeds, bar)


def _tell_needed(seeds: int | None) -> str:
    return (
        f"about {seeds} seeds would decide" if seeds else "no number of seeds is likely to decide"
    )


def _bar(node: ast.expr, printed: Printed, tolerances: Tolerances) -> Bar:
    """Return the values that count as the published one, and say how they came about."""
    number = printed.number
    unit = PRINTED_UNITS[number.unit].unit
    if not is_random(node):
        ends = Interval(printed.low, printed.high)
        return Bar(ends, f"prints as {number.printed} ({number.rounding})")
    if any(wanted.name in PER_SEED for wanted in references(node)):
        unit = NATS
    slack, told = _slack(unit, printed.value, tolerances)
    bar = Interval(printed.low - slack, printed.high + slack)
    rule = f"between {bar.low:.6g} and {bar.high:.6g}: {number.rounding}, tolerance {told}"
    return Bar(bar, rule, UNGRADED[unit] if told == "none" and unit in UNGRADED else "")


def _slack(unit: str, value: float, tolerances: Tolerances) -> tuple[float, str]:
    """Return how far a mean may lie from a published value, and how that is told."""
    relative = {"nats": tolerances.loss, "seconds": tolerances.time}.get(unit)
    if relative is not None:
        return relative * abs(value), f"{relative:.2%}"
    absolute = {"fraction": tolerances.accuracy, "epoch": tolerances.epoch}.get(unit)
    return (absolute, f"{absolute:g}") if absolute is not None else (0.0, "none")
