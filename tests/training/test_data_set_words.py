"""Every data set trains: resumed to the bit, and on the strict device without a wait."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import isfinite
from pathlib import Path

import pytest
import torch
from tests.support.device_training import run
from tests.support.fake_device import DEVICE
from tests.support.kills import train_whole_and_broken
from tests.support.recipes import TEST_IMAGES, TRAIN_IMAGES, as_trainer_sees, make_recipe
from tests.support.replicates import assert_same_bits, read_json
from tests.support.words import SMALL_CHAIN

from regrade.data.load import load_splits
from regrade.data.prepare import prepare
from regrade.layout import card_file
from regrade.studies.datasets import DATASETS
from regrade.studies.images import dataset_of
from regrade.studies.own_datasets import RecipeDataset
from regrade.studies.recipe import Recipe
from regrade.training.job import Job

TO_TENSOR = {"kind": "to_tensor"}


OWN = RecipeDataset(
    name="leaves",
    classes=["oak", "ash", "elm"],
    side=20,
    channels=1,
    training_images=TRAIN_IMAGES,
    test_images=TEST_IMAGES,
)
WORDS: dict[str, str | RecipeDataset] = {name: name for name in DATASETS} | {"own": OWN}


def recipe_of(dataset: str) -> Recipe:
    """Return a small recipe with augmentation on bytes and floats, in the data set's shape."""
    shown = dataset_of(make_recipe(dataset=WORDS[dataset]))
    side, channels = shown.side, shown.channels
    normalize = {"kind": "normalize", "mean": [0.4] * channels, "std": [0.3] * channels}
    turned = {"kind": "random_rotation", "degrees": 10}
    crop = {"kind": "random_crop", "size": side, "padding": 2}
    training = [turned, crop, TO_TENSOR, normalize]
    return make_recipe(
        dataset=WORDS[dataset],
        model=SMALL_CHAIN,
        transforms={"training": training, "evaluation": [TO_TENSOR, normalize]},
    )


@pytest.fixture(scope="module")
def prepare_small(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Prepare a small data set of a name once, with its card."""
    folder = tmp_path_factory.mktemp("data")

    def prepared(dataset: str) -> Path:
        path = folder / f"{dataset}.npz"
        if not path.exists():
            few = {"training_images": TRAIN_IMAGES, "test_images": TEST_IMAGES}
            small = replace(dataset_of(recipe_of(dataset)), **few)
            prepare(small, "synthetic", path, card_file(path))
        return path

    return prepared


@pytest.mark.parametrize("dataset", WORDS)
def test_a_data_set_is_resumed_to_the_bit(
    make_job: Callable[..., Job],
    prepare_small: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
    dataset: str,
) -> None:
    recipe, data = recipe_of(dataset), prepare_small(dataset)
    whole, broken = (replace(make_job(recipe, name), data=data) for name in ("whole", "broken"))
    train_whole_and_broken(whole, broken, monkeypatch, 2)
    assert read_json(broken, "provenance.json")["resumed_at_epochs"] == [1]
    assert_same_bits(whole, broken)


@pytest.mark.parametrize("dataset", WORDS)
def test_a_data_set_trains_on_a_strict_device(
    prepare_small: Callable[[str], Path], dataset: str
) -> None:
    """With the same pixels as on the CPU, whose compiled pass is for images in colour alone."""
    recipe = recipe_of(dataset)
    images = load_splits(prepare_small(dataset), as_trainer_sees(recipe), 60, 10).training
    scores, crossed = run(recipe, DEVICE, shown=images)
    assert all(isfinite(score.loss) for score in scores) and crossed == []
    assert scores == run(recipe, torch.device("cpu"), shown=images)[0]
