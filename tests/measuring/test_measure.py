"""Measurements of a recipe before training."""

import json
from math import log

import numpy as np
import pytest
import torch
from tests.support.networks import NONE, chain, conv, duke, linear, read, resnet20, stages
from tests.support.recipes import make_recipe
from torch.nn import functional

from regrade.data.card import checksum_of
from regrade.measuring.measure import _initial_values, measure
from regrade.models.build import build_network
from regrade.studies.images import scored_images, steps_per_epoch

DROPOUT = {"kind": "dropout", "probability": 0.5}
FLATTEN = {"kind": "flatten"}


def recipe(words, *, validation=0, size=None, dataset="cifar10", evaluate="test", **batches):
    resized = [{"kind": "resize", "size": size}] if size else []
    transforms = [*resized, {"kind": "to_tensor"}]
    return make_recipe(
        dataset=dataset,
        split={"kind": "random", "validation": validation, "seed": 3}
        if validation
        else {"kind": "none"},
        transforms={"training": transforms, "evaluation": transforms},
        batches={"training": 128, "evaluation": 100} | batches,
        model=read(words),
        evaluate=evaluate,
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A hundred images of noise, in the layout of a prepared data set."""
    rng = np.random.default_rng(0)
    arrays = {"classes": np.array([str(label) for label in range(10)])}
    for split in ("train", "test"):
        arrays[f"{split}_images"] = rng.integers(0, 256, (100, 32, 32, 3), dtype=np.uint8)
        arrays[f"{split}_labels"] = rng.integers(0, 10, 100, dtype=np.uint8)
    path = tmp_path_factory.mktemp("data") / "cifar10.npz"
    np.savez(path, **arrays)
    card = {"schema_version": 1, "dataset": "cifar10", "source": "t", "checksum": checksum_of(path)}
    path.with_suffix(".json").write_text(json.dumps(card))
    return path


def test_costs_and_shapes_of_a_chain():
    """The numbers of the Duke report's first network; every layer has a row."""
    found = measure(recipe(duke()), None)
    assert found["parameters"] == 82_030
    assert found["buffers"] == 0
    assert found["macs"] == 716_328
    assert found["feature_sizes"] == [28, 14, 12, 6]
    assert found["flattened_features"] == 576
    assert found["outputs"] == 10
    assert found["block_macs"] is None
    assert found["parameter_shapes"][0] == ["1.weight", [8, 3, 5, 5]]
    assert len(found["layers"]) == 12
    assert found["layers"][0] == {
        "name": "1",
        "kind": "conv",
        "output": [8, 28, 28],
        "parameters": 608,
        "macs": 470_400,
    }
    assert json.loads(json.dumps(found)) == found


def test_costs_of_blocks():
    found = measure(recipe(resnet20(bias=True)), None)
    assert (found["parameters"], found["buffers"]) == (270_410, 1_395)
    assert found["block_macs"] == 40_108_032
    assert found["separable_block_macs"] == 5_949_440
    assert found["feature_sizes"] == [32] * 7 + [16] * 6 + [8] * 6 + [1]


def test_images_have_the_size_that_the_transforms_give():
    words = chain(conv(4, 3), FLATTEN, linear())
    found = measure(recipe(words, size=40), None)
    assert found["image_size"] == 40
    assert found["flattened_features"] == 4 * 38 * 38


@pytest.mark.parametrize(
    ("validation", "settings", "steps"),
    [
        (5_000, {}, 352),
        (0, {}, 391),
        (0, {"drop_last_training": True}, 390),
        (0, {"training": 256, "drop_last_training": True}, 195),
        (5_000, {"training": 64}, 704),
        (0, {"training": 50}, 1_000),
        (49_900, {"drop_last_training": True}, 1),
    ],
)
def test_steps_per_epoch(validation, settings, steps):
    assert steps_per_epoch(recipe(duke(), validation=validation, **settings)) == steps


@pytest.mark.parametrize(
    ("validation", "evaluate", "settings", "images"),
    [
        (5_000, "validation", {}, 5_000),
        (5_000, "test", {}, 10_000),
        (0, "test", {"evaluation": 256, "drop_last_evaluation": True}, 9_984),
        (5_000, "validation", {"evaluation": 64, "drop_last_evaluation": True}, 4_992),
    ],
)
def test_scored_images(validation, evaluate, settings, images):
    words = recipe(duke(), validation=validation, evaluate=evaluate, **settings)
    assert scored_images(words) == images


def test_initial_values_belong_to_the_networks_that_training_starts_from(data):
    """Seed by seed the same weights, on the first training images of the split."""
    found = measure(recipe(duke(), validation=20), data, seeds=[4, 9])["per_seed"]
    assert [values["seed"] for values in found] == [4, 9]

    torch.manual_seed(9)
    network = build_network(read(duke()), 10, 32)
    norm = sum(p.abs().sum().item() for p in network.parameters())
    assert found[1]["initial_l1_norm"] == pytest.approx(norm, rel=1e-5)

    torch.manual_seed(3)
    chosen = torch.randperm(100)[:80].numpy()
    with np.load(data) as arrays:
        images, labels = arrays["train_images"][chosen], arrays["train_labels"][chosen]
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2) / 255
    with torch.no_grad():
        loss = functional.cross_entropy(network(pixels), torch.from_numpy(labels).long())
    assert found[1]["initial_loss"] == pytest.approx(loss.item(), rel=1e-5)


