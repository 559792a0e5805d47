"""Which images are trained on and held out, in which order, and how test images are made."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
import torch
from tests.support.device_training import images
from tests.support.recipes import FLIP, NORMALIZE, TO_TENSOR, as_trainer_sees, make_recipe

from regrade.data.load import SPLITS, load_splits
from regrade.data.stratified import split_by_class
from regrade.models.build import build_model
from regrade.training.evaluation import Evaluator
from regrade.training.optimizers import build_optimizer
from regrade.training.trainer import Trainer

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("count", "validation", "seed", "digest"),
    [(600, 100, 7, "6580de5c65c4e531"), (603, 50, 3, "755bc51b07991a80")],
)
def test_a_stratified_split_is_scikit_learns(count, validation, seed, digest) -> None:
    """Digests of `train_test_split(np.arange(count), test_size=validation, stratify=labels,
    random_state=seed)`, of scikit-learn 1.9.1."""
    labels = np.random.Generator(np.random.Philox(4)).integers(0, 10, count)
    parts = split_by_class(labels, validation, seed)
    numbers = np.concatenate([part.numpy() for part in parts]).astype("<i8")
    assert hashlib.sha256(numbers.tobytes()).hexdigest()[:16] == digest
    assert [len(part) for part in parts] == [count - validation, validation]


@pytest.mark.parametrize(
    ("kind", "training", "validation"),
    [("last", range(7), range(7, 10)), ("first", range(3, 10), range(3))],
)
def test_a_sequential_split_keeps_the_order(kind, training, validation) -> None:
    word = as_trainer_sees(make_recipe(split={"kind": kind, "validation": 3})).split
    found = SPLITS[kind](word, np.zeros(10, np.uint8))
    assert [part.tolist() for part in found] == [list(training), list(validation)]


def test_a_data_set_is_split_into_disjoint_parts(tiny_data) -> None:
    for split in (
        {"kind": "last", "validation": 100},
        {"kind": "stratified", "validation": 100, "seed": 1},
    ):
        splits = load_splits(tiny_data, as_trainer_sees(make_recipe(split=split)), 500, 100)
        assert (len(splits.training), len(splits.scored)) == (500, 100)


def trainer(**changes: object) -> Trainer:
    word = as_trainer_sees(make_recipe(**changes))
    torch.manual_seed(0)
    network = build_model(word.model, 10, 32).to(memory_format=torch.channels_last)
    return Trainer(word, network, build_optimizer(word, network), images(), 2, CPU)


def test_images_that_are_not_shuffled_come_in_their_order() -> None:
    unshuffled = trainer(batches={"training": 8, "evaluation": 8, "shuffle": False})
    assert unshuffled._order(1).tolist() == list(range(60))
    assert trainer()._order(1).tolist() != trainer()._order(2).tolist() != list(range(60))


def test_test_images_may_be_made_otherwise_than_those_of_validation() -> None:
    flipped = [FLIP | {"probability": 1.0}, TO_TENSOR, NORMALIZE]
    plain = [TO_TENSOR, NORMALIZE]
    transforms = {"training": plain, "evaluation": flipped, "test": plain}
    word = as_trainer_sees(make_recipe(transforms=transforms))
    network = trainer().network
    scores = {
        which: Evaluator(word, images(), 1, CPU, which=which).score(network, 1)
        for which in ("validation", "test")
    }
    same = as_trainer_sees(make_recipe(transforms={"training": plain, "evaluation": plain}))
    assert scores["test"] == Evaluator(same, images(), 1, CPU).score(network, 1)
    assert scores["test"] != scores["validation"]
