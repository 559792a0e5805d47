"""The trainer does what a plain PyTorch loop does, the same way every time, across interruptions."""

from __future__ import annotations

import csv
import json
import math
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from recipes import CROP, FLIP, NORMALIZE, TO_TENSOR, make_recipe
from safetensors.torch import load_file
from torch import nn
from torch.nn.functional import cross_entropy

from regrade.data.generators import generator
from regrade.data.load import split_order
from regrade.data.pipeline import Stream
from regrade.studies.recipe import Recipe
from regrade.training import checkpoints
from regrade.training.engine import l1_norm
from regrade.training.progress import Progress
from regrade.training.replicate import Job, state_folder, train_replicate

FILES = {"history.csv", "summary.json", "provenance.json", "weights.safetensors", "weights.csv"}
AUGMENTED = {
    "training": [CROP, FLIP, TO_TENSOR, NORMALIZE],
    "evaluation": [TO_TENSOR, NORMALIZE],
}
DROPOUT_NET = {
    "kind": "chain",
    "layers": [
        {"kind": "conv", "channels": 4, "kernel": 5, "stride": 3},
        {"kind": "batch_norm"},
        {"kind": "relu"},
        {"kind": "channel_dropout", "probability": 0.2},
        {"kind": "flatten"},
        {"kind": "dropout", "probability": 0.3},
        {"kind": "linear", "features": "classes"},
    ],
}
WITHOUT_NORM = {
    "kind": "chain",
    "layers": [
        {"kind": "conv", "channels": 4, "kernel": 5, "stride": 3},
        {"kind": "relu"},
        {"kind": "flatten"},
        {"kind": "linear", "features": "classes"},
    ],
}
ADAM = {"kind": "adam", "learning_rate": 0.01, "weight_decay": 0.001}


class Killed(BaseException):
    """What a test ends a training process with."""


