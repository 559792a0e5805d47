"""The files of a replicate: what they hold, and that they agree with each other."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from tests.support.recipes import NORMALIZE, make_recipe
from torch import nn
from torch.nn.functional import cross_entropy

from regrade.errors import UserError
from regrade.fingerprint import numerics_fingerprint, recipe_hash
from regrade.models.build import build_network
from regrade.studies.execution import Budget
from regrade.training.job import Job
from regrade.training.outputs import weight_histogram
from regrade.training.replicate import train_replicate

RUINED_AT_LAST = {"kind": "table", "rates": {1: 0.05, 3: 30.0}}
"""Two epochs that learn and a third that undoes it: the best epoch is not the last."""

WITHOUT_SHIFT = {
    "kind": "chain",
    "layers": [
        {"kind": "conv", "channels": 4, "kernel": 5, "stride": 3},
        {"kind": "batch_norm", "affine": False},
        {"kind": "relu"},
        {"kind": "flatten"},
        {"kind": "linear", "features": "classes"},
    ],
}


def read(job: Job) -> SimpleNamespace:
    """Read the files of a replicate."""
    with open(job.output / "history.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    with open(job.output / "weights.csv", newline="") as file:
        bins = list(csv.DictReader(file))
    return SimpleNamespace(
        history=rows,
        bins=bins,
        summary=json.loads((job.output / "summary.json").read_text()),
        provenance=json.loads((job.output / "provenance.json").read_text()),
        weights=load_file(job.output / "weights.safetensors"),
    )


def test_the_summary_reads_off_the_history(make_job) -> None:
    job = make_job(make_recipe(schedule=RUINED_AT_LAST))
    train_replicate(job)
    found = read(job)
    summary, rows = found.summary, found.history
    accuracies = [float(row["validation_accuracy"]) for row in rows]
    losses = [float(row["validation_loss"]) for row in rows]
    best = max(accuracies)
    assert summary["best"]["validation_accuracy"] == {
        "epoch": accuracies.index(best) + 1,
        "value": best,
    }
    assert summary["lowest"]["validation_loss"]["value"] == min(losses)
    assert summary["selected_epoch"] == accuracies.index(best) + 1 < 3
    assert summary["last"]["validation_accuracy"] == accuracies[-1]
    assert "test_accuracy" not in summary["last"]
    assert summary["seconds"] == pytest.approx(sum(float(row["seconds"]) for row in rows))
    assert summary["diverged_at_epoch"] is None
    assert summary["selected_test_accuracy"] is None
    assert (summary["scale"], summary["share"], summary["epochs"]) == ("full", 1.0, 3)
    assert [float(row["lr"]) for row in rows] == [0.05, 0.05, 30.0]
    assert all(row["test_loss"] == "" for row in rows)
    assert (summary["train_images"], summary["scored_images"]) == (500, 100)
    shift = float(found.weights["2.bias"].abs().max())
    assert summary["largest_batch_norm_shift"] == pytest.approx(shift)


def test_the_selected_network_is_tested_and_the_last_one_kept(make_job) -> None:
    """Its score is that of a run that ends at the selected epoch."""
    selection = {"kind": "best_validation_accuracy", "test": True}
    job = make_job(make_recipe(schedule=RUINED_AT_LAST, selection=selection), "whole")
    train_replicate(job)
    whole = read(job)
    epoch = whole.summary["selected_epoch"]
    shorter = make_job(make_recipe(schedule=RUINED_AT_LAST), "short", epochs=epoch)
    train_replicate(shorter)
    network = build_network(shorter.recipe.model, 10, 32)
    network.load_state_dict(read(shorter).weights)
    loss, accuracy = score_by_hand(network.eval(), job)
    assert whole.summary["selected_test_accuracy"] == pytest.approx(accuracy)
    assert whole.summary["selected_test_loss"] == pytest.approx(loss, rel=1e-5)
    assert whole.summary["selected_test_image_accuracy"] == pytest.approx(accuracy)
    network.load_state_dict(whole.weights)
    _, accuracy = score_by_hand(network.eval(), job)
    assert whole.summary["last_test_accuracy"] == pytest.approx(accuracy)
    longest = make_job(make_recipe(schedule=RUINED_AT_LAST), "untested")
    train_replicate(longest)
    last = read(longest).weights
    assert all(torch.equal(whole.weights[name], last[name]) for name in last)


def score_by_hand(network: nn.Module, job: Job) -> tuple[float, float]:
    with np.load(job.data) as file:
        pixels = torch.from_numpy(file["test_images"]).permute(0, 3, 1, 2) / 255.0
        labels = torch.from_numpy(file["test_labels"]).long()
    mean, std = (torch.tensor(NORMALIZE[key]).view(3, 1, 1) for key in ("mean", "std"))
    with torch.no_grad():
        logits = network((pixels - mean) / std)
    batches = zip(logits.split(30), labels.split(30), strict=True)
    loss = np.mean([cross_entropy(*batch).item() for batch in batches])
    return float(loss), (logits.argmax(1) == labels).double().mean().item()


def test_batch_norms_without_a_shift_of_their_own_have_no_largest_one(make_job) -> None:
    job = make_job(make_recipe(model=WITHOUT_SHIFT, stop={"epochs": 1}))
    train_replicate(job)
    assert read(job).summary["largest_batch_norm_shift"] is None


def test_a_preview_tests_the_selected_network_on_few_images(make_job) -> None:
    """The whole test set would cost a large network more than all the rest of the preview."""
    selection = {"kind": "last_epoch", "test": True}
    job = make_job(make_recipe(selection=selection), epochs=1)
    preview = Budget("preview", 1, 64, 20, 20, 0.1)
    job = Job(**(vars(job) | {"budget": preview}))
    train_replicate(job)
    summary = read(job).summary
    assert (summary["scored_images"], summary["test_images"]) == (20, 20)
    assert summary["selected_test_accuracy"] * 20 == pytest.approx(
        round(summary["selected_test_accuracy"] * 20)
    )
    assert (summary["scale"], summary["share"]) == ("preview", 0.1)


def test_images_that_drop_out_of_the_last_batch_are_not_counted_as_scored(make_job) -> None:
    batches = {"training": 32, "evaluation": 30, "drop_last_evaluation": True}
    job = make_job(make_recipe(batches=batches), epochs=1)
    train_replicate(job)
    assert read(job).summary["scored_images"] == 90


def test_a_network_that_never_passed_the_floor_is_the_last_one(make_job) -> None:
    selection = {"kind": "best_validation_accuracy", "test": True, "floor": 1.0}
    job = make_job(make_recipe(schedule=RUINED_AT_LAST, selection=selection))
    train_replicate(job)
    found = read(job)
    assert found.summary["selected_epoch"] == 3
    network = build_network(job.recipe.model, 10, 32)
    network.load_state_dict(found.weights)
    _, accuracy = score_by_hand(network.eval(), job)
    assert found.summary["selected_test_accuracy"] == pytest.approx(accuracy)


def test_a_run_that_is_scored_on_the_test_set_has_no_validation_columns(make_job) -> None:
    recipe = make_recipe(
        split={"kind": "none"}, evaluate="test", selection={"kind": "best_test_accuracy"}
    )
    job = make_job(recipe, epochs=1)
    train_replicate(job)
    (row,) = read(job).history
    assert row["validation_loss"] == row["validation_accuracy"] == ""
    assert 0 <= float(row["test_accuracy"]) <= 1


def test_the_histogram_counts_every_trainable_parameter_once(make_job) -> None:
    job = make_job(make_recipe(), epochs=1)
    train_replicate(job)
    found = read(job)
    trainable = [v for k, v in found.weights.items() if k.endswith(("weight", "bias"))]
    values = torch.cat([value.flatten().double() for value in trainable])
    counts = [int(row["count"]) for row in found.bins]
    assert sum(counts) == len(values) == found.summary["weights"]["count"]
    assert found.summary["weights"]["l1_norm"] == pytest.approx(float(values.abs().sum()))
    assert (len(counts), found.bins[0]["low"], found.bins[-1]["high"]) == (2002, "-inf", "inf")
    assert [row["high"] for row in found.bins[:-1]] == [row["low"] for row in found.bins[1:]]
    for row in found.bins:
        low, high = float(row["low"]), float(row["high"])
        inside = ((values >= low - 1e-9) & (values < high - 1e-9)).sum()
        assert int(row["count"]) == inside, row


def test_the_histogram_has_open_ends() -> None:
    network = nn.Linear(5, 1, bias=False)
    with torch.no_grad():
        network.weight.copy_(torch.tensor([[-3.0, -1.0, 0.0, 0.9999, 1.0]]))
    rows = weight_histogram(network).splitlines()[1:]
    counts = {row.rsplit(",", 1)[0]: int(row.rsplit(",", 1)[1]) for row in rows}
    filled = {place: count for place, count in counts.items() if count}
    assert filled == {
        "-inf,-1.000": 1,
        "-1.000,-0.999": 1,
        "0.000,0.001": 1,
        "0.999,1.000": 1,
        "1.000,inf": 1,
    }


def test_the_provenance_says_how_the_numbers_came_about(make_job) -> None:
    job = make_job(make_recipe(), epochs=1, seed=5)
    train_replicate(job)
    found = read(job).provenance
    assert set(found) == {
        "schema_version",
        *("study", "run", "seed", "scale", "budget", "recipe", "recipe_hash", "data", "code"),
        *("modules", "files", "commit", "digest"),
        "version",
        *("packages", "python", "platform", "device", "repeatable", "precision", "threads"),
        "wanted_precision",
        *("memory_format", "processor", "cpu_capability", "cuda"),
        *("optimizer_kernel", "started", "finished", "wall_s", "resumed_at_epochs"),
    }
    assert found["recipe"] == json.loads(job.recipe_json)
    assert found["recipe_hash"] == recipe_hash(job.recipe_json)
    assert (found["study"], found["run"], found["seed"]) == ("tiny", "A1", 5)
    assert found["code"] == numerics_fingerprint(job.recipe_json)
    assert found["data"] == {
        key: value for key, value in job.card().items() if key in ("dataset", "source", "checksum")
    }
    assert found["packages"]["torch"] == torch.__version__
    assert {"numpy", "safetensors"} <= set(found["packages"])
    assert found["started"] <= found["finished"]


def test_a_data_set_without_a_readable_card_is_told(make_job) -> None:
    job = make_job(make_recipe())
    other = job.output.parent / "cifar10.npz"
    other.parent.mkdir(parents=True)
    other.write_bytes(job.data.read_bytes())
    with pytest.raises(UserError, match=r"cifar10\.json: the card of the data set cannot be read"):
        Job(**(vars(job) | {"data": other})).card()


def test_a_device_that_does_not_exist_is_told(make_job) -> None:
    job = make_job(make_recipe())
    with pytest.raises(UserError, match="device: 'cuda:99' cannot be used here"):
        train_replicate(Job(**(vars(job) | {"device": "cuda:99"})))


def test_a_run_whose_pretrained_weights_cannot_be_had_says_so(make_job, tmp_path: Path) -> None:
    model = {"kind": "torchvision", "name": "resnet18", "pretrained": True}
    job = make_job(make_recipe(model=model), weights=tmp_path / "missing.pth")
    train_replicate(job)
    found = read(job)
    assert "missing.pth cannot be read" in found.summary["not_measured"]
    assert found.history == []
    assert {row["count"] for row in found.bins} == {"0"}
