"""Whether replicates that this call trained agree with recorded ones of the same recipe.

Both are samples of the same recipe, so that the difference of their means is tested with Student's
two-sample t with one spread (Student 1908; scipy's `ttest_ind`), which needs three replicates in
all. At 95 %, one quantity in twenty differs by chance.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import scipy

from regrade.evidence import SYNTHETIC
from regrade.grading.intervals import CONFIDENCE, mean
from regrade.grading.measurements import Measurements
from regrade.grading.verdicts import Verdict
from regrade.studies.measured import measured_quantities
from regrade.studies.resolve import ResolvedRun, trained_runs

COLUMNS = (
    "study", "run", "variant", "quantity", "trained", "recorded", "trained_replicates",
    "recorded_replicates", "difference", "low", "high", "same_bits", "verdict",
)  # fmt: skip
FEWEST = 3
"""Replicates on both sides together: two means take two of their degrees of freedom."""


def agreement_rows(measurements: Measurements) -> Iterator[dict]:
    """Yield a row for each last loss and accuracy of a run with replicates of both kinds."""
    for run in trained_runs(measurements.runs):
        ours = {seed: _last(measurements, run, seed) for seed in _whole(measurements, run)}
        theirs = measurements.beside(run)
        if not ours or not theirs:
            continue
        for quantity in measured_quantities(run.recipe):
            yield {
                "study": run.study,
                "run": run.run,
                "variant": run.variant,
                "quantity": f"last({quantity})",
                **_compare(
                    {seed: last.get(quantity) for seed, last in ours.items()},
                    {seed: summary["last"].get(quantity) for seed, summary in theirs.items()},
                ),
            }


def _whole(measurements: Measurements, run: ResolvedRun) -> list[int]:
    """Return the seeds of trained replicates that recorded ones may be held against."""
    return [
        seed
        for seed in measurements.seeds(run)
        if measurements.summary(run, seed)["scale"] == "full"
        and measurements.provenance(run, seed)["data"]["source"] != SYNTHETIC
    ]


def _last(measurements: Measurements, run: ResolvedRun, seed: int) -> dict[str, float | None]:
    return measurements.summary(run, seed)["last"]


def _compare(ours: dict[int, float | None], theirs: dict[int, float | None]) -> dict:
    """Compare two samples; a replicate that diverged has no last value and is left out."""
    trained = [value for value in ours.values() if value is not None]
    recorded = [value for value in theirs.values() if value is not None]
    common = [seed for seed in ours if seed in theirs and ours[seed] is not None]
    found: dict[str, Any] = {
        "trained": mean(trained) if trained else None,
        "recorded": mean(recorded) if recorded else None,
        "trained_replicates": len(trained),
        "recorded_replicates": len(recorded),
        "same_bits": sum(ours[seed] == theirs[seed] for seed in common),
        "verdict": Verdict.INCONCLUSIVE,
    }
    if trained and recorded:
        found["difference"] = mean(trained) - mean(recorded)
        if len(trained) + len(recorded) >= FEWEST:
            found |= _tested(trained, recorded)
    return found


def _tested(trained: Sequence[float], recorded: Sequence[float]) -> dict:
    if len({*trained, *recorded}) == 1:
        return {"low": 0.0, "high": 0.0, "verdict": "agrees"}
    interval = scipy.stats.ttest_ind(trained, recorded).confidence_interval(CONFIDENCE)
    low, high = float(interval.low), float(interval.high)
    if math.isnan(low) or low == high != 0.0:
        # Neither sample has a spread of its own.
        return {"verdict": Verdict.INCONCLUSIVE}
    return {"low": low, "high": high, "verdict": "agrees" if low <= 0.0 <= high else "differs"}