def history_of(job: Job) -> list[dict[str, float]]:
    """Read the measured cells of a history but the seconds, which differ from run to run."""
    with open(job.output / "history.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    return [{k: float(v) for k, v in row.items() if v and k != "seconds"} for row in rows]


def read_json(job: Job, name: str) -> dict:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{name} holds {constant}, which is not JSON")

    return json.loads((job.output / name).read_text(), parse_constant=refuse)


def weights_of(job: Job) -> bytes:
    return (job.output / "weights.safetensors").read_bytes()


def assert_same_bits(first: Job, second: Job) -> None:
    assert weights_of(first) == weights_of(second)
    assert history_of(first) == history_of(second)


def kill_after(monkeypatch: pytest.MonkeyPatch, epoch: int) -> None:
    """Let training die when an epoch is told: after its last step, before its checkpoint."""
    tell = Progress.finish_epoch

    def finish_epoch(self: Progress, row: dict) -> None:
        tell(self, row)
        if row["epoch"] == epoch:
            raise Killed

    monkeypatch.setattr(Progress, "finish_epoch", finish_epoch)


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


PLATEAU = make_recipe(
    optimizer=ADAM,
    schedule={"kind": "plateau", "factor": 0.5, "patience": 0, "threshold": 0.9},
    transforms=AUGMENTED,
    stop={"epochs": 4},
)
DROPOUT = make_recipe(
    model=DROPOUT_NET,
    transforms=AUGMENTED,
    stop={"epochs": 4},
    warmup_epochs=3,
    selection={"kind": "best_validation_accuracy", "test": True},
)


@pytest.mark.parametrize("recipe", [DROPOUT, PLATEAU], ids=["dropout", "plateau"])
@pytest.mark.parametrize("last", [1, 3, 4])
def test_a_killed_run_continues_to_the_same_bits(make_job, monkeypatch, recipe, last) -> None:
    whole, broken = make_job(recipe, "whole"), make_job(recipe, "broken")
    train_replicate(whole)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        kill_after(patch, last)
        train_replicate(broken)
    assert not broken.output.exists()
    torch.manual_seed(99)
    train_replicate(broken)
    assert_same_bits(whole, broken)
    resumed = [last - 1] if last > 1 else []
    assert read_json(broken, "provenance.json")["resumed_at_epochs"] == resumed
    first, second = (read_json(job, "summary.json") for job in (whole, broken))
    for summary in (first, second):
        del summary["seconds"], summary["last"]["seconds"]
    assert first == second
    if recipe is PLATEAU:
        assert len({row["lr"] for row in history_of(whole)}) > 1, "the plateau must be seen"


def test_a_run_may_be_killed_again_and_again(make_job, monkeypatch) -> None:
    whole, broken = make_job(DROPOUT, "whole"), make_job(DROPOUT, "broken")
    train_replicate(whole)
    for epoch in (2, 3, 4):
        with monkeypatch.context() as patch, pytest.raises(Killed):
            kill_after(patch, epoch)
            train_replicate(broken)
    train_replicate(broken)
    assert_same_bits(whole, broken)
    assert read_json(broken, "provenance.json")["resumed_at_epochs"] == [1, 2, 3]


def test_a_run_killed_while_it_writes_its_files_is_finished(make_job, monkeypatch) -> None:
    whole, broken = make_job(DROPOUT, "whole"), make_job(DROPOUT, "broken")
    train_replicate(whole)

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr("regrade.training.outputs.weight_histogram", die)
        train_replicate(broken)
    train_replicate(broken)
    assert_same_bits(whole, broken)


def checkpoint_of(job: Job) -> Path:
    (path,) = job.state.rglob(checkpoints.NAME)
    return path


@pytest.mark.parametrize("keep", [0, 1, 10, 500, 5_000, -1, -100, "text"])
def test_a_damaged_checkpoint_starts_training_anew(make_job, monkeypatch, capsys, keep) -> None:
    recipe = make_recipe(stop={"epochs": 2})
    whole, broken = make_job(recipe, "whole"), make_job(recipe, "broken")
    train_replicate(whole)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        kill_after(patch, 2)
        train_replicate(broken)
    path = checkpoint_of(broken)
    content = path.read_bytes()
    path.write_bytes(b"no checkpoint at all\n" if keep == "text" else content[:keep])
    capsys.readouterr()
    train_replicate(broken)
    assert_same_bits(whole, broken)
    assert read_json(broken, "provenance.json")["resumed_at_epochs"] == []
    told = capsys.readouterr().out
    assert str(path) in told and "damaged, training starts anew" in told


def test_a_checkpoint_belongs_to_one_replicate_alone(make_job) -> None:
    """Whatever may change its bits gives its state a folder of its own."""
    recipe = make_recipe()
    faster = make_recipe(optimizer=ADAM)
    jobs = [
        make_job(recipe),
        make_job(faster),
        make_job(recipe, seed=1),
        make_job(recipe, epochs=5),
        make_job(recipe, train_images=400),
        make_job(recipe, threads=2),
    ]
    folders = [state_folder(job, "checksum", "cpu") for job in jobs]
    folders += [state_folder(jobs[0], "other", "cpu"), state_folder(jobs[0], "checksum", "cuda")]
    assert len(set(folders)) == 8
    assert state_folder(make_job(recipe), "checksum", "cpu") == folders[0]


def test_a_checkpoint_of_another_replicate_is_not_continued(make_job, monkeypatch) -> None:
    recipe = make_recipe()
    with monkeypatch.context() as patch, pytest.raises(Killed):
        kill_after(patch, 3)
        train_replicate(make_job(recipe))
    job = make_job(recipe, seed=1)
    train_replicate(job)
    assert read_json(job, "provenance.json")["resumed_at_epochs"] == []


def test_the_state_of_a_complete_replicate_is_deleted(make_job) -> None:
    job = make_job(make_recipe())
    train_replicate(job)
    assert not list(job.state.rglob("*"))
    assert {path.name for path in job.output.iterdir()} == FILES


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
    assert not list(job.state.rglob("*"))
    assert (job.output / "history.csv").read_text().splitlines()[-1].split(",")[2] == "nan"


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


def test_a_penalty_with_gradient_shrinks_the_weights(make_job) -> None:
    plain, shrunk = penalised(make_job, None), penalised(make_job, True)
    before, after = (read_json(job, "summary.json")["weights"]["l1_norm"] for job in (plain, shrunk))
    assert after < before


def test_the_norm_counts_every_trainable_parameter_once() -> None:
    net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.fill_(-0.5)
    assert l1_norm(net).item() == 0.5 * (4 + 2 + 2 + 2)


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
    recipe: Recipe = make_recipe(stop={"epochs": 30})
    job = make_job(recipe, epochs=2, train_images=64)
    train_replicate(job)
    summary = read_json(job, "summary.json")
    assert (summary["epochs"], summary["recipe_epochs"], summary["train_images"]) == (2, 30, 64)
    tensors = load_file(job.output / "weights.safetensors")
    assert int(tensors["2.num_batches_tracked"]) == 2 * 2
