"""Measures of the test set are what numpy makes of logits and labels by their definitions."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import isfinite

import numpy as np
import pytest
import torch
from PIL import Image
from tests.support.device_training import images
from tests.support.fake_device import DEVICE
from tests.support.kills import train_whole_and_broken
from tests.support.recipes import NORMALIZE, TO_TENSOR, as_trainer_sees, make_recipe
from tests.support.replicates import assert_same_bits, read_json

from regrade.data.geometry import CornerCrop
from regrade.models.build import build_model
from regrade.studies.measures import Measure
from regrade.studies.resolve import canonical
from regrade.studies.training_mistakes import training_mistakes
from regrade.torchvision_compat import torchvision
from regrade.training.evaluation import Evaluator
from regrade.training.job import Job
from regrade.training.measures import (
    MEASURES,
    Outputs,
    class_accuracy,
    flip_accuracy,
    macro_f1,
    take,
    top5_accuracy,
)
from regrade.training.replicate import train_replicate

ALL = list(MEASURES)
CROPPED_WORDS = [{"kind": "center_crop", "size": 28}, TO_TENSOR, NORMALIZE]
CROPPED = {"training": CROPPED_WORDS, "evaluation": CROPPED_WORDS}
TESTED = {"kind": "best_validation_accuracy", "test": True}


@pytest.fixture
def found() -> Outputs:
    generator = torch.Generator().manual_seed(4)
    logits = torch.randn(200, 8, generator=generator, dtype=torch.float64)
    mirrored = torch.randn(200, 8, generator=generator, dtype=torch.float64)
    labels = torch.randint(0, 7, (200,), generator=generator)  # None is of the last class.
    return Outputs(logits, labels, mirrored)


def confusion_of(found: Outputs) -> np.ndarray:
    table = np.zeros((8, 8), int)
    for logits, label in zip(found.logits.numpy(), found.labels.numpy(), strict=True):
        table[label, np.argmax(logits)] += 1
    return table


def test_top_five_are_the_five_largest(found: Outputs) -> None:
    best = np.argsort(-found.logits.numpy(), axis=1)[:, :5]
    expected = np.mean([label in row for label, row in zip(found.labels, best, strict=True)])
    assert top5_accuracy(found) == {"top5_accuracy": expected}


def test_of_fewer_than_five_classes_all_are_among_the_top() -> None:
    found = Outputs(torch.randn(9, 3), torch.zeros(9, dtype=torch.int64), None)
    assert top5_accuracy(found) == {"top5_accuracy": 1.0}


def test_flipped_probabilities_are_averaged(found: Outputs) -> None:
    def softmax(values: np.ndarray) -> np.ndarray:
        powers = np.exp(values)
        return powers / powers.sum(1, keepdims=True)

    mean = softmax(found.logits.numpy()) + softmax(found.mirrored.numpy())
    assert flip_accuracy(found)["flip_accuracy"] == np.mean(mean.argmax(1) == found.labels.numpy())


@pytest.mark.parametrize("size", [28, 27])
def test_crops_are_torchvisions_and_their_probabilities_are_averaged(size: int) -> None:
    """A network that sums its pixels, shown what TenCrop cuts out of each PIL image."""
    crop = [{"kind": "center_crop", "size": size}, TO_TENSOR]
    recipe = make_recipe(transforms={"training": crop, "evaluation": crop})
    torch.manual_seed(2)
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * size**2, 10)).double()
    network.forward = lambda inputs: network[1](network[0](inputs.double()))
    shown = images()
    evaluator = Evaluator(as_trainer_sees(recipe), shown, 2, torch.device("cpu"), which="test")
    found = take(evaluator, network, 1, ["five_crop_accuracy", "ten_crop_accuracy"])
    cut = torchvision.transforms.TenCrop(size)
    to_tensor = torchvision.transforms.functional.to_tensor
    shares = []
    for picture in shown.images:
        ten = torch.stack([to_tensor(part) for part in cut(Image.fromarray(picture.numpy()))])
        shares.append(network(ten).softmax(1).detach())
    every = torch.stack(shares)
    for name, count in (("five_crop_accuracy", 5), ("ten_crop_accuracy", 10)):
        best = every[:, :count].mean(1).argmax(1)
        assert found[name] == float((best == shown.labels).double().mean())
    for number in range(10):
        place = CornerCrop(size, number % 5, number > 4)
        logits = evaluator.logits(network, 1, crop=place)
        torch.testing.assert_close(logits.softmax(1), every[:, number], rtol=0, atol=1e-6)


def test_macro_f1_is_the_mean_of_precision_and_recall(found: Outputs) -> None:
    table, scores = confusion_of(found), []
    for one in range(8):
        right, told, there = table[one, one], table[:, one].sum(), table[one].sum()
        precision, recall = right / told if told else 0, right / there if there else 0
        both = precision + recall
        scores.append(2 * precision * recall / both if both else 0)
    assert macro_f1(found)["macro_f1"] == pytest.approx(np.mean(scores))


def test_classes_have_their_accuracies_and_a_class_without_images_none(found: Outputs) -> None:
    table = confusion_of(found)
    got = class_accuracy(found)
    assert got["confusion"] == table.tolist()
    assert got["class_accuracy"][:7] == pytest.approx(np.diag(table)[:7] / table.sum(1)[:7])
    assert got["class_accuracy"][7] is None


def test_every_measure_of_the_schema_is_taken() -> None:
    assert tuple(MEASURES) == Measure.__args__


def test_measures_are_of_the_selected_network_and_survive_a_kill(
    make_job: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = make_recipe(stop={"epochs": 4}, selection=TESTED, measures=ALL, transforms=CROPPED)
    whole, broken = make_job(recipe, "whole"), make_job(recipe, "broken")
    train_whole_and_broken(whole, broken, monkeypatch, 2)
    assert_same_bits(whole, broken)
    summary, resumed = read_json(whole, "summary.json"), read_json(broken, "summary.json")
    for name in [*ALL, "confusion"]:
        assert summary[name] == resumed[name]
    table = np.array(summary["confusion"])
    assert table.sum() == summary["test_images"]
    assert np.trace(table) / table.sum() == summary["selected_test_image_accuracy"]


def test_a_recipe_that_asks_for_nothing_writes_what_it_wrote_before(
    make_job: Callable[..., Job],
) -> None:
    plain = make_recipe(selection=TESTED, transforms=CROPPED)
    asking = make_recipe(selection=TESTED, transforms=CROPPED, measures=ALL)
    one, other = make_job(plain, "plain"), make_job(asking, "asking")
    train_replicate(one)
    train_replicate(other)
    assert_same_bits(one, other)
    more = read_json(other, "summary.json").keys() - read_json(one, "summary.json").keys()
    assert more == {*ALL, "confusion"}
    assert "measures" not in json.loads(canonical(plain))


def test_measures_are_taken_on_a_strict_device_as_on_the_cpu() -> None:
    results = []
    for device in (DEVICE, torch.device("cpu")):
        recipe = as_trainer_sees(make_recipe(selection=TESTED, measures=ALL, transforms=CROPPED))
        torch.manual_seed(0)
        network = build_model(recipe.model, 10, 28).to(device, memory_format=torch.channels_last)
        results.append(take(Evaluator(recipe, images(), 2, device, which="test"), network, 1, ALL))
    assert results[0] == results[1] and isfinite(results[0]["macro_f1"])


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"measures": ["macro_f1"]}, "it needs `selection.test: true`"),
        (
            {"measures": ["ten_crop_accuracy"], "selection": TESTED},
            "ten_crop_accuracy takes crops of the size that the test images' `center_crop`",
        ),
        ({"measures": ["macro_f1"] * 2, "selection": TESTED}, "each is named once"),
    ],
)
def test_measures_that_cannot_be_taken_are_refused(changes: dict, told: str) -> None:
    assert any(told in mistake for mistake in training_mistakes(make_recipe(**changes)))
