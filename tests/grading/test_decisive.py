"""Previews, made-up images and another precision than the recipe's decide nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.support.tiny_study import number, study, write_model, write_replicate

from regrade.grading.decisive import why_undecided
from regrade.grading.graded_study import GradedStudy
from regrade.grading.tables import aggregate

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


def test_replicates_that_decide_are_taken_alone(tmp_path: Path) -> None:
    told = study({"A": PUBLISHED})
    for seed, source in enumerate(["npz", "npz", "synthetic", "npz"]):
        accuracies = [0.5, 0.1 if source == "synthetic" else 0.6 + seed / 1000]
        write_replicate(tmp_path, "A", seed, validation_accuracy=accuracies, source=source)
    write_model(tmp_path, "A")
    tables = aggregate(GradedStudy(told, tmp_path, tmp_path, {"A": [0, 1, 2, 3]}))
    (row,) = tables["numbers"].to_dict("records")
    assert row["replicates"] == 3 and row["measured"] > 0.6
