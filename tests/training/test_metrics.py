"""Metrics of an epoch: batches, averaging conventions, and scoring a set."""

from __future__ import annotations

import pytest
import torch
from tests.support.recipes import CROP, FLIP, NORMALIZE, TO_TENSOR, as_trainer_sees, make_recipe
from torch import nn
from torch.nn.functional import cross_entropy

from regrade.data.load import ImageSet
from regrade.training.evaluation import SCORED_AT_ONCE, Evaluator
from regrade.training.metrics import BatchRecord, batch_sizes, correct_images

CPU = torch.device("cpu")
BY_BATCH = {
    "train_loss": "batch_mean",
    "train_accuracy": "batch_mean",
    "evaluation_loss": "batch_mean",
    "evaluation_accuracy": "batch_mean",
}
BY_IMAGE = dict.fromkeys(BY_BATCH, "image_mean")


@pytest.mark.parametrize(
    ("images", "batch", "drop_last", "sizes"),
    [
        (10, 4, False, [4, 4, 2]),
        (10, 4, True, [4, 4]),
        (8, 4, False, [4, 4]),
        (8, 4, True, [4, 4]),
        (3, 4, False, [3]),
        (3, 4, True, [3]),
    ],
)
def test_the_last_batch_is_kept_or_dropped(images, batch, drop_last, sizes) -> None:
    """An epoch of less than one batch keeps it: a preview must train on something."""
    assert batch_sizes(images, batch, drop_last=drop_last) == sizes


def record_of(sizes: list[int], losses: list[float], correct: list[int]) -> BatchRecord:
    record = BatchRecord(sizes, CPU)
    for number, (size, loss, right) in enumerate(zip(sizes, losses, correct, strict=True)):
        labels = torch.zeros(size, dtype=torch.int64)
        logits = torch.zeros(size, 2)
        logits[:, 1] = 1.0
        logits[:right, 0] = 2.0
        record.add(number, torch.tensor(loss), correct_images(logits, labels))
    return record


def test_batch_mean_weighs_a_small_last_batch_like_the_others() -> None:
    score = record_of([4, 4, 1], [1.0, 2.0, 6.0], [2, 4, 0]).score("batch_mean", "batch_mean")
    assert score.loss == pytest.approx((1 + 2 + 6) / 3)
    assert score.accuracy == pytest.approx((2 / 4 + 4 / 4 + 0) / 3)


def test_image_mean_weighs_every_image_the_same() -> None:
    score = record_of([4, 4, 1], [1.0, 2.0, 6.0], [2, 4, 0]).score("image_mean", "image_mean")
    assert score.loss == pytest.approx((4 * 1 + 4 * 2 + 6) / 9)
    assert score.accuracy == pytest.approx(6 / 9)


def test_loss_and_accuracy_may_be_averaged_differently() -> None:
    score = record_of([4, 1], [1.0, 2.0], [4, 0]).score("batch_mean", "image_mean")
    assert (score.loss, score.accuracy) == pytest.approx((1.5, 0.8))


@pytest.fixture
def image_set() -> ImageSet:
    generator = torch.Generator().manual_seed(3)
    images = torch.randint(0, 256, (70, 32, 32, 3), generator=generator, dtype=torch.uint8)
    return ImageSet(images, torch.randint(0, 10, (70,), generator=generator))


@pytest.fixture
def network() -> nn.Module:
    torch.manual_seed(3)
    return nn.Sequential(nn.BatchNorm2d(3), nn.Flatten(), nn.Dropout(), nn.Linear(3072, 10))


def by_hand(network: nn.Module, image_set: ImageSet, sizes: list[int]) -> list[tuple]:
    """Mean loss, correct images and size of each batch, a batch at a time in NCHW."""
    pixels = image_set.images.permute(0, 3, 1, 2).float() / 255
    mean, std = (torch.tensor(NORMALIZE[key]).view(3, 1, 1) for key in ("mean", "std"))
    inputs = ((pixels - mean) / std).contiguous()
    network.eval()
    found, start = [], 0
    with torch.no_grad():
        for size in sizes:
            logits = network(inputs[start : start + size])
            labels = image_set.labels[start : start + size]
            right = int((logits.argmax(1) == labels).sum())
            found.append((float(cross_entropy(logits, labels)), right, size))
            start += size
    return found


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("metrics", [BY_BATCH, BY_IMAGE])
def test_a_score_follows_the_recipes_batches(network, image_set, metrics, drop_last) -> None:
    """Although the forward passes are larger; dropped images count nowhere."""
    batches = {"training": 32, "evaluation": 30, "drop_last_evaluation": drop_last}
    recipe = as_trainer_sees(make_recipe(batches=batches, metrics=metrics))
    score = Evaluator(recipe, image_set, seed=0, device=CPU).score(network, epoch=1)
    batches = by_hand(network, image_set, [30, 30] if drop_last else [30, 30, 10])
    if metrics is BY_BATCH:
        loss = sum(loss for loss, _, _ in batches) / len(batches)
        accuracy = sum(right / size for _, right, size in batches) / len(batches)
    else:
        images = sum(size for _, _, size in batches)
        loss = sum(loss * size for loss, _, size in batches) / images
        accuracy = sum(right for _, right, _ in batches) / images
    assert score.loss == pytest.approx(loss, rel=1e-6)
    assert score.accuracy == pytest.approx(accuracy, rel=1e-12)


