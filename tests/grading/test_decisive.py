"""Previews, made-up images, fewer images and another precision than the recipe's decide nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.recipes import make_recipe
from tests.support.replicates import read_json
from tests.support.tiny_study import number, study, write_model, write_replicate

from regrade.evidence import worth_of
from regrade.grading.decisive import why_undecided
from regrade.grading.graded_study import GradedStudy
from regrade.grading.tables import aggregate
from regrade.training.job import Job
from regrade.training.replicate import train_replicate

PUBLISHED = {"published": {"numbers": [number("max(validation_accuracy)", "0.60")]}}
DECIDES = {"scale": "full", "share": 1.0}, {"data": {"source": "npz"}, "precision": "float32"}


def test_a_full_recipe_on_given_images_decides() -> None:
    assert why_undecided(*DECIDES) == ""


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"scale": "preview"}, "preview scale"),
        ({"source": "synthetic"}, "synthetic images"),
        ({"precision": "bf16"}, "bf16, not in the recipe's float32"),
        ({"precision": "tf32"}, "tf32"),
    ],
)
def test_what_is_no_evidence_gets_no_verdict(
    tmp_path: Path, options: dict[str, Any], reason: str
) -> None:
    claim = {
        "sentence": "It learns.",
        "predicate": "max(A.validation_accuracy) > 0.5",
        "source": "text",
    }
    told = study({"A": PUBLISHED}, claims={"c": claim})
    for seed in range(3):
        write_replicate(
            tmp_path, "A", seed, validation_accuracy=[0.5, 0.6 + seed / 1000], **options
        )
    write_model(tmp_path, "A")
    tables = aggregate(GradedStudy(told, tmp_path, tmp_path, {"A": [0, 1, 2]}))
    (row,) = tables["numbers"].to_dict("records")
    assert row["verdict"] == "not measured" and reason in row["reason"]
    assert row["measured"] == pytest.approx(0.601)
    (graded,) = tables["claims"].to_dict("records")
    assert graded["on_measured"] == "not measured" and reason in graded["evidence"]


def test_a_file_with_fewer_images_than_its_data_set_decides_nothing(make_job: Callable) -> None:
    """Whatever a file is named after, the recipe's counts are those that it must be trained on."""
    recipe = make_recipe(
        batches={"training": 32, "evaluation": 30, "drop_last_evaluation": True},
        stop={"epochs": 1},
    )
    whole = make_job(recipe, "whole")
    train_replicate(whole)
    assert why_undecided(*_contents(whole)) == "", "90 of 100 images are whole batches"
    for name, few in {
        "train_images": "trained on 500 of the 45,000",
        "scored_images": "scored on 90 of the 4,980",
        "test_images": "tested on 180 of the 9,990",
    }.items():
        summary, provenance = _contents(whole)
        provenance["budget"][name] = {"train_images": 45_000, "scored_images": 4_980}.get(
            name, 10_000
        )
        assert why_undecided(summary, provenance).startswith(f"{few} images"), name
        assert not worth_of(summary, provenance).full


def _contents(job: Job) -> tuple[dict[str, Any], dict[str, Any]]:
    summary, provenance = (read_json(job, name) for name in ("summary.json", "provenance.json"))
    return summary, provenance


def test_the_share_of_a_recipe_counts_the_images_that_there_are(make_job: Callable) -> None:
    job = make_job(make_recipe(stop={"epochs": 1}), train_images=1_000)
    train_replicate(job)
    assert read_json(job, "summary.json")["share"] == 0.5


def test_replicates_that_decide_are_taken_alone(tmp_path: Path) -> None:
    told = study({"A": PUBLISHED})
    for seed, source in enumerate(["npz", "npz", "synthetic", "npz"]):
        accuracies = [0.5, 0.1 if source == "synthetic" else 0.6 + seed / 1000]
        write_replicate(tmp_path, "A", seed, validation_accuracy=accuracies, source=source)
    write_model(tmp_path, "A")
    tables = aggregate(GradedStudy(told, tmp_path, tmp_path, {"A": [0, 1, 2, 3]}))
    (row,) = tables["numbers"].to_dict("records")
    assert row["replicates"] == 3 and row["measured"] > 0.6
