"""Whether replicates that this call trained agree with recorded ones of the same recipe.

Both are samples of the same recipe. They differ where Student's two-sample t with one spread
(Student 1908; scipy's `ttest_ind`), which needs three replicates in all, finds a difference of
their means: at 95 %, one quantity in twenty by chance. They agree where two one-sided tests, each
at 5 %, put the difference within the study's tolerance (Schuirmann 1987): that no difference is
found is not enough, for few replicates find none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import scipy

from regrade.evidence import SYNTHETIC
from regrade.grading.intervals import CONFIDENCE, mean
from regrade.grading.measurements import Measurements
from regrade.grading.verdicts import Verdict
from regrade.studies.measured import measured_quantities
from regrade.studies.resolve import ResolvedRun, trained_runs
from regrade.studies.study import Tolerances
from regrade.studies.vocabulary import ATTRIBUTES, NATS

COLUMNS = (
    "study", "run", "variant", "quantity", "trained", "recorded", "trained_replicates",
    "recorded_replicates", "difference", "low", "high", "same_bits", "margin", "verdict",
)  # fmt: skip
AGREES, DIFFERS, NO_DIFFERENCE = "agrees", "differs", "no difference found"
"""Verdicts beside `inconclusive`, where nothing could be tested."""
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
                    _tolerance(quantity, measurements.study.tolerances),
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


def _tolerance(quantity: str, tolerances: Tolerances) -> Callable[[float], float]:
    """Return what tells by how much means may differ, from the recorded one: fractions or nats."""
    if ATTRIBUTES[quantity].unit is NATS:
        return lambda value: tolerances.loss * abs(value)
    return lambda _: tolerances.accuracy


def _compare(
    ours: dict[int, float | None],
    theirs: dict[int, float | None],
    tolerance: Callable[[float], float],
) -> dict:
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
        found["margin"] = tolerance(mean(recorded))
        if len(trained) + len(recorded) >= FEWEST:
            found |= _tested(trained, recorded, found["margin"])
    return found


def _tested(trained: Sequence[float], recorded: Sequence[float], margin: float) -> dict:
    if len({*trained, *recorded}) == 1:
        return {"low": 0.0, "high": 0.0, "verdict": AGREES}
    if all(min(sample) == max(sample) for sample in (trained, recorded)):
        # Neither sample has a spread of its own.
        return {"verdict": Verdict.INCONCLUSIVE}
    test = scipy.stats.ttest_ind(trained, recorded)
    low, high = map(float, test.confidence_interval(CONFIDENCE))
    # Both one-sided tests at 5 %: an interval of 90 % within the margin.
    narrow = test.confidence_interval(1 - 2 * (1 - CONFIDENCE))
    is_within = -margin < narrow.low and narrow.high < margin
    verdict = AGREES if is_within else NO_DIFFERENCE
    return {"low": low, "high": high, "verdict": verdict if low <= 0.0 <= high else DIFFERS}