def sizes_seen(network: nn.Module, evaluator: Evaluator) -> list[int]:
    """Return the images of each forward pass but the one that looks at an image."""
    seen: list[int] = []
    hook = network.register_forward_pre_hook(lambda _, given: seen.append(len(given[0])))
    evaluator.score(network, epoch=1)
    hook.remove()
    return [size for size in seen if size > 1]


def test_batches_are_the_recipes_where_a_network_sees_them(image_set) -> None:
    """A batch norm without statistics of its own: other batches would give another score."""
    torch.manual_seed(1)
    layers = [nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4, track_running_stats=False), nn.ReLU()]
    batchwise = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 10))
    recipe = as_trainer_sees(
        make_recipe(batches={"training": 32, "evaluation": 30}, metrics=BY_IMAGE)
    )
    evaluator = Evaluator(recipe, image_set, seed=0, device=CPU)
    assert sizes_seen(batchwise, evaluator) == [30, 30, 10]
    expected = by_hand(batchwise, image_set, [30, 30, 10])
    images = sum(size for _, _, size in expected)
    loss = sum(loss * size for loss, _, size in expected) / images
    assert evaluator.score(batchwise, epoch=1).loss == pytest.approx(loss, rel=1e-6)


def test_as_many_images_are_scored_at_once_as_fit(network, image_set, monkeypatch) -> None:
    """A large layer of large images would not fit the memory that a job was given."""
    recipe = as_trainer_sees(make_recipe())
    whole = Evaluator(recipe, image_set, seed=0, device=CPU)
    assert sizes_seen(network, whole) == [len(image_set)]
    with torch.no_grad():
        largest = max(network[:n](torch.zeros(1, 3, 32, 32)).numel() for n in range(len(network)))
    monkeypatch.setattr("regrade.training.evaluation.HELD_VALUES", 3 * largest * 40 + 1)
    few = Evaluator(recipe, image_set, seed=0, device=CPU)
    assert sizes_seen(network, few) == [40, len(image_set) - 40]
    assert few.score(network, 1).loss == pytest.approx(whole.score(network, 1).loss, rel=1e-6)


def test_scoring_leaves_the_network_alone(network, image_set) -> None:
    before = {name: value.clone() for name, value in network.state_dict().items()}
    Evaluator(as_trainer_sees(make_recipe()), image_set, seed=0, device=CPU).score(network, epoch=1)
    after = network.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_kept_inputs_change_no_score(network, image_set, monkeypatch) -> None:
    """The network's input of a fixed set is made once, in several forward passes or in one."""
    recipe = as_trainer_sees(make_recipe())
    evaluator = Evaluator(recipe, image_set, seed=0, device=CPU)
    first = evaluator.score(network, epoch=1)
    assert evaluator.score(network, epoch=2) == first
    monkeypatch.setattr("regrade.training.evaluation.CACHED_BYTES", 0)
    assert Evaluator(recipe, image_set, seed=0, device=CPU).score(network, epoch=1) == first
    assert SCORED_AT_ONCE >= 100
    monkeypatch.setattr("regrade.training.evaluation.SCORED_AT_ONCE", 16)
    pieces = Evaluator(recipe, image_set, seed=0, device=CPU).score(network, epoch=1)
    assert pieces.loss == pytest.approx(first.loss, rel=1e-6)


def test_augmentation_at_test_time_is_fresh_in_each_epoch(network, image_set) -> None:
    transforms = {"training": [TO_TENSOR], "evaluation": [CROP, FLIP, TO_TENSOR, NORMALIZE]}
    recipe = as_trainer_sees(make_recipe(transforms=transforms))
    evaluator = Evaluator(recipe, image_set, seed=0, device=CPU)
    first, second = (evaluator.score(network, epoch).loss for epoch in (1, 2))
    assert first != second
    assert Evaluator(recipe, image_set, seed=0, device=CPU).score(network, epoch=2).loss == second
