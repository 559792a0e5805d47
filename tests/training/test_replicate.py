"""The trainer does what a plain loop does, and the same every time."""

from __future__ import annotations

import math
from collections import OrderedDict

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from tests.support.recipes import NORMALIZE, make_recipe
from tests.support.replicates import (
    ADAM,
    AUGMENTED,
    DROPOUT_NET,
    FILES,
    WITHOUT_NORM,
    assert_same_bits,
    history_of,
    read_json,
    weights_of,
)
from torch import nn
from torch.nn.functional import cross_entropy

from regrade.data.generators import generator
from regrade.data.load import split_order
from regrade.data.pipeline import Stream
from regrade.training.job import Job
from regrade.training.losses import PENALTIES
from regrade.training.replicate import train_replicate


def plain_loop(job: Job, optimizer_of) -> tuple[nn.Module, list[tuple[float, ...]]]:
    """Train the small recipe as a course would: NCHW, unfused, a batch at a time, no cleverness."""
    with np.load(job.data) as file:
        pixels = torch.from_numpy(file["train_images"]).permute(0, 3, 1, 2).contiguous() / 255.0
        labels = torch.from_numpy(file["train_labels"]).long()
    mean, std = (torch.tensor(NORMALIZE[key]).view(3, 1, 1) for key in ("mean", "std"))
    pixels = (pixels - mean) / std
    training, validation = split_order(600, 100, 7)
    torch.manual_seed(job.seed)
    layers = [nn.Conv2d(3, 4, 3, 2, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(3)]
    layers += [nn.Flatten(), nn.Linear(100, 10)]
    net = nn.Sequential(OrderedDict((str(n), layer) for n, layer in enumerate(layers, 1)))
    optimizer = optimizer_of(net.parameters())
    rows = []
    for epoch in (1, 2):
        order = generator(job.seed, epoch, Stream.ORDER).permutation(500)
        net.train()
        losses, right = [], 0
        for batch in training[order].split(32):
            optimizer.zero_grad()
            logits = net(pixels[batch])
            loss = cross_entropy(logits, labels[batch])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            right += (logits.argmax(1) == labels[batch]).sum().item()
        net.eval()
        with torch.no_grad():
            scores = [(net(pixels[batch]), labels[batch]) for batch in validation.split(30)]
        seen = [cross_entropy(*score).item() for score in scores]
        found = sum((logits.argmax(1) == truth).sum().item() for logits, truth in scores)
        rows.append((np.mean(losses), right / 500, np.mean(seen), found / 100))
    return net, rows


@pytest.mark.parametrize(
    ("word", "optimizer_of"),
    [
        (
            {"kind": "sgd", "learning_rate": 0.05, "momentum": 0.9, "weight_decay": 0.001},
            lambda p: torch.optim.SGD(p, 0.05, 0.9, weight_decay=0.001, foreach=False),
        ),
        (
            {"kind": "sgd", "learning_rate": 0.05, "momentum": 0.9, "nesterov": True},
            lambda p: torch.optim.SGD(p, 0.05, 0.9, nesterov=True, foreach=False),
        ),
        (ADAM, lambda p: torch.optim.Adam(p, 0.01, weight_decay=0.001, foreach=False)),
        (
            {"kind": "adamw", "learning_rate": 0.01, "weight_decay": 0.1, "betas": [0.8, 0.99]},
            lambda p: torch.optim.AdamW(p, 0.01, (0.8, 0.99), weight_decay=0.1, foreach=False),
        ),
    ],
    ids=["sgd", "nesterov", "adam", "adamw"],
)
def test_a_run_is_what_a_plain_pytorch_loop_gives(make_job, word, optimizer_of) -> None:
    job = make_job(make_recipe(optimizer=word, stop={"epochs": 2}), seed=4)
    train_replicate(job)
    net, rows = plain_loop(job, optimizer_of)
    columns = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")
    for row, expected in zip(history_of(job), rows, strict=True):
        assert [row[column] for column in columns] == pytest.approx(expected, abs=1e-5)
    found = load_file(job.output / "weights.safetensors")
    for name, value in net.state_dict().items():
        assert torch.allclose(found[name].float(), value.float(), rtol=0, atol=1e-5), name


def test_the_small_recipe_learns(make_job) -> None:
    """Else the tests above and below would compare noise."""
    job = make_job(make_recipe())
    train_replicate(job)
    assert history_of(job)[-1]["validation_accuracy"] > 0.5


def test_the_same_seed_gives_the_same_bits_and_another_does_not(make_job) -> None:
    recipe = make_recipe(model=DROPOUT_NET, transforms=AUGMENTED)
    first, again = make_job(recipe, "first", seed=3), make_job(recipe, "again", seed=3)
    other = make_job(recipe, "other", seed=4)
    for number, job in enumerate((first, again, other)):
        torch.manual_seed(number)  # what ran before must not matter
        train_replicate(job)
    assert_same_bits(first, again)
    assert weights_of(first) != weights_of(other)
    assert history_of(first) != history_of(other)


@pytest.mark.parametrize(
    ("changes", "rate"), [({"model": WITHOUT_NORM}, 1e6), ({}, 1e38)], ids=["plain", "batch_norm"]
)
def test_divergence_is_recorded_and_ends_training(make_job, changes, rate) -> None:
    recipe = make_recipe(
        **changes,
        optimizer={"kind": "sgd", "learning_rate": rate, "momentum": 0.9},
        stop={"epochs": 50},
        selection={"kind": "best_validation_accuracy", "test": True},
        schedule={"kind": "plateau"},
    )
    job = make_job(recipe)
    train_replicate(job)
    rows, summary = history_of(job), read_json(job, "summary.json")
    assert 1 <= len(rows) < 50
    assert summary["diverged_at_epoch"] == summary["epochs"] == len(rows)
    assert math.isnan(rows[-1]["train_loss"])
    assert summary["last"]["train_loss"] is None
    assert {path.name for path in job.output.iterdir()} == FILES
    assert not list(job.state.rglob("*.pt"))
    assert (job.output / "history.csv").read_text().splitlines()[-1].split(",")[2] == "nan"


def test_a_network_that_diverged_is_tested_as_it_is(make_job) -> None:
    """Not converging is a result: it scores what a network without a finite logit scores."""
    recipe = make_recipe(
        model=WITHOUT_NORM,
        schedule={"kind": "table", "rates": {1: 0.05, 2: 1e6}},
        selection={"kind": "last_epoch", "test": True},
    )
    job = make_job(recipe)
    train_replicate(job)
    summary = read_json(job, "summary.json")
    assert summary["selected_epoch"] == summary["diverged_at_epoch"] == 2
    assert summary["selected_test_loss"] is None
    assert 0 < summary["selected_test_accuracy"] < 0.25


def penalised(job_of, differentiated: bool | None) -> Job:
    word = {"kind": "l1", "strength": 1e-3, "differentiated": differentiated}
    recipe = make_recipe(penalty=None if differentiated is None else word, stop={"epochs": 2})
    job = job_of(recipe, str(differentiated))
    train_replicate(job)
    return job


def test_a_penalty_without_gradient_shifts_the_losses_alone(make_job) -> None:
    plain, shifted = penalised(make_job, None), penalised(make_job, False)
    assert weights_of(plain) == weights_of(shifted)
    tensors = load_file(plain.output / "weights.safetensors")
    trained = [v for k, v in tensors.items() if k.endswith(("weight", "bias"))]
    shift = 1e-3 * sum(float(value.abs().sum()) for value in trained)
    before, after = history_of(plain)[-1], history_of(shifted)[-1]
    assert after["validation_loss"] - before["validation_loss"] == pytest.approx(shift, rel=1e-4)
    assert after["train_loss"] - before["train_loss"] == pytest.approx(shift, rel=0.1)
    for column in ("train_accuracy", "validation_accuracy"):
        assert after[column] == before[column]


@pytest.mark.parametrize("kind", ["l1", "l2"])
def test_the_loss_of_the_selected_network_has_the_penalty_of_every_epoch(make_job, kind) -> None:
    recipe = make_recipe(
        penalty={"kind": kind, "strength": 1e-3, "differentiated": False},
        selection={"kind": "best_test_accuracy", "test": True},
        evaluate="test",
    )
    job = make_job(recipe)
    train_replicate(job)
    summary = read_json(job, "summary.json")
    row = history_of(job)[summary["selected_epoch"] - 1]
    assert summary["selected_test_loss"] == row["test_loss"]


def test_a_penalty_with_gradient_shrinks_the_weights(make_job) -> None:
    plain, shrunk = penalised(make_job, None), penalised(make_job, True)
    before, after = (
        read_json(job, "summary.json")["weights"]["l1_norm"] for job in (plain, shrunk)
    )
    assert after < before


def test_the_norm_counts_every_trainable_parameter_once() -> None:
    net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.fill_(-0.5)
    assert PENALTIES["l1"](None, net).item() == 0.5 * (4 + 2 + 2 + 2)


def test_dropping_the_last_batch_drops_its_step(make_job) -> None:
    """500 images make 15 whole batches of 32: the 20 that are left over change nothing."""
    counts = {}
    for drop_last in (False, True):
        batches = {"training": 32, "evaluation": 30, "drop_last_training": drop_last}
        job = make_job(make_recipe(batches=batches, stop={"epochs": 1}), str(drop_last))
        train_replicate(job)
        tensors = load_file(job.output / "weights.safetensors")
        counts[drop_last] = int(tensors["2.num_batches_tracked"])
        assert history_of(job)[0]["train_accuracy"] * (480 if drop_last else 500) % 1 == (
            pytest.approx(0, abs=1e-9)
        )
    assert counts == {False: 16, True: 15}


def test_a_budget_cuts_epochs_and_images(make_job) -> None:
    recipe = make_recipe(stop={"epochs": 30})
    job = make_job(recipe, epochs=2, train_images=64)
    train_replicate(job)
    summary = read_json(job, "summary.json")
    assert (summary["epochs"], summary["recipe_epochs"], summary["train_images"]) == (2, 30, 64)
    tensors = load_file(job.output / "weights.safetensors")
    assert int(tensors["2.num_batches_tracked"]) == 2 * 2
