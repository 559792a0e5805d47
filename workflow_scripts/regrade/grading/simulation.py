"""How often the rules are right: studies simulated at recorded spreads, graded as real ones are.

    python -m regrade.grading.simulation studies/duke.yaml records > report/assets/coverage.csv

Every simulated study has the runs of a real one, with their numbers of seeds and recorded means;
seeds scatter normally with the recorded pooled spread. Its report gives one more run of each. A
second look has runs beside them that scatter more, or of which a replicate collapsed.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from regrade import layout
from regrade.grading.estimates import Estimates
from regrade.grading.intervals import CONFIDENCE, Interval
from regrade.grading.judge import judge_measured
from regrade.grading.measurements import Measurements
from regrade.grading.numbers import judge_number
from regrade.grading.values import NotAvailable
from regrade.grading.verdicts import Verdict
from regrade.studies.expressions import parse, quantity
from regrade.studies.load import load_study
from regrade.studies.resolve import ResolvedRun
from regrade.studies.study import Study

STUDIES = 1000
SEED = 13
ACCURACY, LOSS = "max(validation_accuracy)", "min(validation_loss)"
QUANTITIES = {ACCURACY: "validation_accuracy", LOSS: "validation_loss"}
NAMES = {ACCURACY: "best validation accuracy", LOSS: "lowest validation loss"}
COLUMNS = ("what", "group", "wanted", "cases", "hits", "share", "low", "high")
MARGIN = 0.02
"""Of the simulated claims of equivalence, and the tolerance of simulated numbers."""
WIDER = (3.0, 5.0, 10.0)
"""How many times more than the pool some simulated runs scatter."""
CHANCE = 0.1
"""What a simulated replicate scores that collapsed: one class of ten."""
STEP = 0.00005
"""Half a unit of the last digit that simulated reports print."""


@dataclass(frozen=True)
class Truth:
    """What a simulated run gives: its mean, and the standard deviation over seeds."""

    mean: float
    deviation: float
    seeds: int


Truths = dict[tuple[str, str], Truth]
"""By run and quantity."""


class SimulatedMeasurements(Measurements):
    """Replicates without files: each has one epoch, whose values are drawn."""

    def __init__(self, study: Study, drawn: Mapping[str, Mapping[str, Sequence[float]]]) -> None:
        seeds = {run: list(range(len(next(iter(found.values()))))) for run, found in drawn.items()}
        super().__init__(study, Path(), seeds)
        self._drawn = drawn

    def history(self, run: ResolvedRun, seed: int) -> pd.DataFrame:
        """Return the only epoch of a replicate."""
        values = {QUANTITIES[name]: [v[seed]] for name, v in self._drawn[run.trained_as].items()}
        return pd.DataFrame(values, index=pd.RangeIndex(1, 2, name="epoch"))

    def summary(self, run: ResolvedRun, seed: int) -> dict[str, Any]:
        """Return what the pools ask a replicate for."""
        images = {"train_images": 45_000, "scored_images": 5_000, "test_images": 10_000}
        return {"scale": "full", "share": 1.0, "diverged_at_epoch": None, **images}

    def provenance(self, run: ResolvedRun, seed: int) -> dict[str, Any]:
        """Return what lets a replicate decide."""
        return {"data": {"source": "npz"}, "precision": "float32"}


def recorded_truths(recorded: Estimates) -> Truths:
    """Read means, pooled spreads and numbers of seeds of the runs that are in all pools."""
    found: Truths = {}
    for run in {one.trained_as: one for one in recorded.measurements.runs}.values():
        for name in QUANTITIES:
            try:
                one = recorded.of(quantity(name, run.run, run.variant))
            except NotAvailable:
                continue
            if one.spread is not None and one.spread.origin == "pooled":
                truth = Truth(one.mean, one.spread.deviation, len(one.values))
                found[run.trained_as, name] = truth
    runs = {run for run, _ in found}
    whole = {run for run in runs if all((run, name) in found for name in QUANTITIES)}
    return {(run, name): truth for (run, name), truth in found.items() if run in whole}


def simulate(study: Study, truths: Truths, studies: int = STUDIES) -> list[dict[str, Any]]:
    """Grade so many simulated studies and count how often the rules are right.

    Returns
    -------
    Rows with `COLUMNS`: a share with its own 95 % interval, which is binomial.
    """
    generator = np.random.default_rng(SEED)
    hits: dict[tuple[str, str, str], Counter] = defaultdict(Counter)
    runs = sorted({run for run, _ in truths}, key=lambda run: (-truths[run, ACCURACY].seeds, run))
    truths = _with_known_differences(truths, runs)
    for _ in range(studies):
        drawn = {run: _draw_run(run, truths, generator) for run in runs}
        estimates = Estimates(SimulatedMeasurements(study, drawn))
        cases = [
            *_numbers(estimates, truths, generator),
            *_claims(estimates, truths, runs),
            *_unequal(study, truths, drawn),
        ]
        for what, group, wanted, hit in cases:
            hits[what, group, wanted][bool(hit)] += 1
    return [_row(key, counts) for key, counts in sorted(hits.items())]


def _with_known_differences(truths: Truths, runs: Sequence[str]) -> Truths:
    """Set the means of some runs so that simulated claims stand exactly at their bars."""
    one, equal, apart, *others = runs[:8]
    mean = truths[one, ACCURACY].mean
    means = {equal: mean, apart: mean + MARGIN, **dict.fromkeys(others, mean)}
    changed = {
        (run, ACCURACY): replace(truths[run, ACCURACY], mean=value) for run, value in means.items()
    }
    return truths | changed


def _draw_run(run: str, truths: Truths, generator: np.random.Generator) -> dict[str, list[float]]:
    found = {}
    for name in QUANTITIES:
        truth = truths[run, name]
        found[name] = list(generator.normal(truth.mean, truth.deviation, truth.seeds))
    return found


Case = tuple[str, str, str, bool]
"""What is counted, of which group, what share is wanted, and whether it happened."""


def _numbers(
    estimates: Estimates, truths: Truths, generator: np.random.Generator
) -> Iterator[Case]:
    """Grade a published number of each run, which is one more run of the same recipe."""
    by_name = {run.name: run for run in estimates.measurements.runs}
    for (name, what), truth in truths.items():
        run = by_name[name]
        estimate = estimates.of(quantity(what, run.run, run.variant))
        published = float(generator.normal(truth.mean, truth.deviation))
        printed = Interval(published - STEP, published + STEP)
        bar = Interval(printed.low - MARGIN, printed.high + MARGIN)
        grade = judge_number(estimate, bar, printed)
        group = f"{NAMES[what]}, {truth.seeds} seed{'s' if truth.seeds > 1 else ''}"
        if grade.interval and grade.prediction:  # without a pool, one seed has none
            yield "interval of the mean", group, "0.95", _holds(grade.interval, truth.mean)
            yield "interval of a single run", group, "0.95", _holds(grade.prediction, published)
        if what == ACCURACY:
            wrong = grade.verdict == Verdict.NOT_REPRODUCED
            yield "true number not reproduced", group, "<= 0.05", wrong


def _unequal(
    study: Study, truths: Truths, drawn: Mapping[str, Mapping[str, Sequence[float]]]
) -> Iterator[Case]:
    """Tell how far the intervals of other runs hold where a few scatter unlike all others.

    One replicate of the first run collapses to chance, unflagged; the next ones scatter so many
    times more than the pool.
    """
    collapsed, *wide = list(drawn)[: 1 + len(WIDER)]
    changed = {run: dict(found) for run, found in drawn.items()}
    changed[collapsed][ACCURACY] = [CHANCE, *drawn[collapsed][ACCURACY][1:]]
    for run, factor in zip(wide, WIDER, strict=True):
        mean = truths[run, ACCURACY].mean
        changed[run][ACCURACY] = [mean + factor * (one - mean) for one in drawn[run][ACCURACY]]
    estimates = Estimates(SimulatedMeasurements(study, changed))
    by_name = {run.name: run for run in estimates.measurements.runs}
    for name in list(drawn)[1 + len(WIDER) :]:
        beside, truth = by_name[name], truths[name, ACCURACY]
        interval = estimates.of(quantity(ACCURACY, beside.run, beside.variant)).interval()
        if interval is not None:
            group = f"{NAMES[ACCURACY]}, beside runs that scatter more, {truth.seeds} seeds"
            yield "interval of the mean", group, "0.95", _holds(interval, truth.mean)


def _holds(interval: Interval, value: float) -> bool:
    return interval.low <= value <= interval.high


def _claims(estimates: Estimates, truths: Truths, runs: Sequence[str]) -> Iterator[Case]:
    """Judge claims whose truth is known, where they are hardest to judge: at their bars."""
    by_name = {run.name: run for run in estimates.measurements.runs}

    def ask(name: str, what: str = ACCURACY) -> str:
        run = by_name[name]
        owner = run.run + (f".{run.variant.replace('-', '_')}" if run.variant else "")
        return what.replace(QUANTITIES[what], f"{owner}.{QUANTITIES[what]}")

    one, equal, apart, *others = runs[:8]
    most = f"max({', '.join(map(ask, others))})"
    ratio = truths[one, LOSS].mean / truths[apart, LOSS].mean
    wrong_if = {
        ("better than an equal run", Verdict.REPRODUCED): f"{ask(equal)} > {ask(one)}",
        ("no more than a margin apart, at the margin", Verdict.REPRODUCED):
            f"abs({ask(apart)} - {ask(one)}) <= {MARGIN}",
        ("best of six, all equal", Verdict.REPRODUCED): f"{ask(one)} > {most}",
        ("not worse than the best of five, all equal", Verdict.NOT_REPRODUCED):
            f"{ask(one)} >= {most}",
        ("a ratio of losses at its bar", Verdict.NOT_REPRODUCED):
            f"{ask(one, LOSS)} / {ask(apart, LOSS)} <= {ratio}",
        ("three true comparisons together", Verdict.NOT_REPRODUCED):
            " and ".join(f"{ask(run)} >= {ask(one)}" for run in others[:3]),
    }  # fmt: skip
    for (what, verdict), predicate in wrong_if.items():
        found = judge_measured(parse(predicate), estimates).verdict
        yield f"claim wrongly {verdict}", what, "<= 0.05", found == verdict


def _row(key: tuple[str, str, str], counts: Counter) -> dict[str, Any]:
    cases = counts[True] + counts[False]
    interval = stats.binomtest(counts[True], cases).proportion_ci(CONFIDENCE, method="wilson")
    what, group, wanted = key
    values = (what, group, wanted, cases, counts[True], counts[True] / cases)
    return dict(zip(COLUMNS, (*values, float(interval.low), float(interval.high)), strict=True))


def recorded_estimates(study: Study, records: Path) -> Estimates:
    """Read the recorded replicates of a study."""
    seeds: dict[str, list[int]] = defaultdict(list)
    for folder in layout.replicate_folders(records, study.study):
        seeds[folder.parent.name].append(layout.seed_of(folder))
    return Estimates(Measurements(study, records, seeds))


def shares(file: Path, records: Path, studies: int = STUDIES) -> Iterator[dict[str, str]]:
    """Simulate so many studies like a recorded one; shares have four decimals."""
    study = load_study(file)
    truths = recorded_truths(recorded_estimates(study, records))
    for row in simulate(study, truths, studies):
        yield {k: f"{v:.4f}" if isinstance(v, float) else str(v) for k, v in row.items()}


def main(file: str, records: str) -> None:
    """Write the shares as CSV to the standard output."""
    writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(shares(Path(file), Path(records)))


if __name__ == "__main__":
    main(*sys.argv[1:])
