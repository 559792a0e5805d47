"""Whatever the studies do runs on an accelerator too: tried on the strict device, at tiny size."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.support.device_training import run
from tests.support.fake_device import NAME, transfers
from tests.support.networks import chain, conv, linear
from tests.support.recipes import NORMALIZE, TO_TENSOR, make_recipe
from tests.support.replicates import ADAM, AUGMENTED, DROPOUT_NET

from regrade.models.portable import RepeatableAdaptivePool
from regrade.studies.execution import PRECISIONS
from regrade.studies.load import load_study
from regrade.studies.resolve import resolve
from regrade.training.replicate import train_replicate

pytestmark = pytest.mark.usefixtures("repeatable")

STUDIES = Path(__file__).parents[2] / "studies"
CPU, FAKE = torch.device("cpu"), torch.device("privateuseone")
SMALL = 40
"""Side to which resized images are resized here, instead of ImageNet's 224 pixels."""


@cache
def recipes() -> list[Any]:
    return [
        run.recipe for path in sorted(STUDIES.glob("*.yaml")) for run in resolve(load_study(path))
    ]


def pipelines() -> dict[str, dict[str, Any]]:
    """Return every pair of transforms that a study has, once, with smaller images where resized."""
    found = {}
    for recipe in recipes():
        words = recipe.transforms.model_dump(mode="json")
        for part in words.values():
            for word in part:
                if word["kind"] in ("resize", "random_crop") and word["size"] > SMALL:
                    word["size"] = SMALL
        found[json.dumps(words, sort_keys=True)] = words
    return {
        f"{number}-" + "-".join(word["kind"] for word in words["training"]): words
        for number, words in enumerate(found.values())
    }


POOLING = chain(conv(4, 5, stride=2), {"kind": "relu"}, {"kind": "flatten"}, linear())


@pytest.mark.parametrize("name", pipelines())
def test_the_transforms_of_every_study_give_the_same_there(name: str) -> None:
    words = pipelines()[name]
    recipe = make_recipe(
        transforms=words, model=POOLING, batches={"training": 16, "evaluation": 20}
    )
    on_device, crossed = run(recipe, FAKE)
    assert crossed == []
    assert on_device == run(recipe, CPU)[0]


def architectures() -> dict[str, dict[str, Any]]:
    """Return a small network of every kind of layer, block, shortcut and library model."""
    stages = {"kind": "stages", "stem": {"channels": 4, "kernel": 3, "bias": False}}
    sizes = {"blocks": [1, 1], "channels": [4, 8]}
    basic = {"kind": "basic", "kernel": 3, "bias": False}
    separable = {"kind": "separable", "kernel": 3, "bias": False}
    projection = {"kind": "projection", "kernel": 1, "bias": False, "batch_norm": True}
    found = {
        "every-layer": chain(
            *[conv(4, 3), {"kind": "batch_norm"}, {"kind": "relu"}, conv(4, 3)],
            *[{"kind": "leaky_relu"}, {"kind": "max_pool", "kernel": 2}],
            {
                "kind": "residual",
                "layers": [conv(4, 3, padding=1), {"kind": "batch_norm"}, {"kind": "tanh"}],
            },
            *[{"kind": "average_pool", "kernel": 2}, {"kind": "sigmoid"}, {"kind": "flatten"}],
            *[linear(6), {"kind": "batch_norm"}, {"kind": "tanh"}, linear()],
        ),
        "dropout": DROPOUT_NET,
        "none": {**stages, **sizes, "block": basic, "shortcut": {"kind": "none"}},
        "projection": {**stages, **sizes, "block": basic, "shortcut": projection},
        "separable": {**stages, **sizes, "block": separable, "shortcut": {"kind": "none"}},
    }
    for subsample in ("stride", "average_pool", "max_pool"):
        shortcut = {"kind": "pad", "subsample": subsample}
        found[f"pad-{subsample}"] = {**stages, **sizes, "block": basic, "shortcut": shortcut}
    return found


