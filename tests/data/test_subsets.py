"""A part of a data set: its images are those of torch's own Subset, before any split."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from tests.support.kills import train_whole_and_broken
from tests.support.recipes import as_trainer_sees, make_recipe
from tests.support.replicates import assert_same_bits

from regrade.data.load import load_splits
from regrade.errors import UserError
from regrade.report.recipe_text import setting_text
from regrade.studies.datasets import DATASETS
from regrade.studies.images import dataset_of, training_images, whole_dataset_of
from regrade.studies.recipe import Recipe
from regrade.studies.recipe_checks import recipe_mistakes
from regrade.studies.resolve import canonical
from regrade.training.job import Job

LAST = {"kind": "last", "validation": 20}


def recipe_of(split: dict | None = None, **subset: object) -> Recipe:
    return as_trainer_sees(make_recipe(subset=subset, split=split or LAST))


def assert_images(found: object, file: Path, part: str, numbers: np.ndarray) -> None:
    with np.load(file) as arrays:
        assert np.array_equal(found.images.numpy(), arrays[f"{part}_images"][numbers])


def test_classes_are_renumbered_in_the_order_that_is_written(tiny_data: Path) -> None:
    splits = load_splits(tiny_data, recipe_of(classes=[7, 2]), 10**6, 10**6)
    with np.load(tiny_data) as arrays:
        labels, tested = arrays["train_labels"], arrays["test_labels"]
    numbers = np.flatnonzero(np.isin(labels, (7, 2)))
    assert splits.classes == 2
    assert_images(splits.training, tiny_data, "train", numbers[:-20])
    assert_images(splits.scored, tiny_data, "train", numbers[-20:])
    assert_images(splits.test, tiny_data, "test", np.flatnonzero(np.isin(tested, (7, 2))))
    assert splits.training.labels.tolist() == [[7, 2].index(n) for n in labels[numbers[:-20]]]


def test_the_first_images_are_torchs_subset_of_a_range(tiny_data: Path) -> None:
    splits = load_splits(tiny_data, recipe_of(training_images=50, test_images=30), 10**6, 10**6)
    assert_images(splits.training, tiny_data, "train", np.arange(30))
    assert_images(splits.scored, tiny_data, "train", np.arange(30, 50))
    assert_images(splits.test, tiny_data, "test", np.arange(30))
    assert splits.classes == 10


def test_drawn_images_are_torchs_subset_of_a_permutation(tiny_data: Path) -> None:
    splits = load_splits(tiny_data, recipe_of(training_images=50, seed=4), 10**6, 10**6)
    torch.manual_seed(4)
    drawn = torch.utils.data.Subset(range(600), torch.randperm(600)[:50].tolist())
    assert_images(splits.training, tiny_data, "train", np.array(drawn.indices[:30]))
    assert_images(splits.scored, tiny_data, "train", np.array(drawn.indices[30:]))


def test_a_split_is_drawn_of_the_part_that_is_used(tiny_data: Path) -> None:
    split = {"kind": "random", "validation": 20, "seed": 1}
    splits = load_splits(tiny_data, recipe_of(split, training_images=50), 10**6, 10**6)
    torch.manual_seed(1)
    order = torch.randperm(50).numpy()
    assert_images(splits.training, tiny_data, "train", order[:30])
    assert_images(splits.scored, tiny_data, "train", order[30:])


@pytest.mark.parametrize("name", ["mnist", "svhn"])
def test_the_table_of_classes_adds_up(name: str) -> None:
    """The counts of the official files: LeCun's page, and the labels of SVHN's two .mat files."""
    data = DATASETS[name]
    assert data.images_of(range(10)) == (data.training_images, data.test_images)


def test_costs_are_those_of_the_part() -> None:
    """5 against 9 in MNIST: so many of both, and two outputs of the network."""
    word = as_trainer_sees(make_recipe(dataset="mnist", subset={"classes": [9, 5]}, split=LAST))
    data = dataset_of(word)
    assert (data.classes, data.training_images, data.test_images) == (2, 11_370, 1_901)
    assert training_images(word) == 11_350
    assert whole_dataset_of(word) == DATASETS["mnist"]
    assert dataset_of(recipe_of(classes=[1, 2, 3])).training_images == 15_000
    assert dataset_of(recipe_of(classes=[1, 2, 3], training_images=90)).training_images == 90


def test_a_recipe_without_a_part_is_written_as_before() -> None:
    assert "subset" not in canonical(make_recipe())


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ({}, "it needs classes, training_images or test_images"),
        ({"seed": 1, "classes": [1, 2]}, "a seed draws images"),
        ({"classes": [1, 2, 1]}, "classes: 1 stands twice"),
        ({"classes": [1]}, "at least 2 items"),
    ],
)
def test_a_part_that_says_nothing_is_refused(word: dict, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        make_recipe(subset=word)


OWN = {
    "name": "leaves", "classes": ["a", "b", "c"], "side": 32, "channels": 3,
    "training_images": 600, "test_images": 200,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"subset": {"classes": [1, 10]}}, "subset.classes: found 10; cifar10 has 0 to 9"),
        (
            {"subset": {"training_images": 60_000}},
            "subset.training_images 60000 is more than the 50000 there are",
        ),
        (
            {"subset": {"classes": [1, 2], "test_images": 2_001}},
            "subset.test_images 2001 is more than the 2000 there are",
        ),
        (
            {"subset": {"classes": [1, 2], "test_images": 9}, "dataset": OWN},
            "subset.training_images is missing: how many of its classes leaves has is not known",
        ),
        (
            {"subset": {"training_images": 100}},
            "split.validation 100 leaves no images to train on",
        ),
    ],
)
def test_what_the_data_set_lacks_is_told(changes: dict, told: str) -> None:
    assert told in list(recipe_mistakes(make_recipe(**changes)))


def test_real_images_must_be_as_many_as_the_recipe_says(tiny_data: Path) -> None:
    with pytest.raises(UserError, match=r"wants 900 train images, but of its classes there are"):
        load_splits(tiny_data, recipe_of(classes=[1, 2], training_images=900), 10**6, 10**6)


def test_the_page_of_a_run_names_class_0() -> None:
    word = make_recipe(subset={"classes": [0, 3], "training_images": 50}).subset
    assert setting_text(word) == "classes 0, 3; training images 50"


def test_a_part_is_resumed_to_the_bit(
    make_job: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = make_recipe(
        subset={"classes": [7, 2, 5], "training_images": 90, "seed": 3}, split=LAST
    )
    whole, broken = (make_job(recipe, name, train_images=70) for name in ("whole", "broken"))
    train_whole_and_broken(whole, broken, monkeypatch, 2)
    assert_same_bits(whole, broken)