def test_initial_loss_is_about_that_of_guessing(data):
    values = measure(recipe(duke(batch_norm=True)), data)["per_seed"]
    assert len(values) == 5
    for value in values:
        assert value["initial_loss"] == pytest.approx(log(10), abs=0.1)
        assert value["initial_l1_norm"] == pytest.approx(2081, abs=20)


def test_batch_norm_starts_with_zero_mean_in_training_mode(data):
    """Exact to single precision, whatever the order in which the trainer's layout sums."""
    norm = {"kind": "batch_norm"}
    words = chain(conv(4, 3), norm, FLATTEN, linear(8), norm, linear())
    (value,) = measure(recipe(words), data, seeds=[0])["per_seed"]
    assert 0 < value["initial_batch_norm_mean"] < 1e-6
    (value,) = measure(recipe(duke()), data, seeds=[0])["per_seed"]
    assert value["initial_batch_norm_mean"] is None


def test_initial_values_are_repeatable_with_dropout(data):
    words = recipe(chain(FLATTEN, DROPOUT, linear()))
    assert measure(words, data) == measure(words, data)


def test_costly_networks_see_fewer_images(data, monkeypatch):
    """A measurement stays cheap: at least a batch (at most 16), at most what its MACs allow."""
    seen = []
    real = functional.cross_entropy
    monkeypatch.setattr(
        functional,
        "cross_entropy",
        lambda logits, labels: seen.append(len(labels)) or real(logits, labels),
    )
    costly = stages([8], [1], NONE, {"channels": 8}, kernel=3)
    monkeypatch.setattr("regrade.measuring.measure.INITIAL_MACS", 1e7)
    for batch in (8, 128):
        measure(recipe(costly, training=batch), data, seeds=[0])
    measure(recipe(duke(), training=8), data, seeds=[0])
    assert seen == [8, 16, 13]


def test_huge_networks_are_initialised_with_fewer_seeds(monkeypatch, data):
    """Drawing millions of parameters takes longer than all other measurements."""
    monkeypatch.setattr("regrade.measuring.measure.INITIAL_PARAMETERS", 200_000)
    seeds = [values["seed"] for values in measure(recipe(duke()), data)["per_seed"]]
    assert seeds == [0, 1]


def test_pretrained_networks_are_measured_without_a_download():
    words = {"kind": "torchvision", "name": "resnet18", "pretrained": True}
    found = measure(recipe(words, size=224, dataset="cifar100"), None)
    assert (found["parameters"], found["macs"]) == (11_227_812, 1_813_612_544)
    assert found["flattened_features"] == 512
    assert found["feature_sizes"][:3] == [112, 56, 56]
    assert found["per_seed"] == []


def test_values_that_are_not_finite_are_no_numbers_in_the_file():
    """JSON has neither NaN nor infinities, and other readers refuse a file that has one."""
    network = torch.nn.Sequential(
        torch.nn.Flatten(), torch.nn.Linear(4, 2), torch.nn.BatchNorm1d(2)
    )
    images = torch.full((2, 1, 2, 2), float("nan"))
    with torch.no_grad():
        network[1].bias.fill_(float("inf"))
    found = _initial_values(network, (images, torch.tensor([0, 1])))
    assert found == dict.fromkeys(found)
    assert len(found) == 3
