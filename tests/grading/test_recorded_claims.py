"""On the recorded results, verdicts rest on a spread, and seeds do not contradict each other."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from regrade.grading.estimates import Estimates
from regrade.grading.judge import judge_measured
from regrade.grading.measurements import Measurements
from regrade.grading.terms import is_random
from regrade.studies.expressions import parse, references
from regrade.studies.load import load_study

ROOT = Path(__file__).parents[2]
DECIDED = ("reproduced", "not reproduced")


def recorded_seeds() -> dict[str, list[int]]:
    seeds: dict[str, list[int]] = defaultdict(list)
    for folder in sorted((ROOT / "records" / "runs" / "duke").glob("*/seed-*")):
        seeds[folder.parent.name].append(int(folder.name.removeprefix("seed-")))
    return dict(seeds)


@pytest.fixture(scope="module")
def duke() -> Measurements:
    """The study with the most recorded replicates."""
    study = load_study(ROOT / "studies" / "duke.yaml")
    return Measurements(study, ROOT / "records", recorded_seeds())


def restricted(measurements: Measurements, seeds: dict[str, list[int]]) -> Estimates:
    """Return some runs other seeds; files that are read stay read."""
    changed = Measurements(measurements.study, ROOT / "records", recorded_seeds() | seeds)
    changed._files = measurements._files
    return Estimates(changed)


def random_claims(measurements: Measurements) -> dict[str, str]:
    return {
        name: claim.predicate
        for name, claim in measurements.study.claims.items()
        if claim.predicate and is_random(parse(claim.predicate))
    }


def trained(measurements: Measurements, predicate: str) -> list[str]:
    found = [wanted for wanted in references(parse(predicate)) if wanted.attribute.trained]
    return [measurements.resolved(wanted).trained_as for wanted in found]


def test_no_claim_is_decided_by_single_seeds_alone(duke: Measurements) -> None:
    """With one seed of every run there is nothing to pool, and so nothing to decide."""
    single = restricted(duke, {run: [0] for run in recorded_seeds()})
    for name, predicate in random_claims(duke).items():
        if trained(duke, predicate):
            assert judge_measured(parse(predicate), single).verdict not in DECIDED, name


@pytest.mark.parametrize("name", ["d3", "d7", "d9", "d10", "tf1.4-speed", "tf1.7"])
def test_single_seeds_do_not_contradict_each_other(duke: Measurements, name: str) -> None:
    """Each seed alone, with the spread of the study's other runs, and all of them together.

    By value alone, seeds of tf1.4-speed and tf1.7 are on both sides of the bar.
    """
    predicate = random_claims(duke)[name]
    runs = trained(duke, predicate)
    common = set.intersection(*(set(recorded_seeds()[run]) for run in runs))
    assert len(common) > 1
    some = [{run: [seed] for run in runs} for seed in common]
    verdicts = {
        judge_measured(parse(predicate), restricted(duke, seeds)).verdict for seeds in [*some, {}]
    }
    assert not verdicts >= set(DECIDED)


def test_every_decided_claim_names_its_rule_interval_and_freedom(duke: Measurements) -> None:
    estimates = Estimates(duke)
    rules = ("pooled t", "paired t", "own t", "Welch t", "draws of", "no spread", " seeds)")
    for name, predicate in random_claims(duke).items():
        found = judge_measured(parse(predicate), estimates)
        if found.verdict in DECIDED:
            assert any(rule in found.evidence for rule in rules), name
            assert found.p is not None and found.p <= 0.05, name
            assert " df" in found.evidence or "no spread" in found.evidence, name
