"""The recorded results belong to today's studies, and say what the README says of them."""

from __future__ import annotations

import csv
import json

import pytest

from regrade.__main__ import STUDIES
from regrade.studies.grid import recipe_hash, resolve
from regrade.studies.load import load_study

RECORDS = STUDIES.parent / "records"
REPLICATES = sorted((RECORDS / "runs").glob("*/*/seed-*"))
PUBLISHED = {"D01": 0.6606, "D03": 0.7122, "D04": 0.7144, "D07-as-run": 0.7258}
THREE_SEEDS = {"D01", "D03", "D04", "D05-as-run", "D06-as-run"}


def test_every_record_is_of_todays_recipe() -> None:
    studies = {path.parent.parent.name for path in REPLICATES}
    hashes = {
        (name, run.name): recipe_hash(run.recipe_json)
        for name in studies
        for run in resolve(load_study(STUDIES / f"{name}.yaml"))
    }
    for folder in REPLICATES:
        record = json.loads((folder / "provenance.json").read_text())
        assert record["recipe_hash"] == hashes[record["study"], record["run"]], folder


def test_the_main_runs_have_three_seeds_on_the_real_images() -> None:
    for run in THREE_SEEDS:
        folders = sorted((RECORDS / "runs" / "duke" / run).iterdir())
        assert [folder.name for folder in folders] == ["seed-0", "seed-1", "seed-2"]
        for folder in folders:
            record = json.loads((folder / "provenance.json").read_text())
            assert (record["scale"], record["data"]["source"]) == ("full", "npz")


@pytest.mark.parametrize(("run", "published"), PUBLISHED.items())
def test_best_validation_accuracies_lie_within_three_points_of_the_published(
    run: str, published: float
) -> None:
    for folder in (RECORDS / "runs" / "duke" / run).iterdir():
        with (folder / "history.csv").open(newline="") as file:
            best = max(float(row["validation_accuracy"]) for row in csv.DictReader(file))
        assert best == pytest.approx(published, abs=0.03), folder
