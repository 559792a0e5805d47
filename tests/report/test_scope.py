"""What pages say on top: how much of the recipes was executed, and on which images."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.tiny_study import FAST, SLOW, study, write_replicate

from regrade.evidence import SYNTHETIC
from regrade.grading.graded_study import GradedStudy
from regrade.report.scope import Images, Scope, scope_of
from regrade.report.study_results import StudyResults

WHOLE = Scope(2, (), (Images("CIFAR-10", "npz"),) * 2, ("cpu",), ("float32",), 1.0, 0, 2)
RUNS = {
    "A": {"recipe": FAST},
    "B": {"recipe": SLOW},
    "C": {"recipe": SLOW},
    "D": {"measure_only": "It is counted."},
}


def scope(folder: Path, seeds: dict[str, list[int]], runs: dict | None = None) -> Scope:
    """Return the scope of a study with these replicates."""
    made = study(runs or RUNS)
    for run, of in seeds.items():
        for seed in of:
            write_replicate(folder, run, seed, validation_accuracy=[0.5])
    results = StudyResults(GradedStudy(made, folder / "curves", folder, seeds))
    return scope_of([(results, results.runs)])


def told(found: Scope, title: str) -> str:
    (notice,) = (one for one in found.notices if one.title == title)
    return notice.text


def test_a_report_with_replicates_of_every_recipe_is_executed_whole(tmp_path: Path) -> None:
    found = scope(tmp_path, {"A": [0], "B": [0, 1]})
    assert told(found, "Full scale") == "Every recipe was executed whole: 3 replicates on cpu."
    assert not [notice for notice in found.notices if notice.is_warning]
    assert "none" not in found.summary


def test_recipes_without_a_replicate_are_counted_each_once(tmp_path: Path) -> None:
    found = scope(tmp_path, {"A": [0, 1]})
    text = told(found, "Full scale, in part")
    assert text.startswith("Whole recipes were executed: 2 replicates on cpu. 1 of 2 recipes has")
    assert found.notices[0].is_warning
    assert found.summary.startswith("2 at full scale (replicates; 1 of 2 recipes has none)")


def test_previews_beside_whole_replicates_say_that_others_wait() -> None:
    some = replace(WHOLE, replicates=3, preview_shares=(0.01,), recipes=9, waiting=6)
    text = told(some, "Preview scale, in part")
    assert text.startswith("Only 1.0\N{NARROW NO-BREAK SPACE}% of each recipe was executed in 1 of")
    assert "What depends on these is shown and not judged" in text
    assert text.endswith("6 of 9 recipes have no replicate at all.")


def test_the_images_are_named_by_the_data_sets_of_the_recipes(tmp_path: Path) -> None:
    runs = {"A": {}, "B": {"recipe": {"dataset": "mnist"}}}
    found = scope(tmp_path, {"A": [0], "B": [0]}, runs)
    assert told(found, "Data") == "Images of CIFAR-10 and MNIST; source: npz."


def test_made_up_images_are_told_from_those_of_their_data_set() -> None:
    digits = Images("MNIST", SYNTHETIC)
    text = told(replace(WHOLE, images=(*WHOLE.images[:1], digits)), "Synthetic data")
    assert text.startswith("The images of 1 of 2 replicates were made up on the spot;")
    assert "they are not those of MNIST." in text


@pytest.mark.parametrize("imported", [1, 2])
def test_imported_replicates_are_told_apart_and_have_no_images(imported: int) -> None:
    found = replace(WHOLE, imported=imported, images=WHOLE.images[imported:])
    titles = [notice.title for notice in found.notices]
    assert titles == ["Full scale", "Imported", *["Data"] * (2 - imported)]


def test_another_precision_than_the_recipes_is_said() -> None:
    mixed = replace(WHOLE, precisions=("float32", "bf16"))
    assert not [notice for notice in WHOLE.notices if notice.is_warning]
    (warning,) = (notice for notice in mixed.notices if notice.is_warning)
    assert "bf16" in warning.text and "recipes mean float32" in warning.text