@pytest.mark.parametrize(
    "word", [None, ADAM, {**ADAM, "kind": "adamw"}], ids=["sgd", "adam", "adamw"]
)
@pytest.mark.parametrize("name", architectures())
def test_every_family_and_optimizer_gives_the_same_there(name: str, word: dict | None) -> None:
    changes = {"optimizer": word} if word else {}
    recipe = make_recipe(
        model=architectures()[name], batches={"training": 16, "evaluation": 20}, **changes
    )
    on_device, crossed = run(recipe, FAKE)
    assert crossed == []
    assert on_device == run(recipe, CPU)[0]


@pytest.mark.parametrize("sides", [(2, 3), (7, 7), (6, 5)])
def test_adaptive_pooling_is_the_same_with_a_backward_pass_that_repeats(
    sides: tuple[int, int],
) -> None:
    pool = RepeatableAdaptivePool((6, 6))
    images = torch.rand(2, 3, *sides)
    expected = pool(images.requires_grad_())
    expected.square().sum().backward()
    there = images.detach().to(FAKE).requires_grad_()
    found = pool(there)
    found.square().sum().backward()
    torch.testing.assert_close(found.detach().cpu(), expected.detach())
    torch.testing.assert_close(there.grad.cpu(), images.grad)


def test_adaptive_pooling_that_changes_nothing_is_left_out_there() -> None:
    images = torch.rand(1, 2, 6, 6).to(FAKE)
    assert RepeatableAdaptivePool((6, 6))(images) is images


@pytest.mark.slow  # 57 million parameters
def test_alexnet_of_torchvision_trains_there() -> None:
    recipe = make_recipe(
        model={"kind": "torchvision", "name": "alexnet"},
        transforms={
            "training": [{"kind": "resize", "size": 64}, TO_TENSOR, NORMALIZE],
            "evaluation": [{"kind": "resize", "size": 64}, TO_TENSOR, NORMALIZE],
        },
        batches={"training": 30, "evaluation": 60},
        optimizer={"kind": "sgd", "learning_rate": 0.001},
    )
    (first, *_), crossed = run(recipe, FAKE)
    assert crossed == []
    (expected, *_), _ = run(recipe, CPU)
    assert first.loss == pytest.approx(expected.loss, rel=1e-4)


def history(job: Any) -> list[dict[str, str]]:
    with (job.output / "history.csv").open(newline="", encoding="utf-8") as file:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)]


def numbers(row: dict[str, str]) -> dict[str, float]:
    return {name: float(cell) for name, cell in row.items() if cell}


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_whole_replicate_with_checkpoint_and_files_is_the_same_there(
    make_job: Callable, monkeypatch: pytest.MonkeyPatch, precision: str
) -> None:
    recipe = make_recipe(
        transforms=AUGMENTED,
        selection={"kind": "best_validation_accuracy", "test": True},
        schedule={"kind": "plateau", "factor": 0.5, "patience": 1},
    )
    here = make_job(recipe, "here", precision=precision)
    there = make_job(recipe, "there", device=NAME, precision=precision)
    again = make_job(recipe, "again", device=NAME, precision=precision)
    train_replicate(here)
    train_replicate(there)
    _stop_after_two_epochs(again, monkeypatch)
    train_replicate(again)
    assert history(there) == history(again)
    for name in ("weights.safetensors", "weights.csv"):
        assert (there.output / name).read_bytes() == (again.output / name).read_bytes()
    if precision != "bf16":
        for found, expected in zip(history(there), history(here), strict=True):
            assert numbers(found) == pytest.approx(numbers(expected), rel=1e-4)
    provenance = json.loads((there.output / "provenance.json").read_text())
    assert provenance["repeatable"] is True and "fake" in provenance["device"].lower()


def _stop_after_two_epochs(job: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from regrade.training import checkpoints

    saved = []

    def save(folder: Path, *what: Any) -> None:
        original(folder, *what)
        saved.append(folder)
        if len(saved) == 2:
            raise KeyboardInterrupt

    original = checkpoints.save
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(checkpoints, "save", save)
        train_replicate(job)


def test_float64_is_refused_there() -> None:
    with pytest.raises(TypeError, match="float64"), transfers():
        torch.zeros(2, dtype=torch.float64).to(FAKE)
