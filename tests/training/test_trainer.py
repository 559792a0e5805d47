"""What makes the trainer fast changes no bit; what changes bits is recorded."""

from __future__ import annotations

import copy
import hashlib

import pytest
import torch
from tests.support.recipes import FLIP, NORMALIZE, TO_TENSOR, as_trainer_sees, make_recipe
from tests.support.replicates import ADAM, DROPOUT_NET, read_json
from torch.nn import functional

from regrade.data.load import ImageSet
from regrade.models.build import build_model
from regrade.studies.recipe import Recipe
from regrade.training.mixing import Mixed
from regrade.training.optimizers import build_optimizer
from regrade.training.precision import usable_precision
from regrade.training.prefetch import prefetch
from regrade.training.replicate import train_replicate
from regrade.training.trainer import Trainer

CPU = torch.device("cpu")
ROTATED = {
    "training": [{"kind": "trivial_augment_wide"}, FLIP, TO_TENSOR, NORMALIZE],
    "evaluation": [TO_TENSOR, NORMALIZE],
}
RESIDUAL = {
    "kind": "chain",
    "layers": [
        {"kind": "conv", "channels": 4, "kernel": 3, "stride": 2, "padding": 1},
        {
            "kind": "residual",
            "layers": [
                {"kind": "conv", "channels": 4, "kernel": 3, "padding": 1},
                {"kind": "batch_norm"},
            ],
        },
        {"kind": "relu"},
        {"kind": "flatten"},
        {"kind": "linear", "features": "classes"},
    ],
}


def stages(block: str, shortcut: dict) -> dict:
    return {
        "kind": "stages",
        "stem": {"channels": 4},
        "block": {"kind": block},
        "shortcut": shortcut,
        "blocks": [1, 1],
        "channels": [4, 8],
    }


def image_set(count: int = 60) -> ImageSet:
    generator = torch.Generator().manual_seed(1)
    pixels = torch.randint(0, 256, (count, 32, 32, 3), generator=generator, dtype=torch.uint8)
    return ImageSet(pixels, torch.randint(0, 10, (count,), generator=generator))


def trained(recipe: Recipe, ahead: int = 0, precision: str = "float32") -> str:
    """Train two epochs and give a digest of losses and weights."""
    word = as_trainer_sees(recipe)
    torch.manual_seed(0)
    network = build_model(word.model, 10, 32).to(memory_format=torch.channels_last)
    optimizer = build_optimizer(word, network)
    trainer = Trainer(word, network, optimizer, image_set(), 2, CPU, precision)
    trainer.prefetched = ahead
    digest = hashlib.sha256()
    for epoch in (1, 2):
        digest.update(repr(trainer.train_epoch(epoch, lambda _: None)).encode())
    for value in network.state_dict().values():
        digest.update(value.numpy().tobytes())
    return digest.hexdigest()


@pytest.mark.parametrize("ahead", [1, 4, 99])
def test_prefetched_batches_give_the_same_bits(ahead: int) -> None:
    recipe = make_recipe(model=DROPOUT_NET, transforms=ROTATED)
    assert trained(recipe, ahead) == trained(recipe)


def test_what_is_prefetched_comes_in_order_and_ends() -> None:
    assert list(prefetch(iter(range(20)), 3)) == list(range(20))
    assert list(prefetch(iter([]), 3)) == []


def test_a_mistake_ahead_reaches_the_trainer() -> None:
    def items():
        yield 1
        raise ValueError("no more")

    found = prefetch(items(), 3)
    assert next(found) == 1
    with pytest.raises(ValueError, match="no more"):
        next(found)


FAMILIES = {
    "chain": DROPOUT_NET,
    "residual": RESIDUAL,
    "basic": stages("basic", {"kind": "projection"}),
    "pad": stages("basic", {"kind": "pad", "subsample": "average_pool"}),
    "separable": stages("separable", {"kind": "none"}),
    "torchvision": {"kind": "torchvision", "name": "resnet18", "pretrained": False},
}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("optimizer", [None, ADAM], ids=["sgd", "adam"])
def test_the_same_seed_gives_the_same_bits_in_every_family(family: str, optimizer) -> None:
    changes = {"optimizer": optimizer} if optimizer else {}
    recipe = make_recipe(model=FAMILIES[family], transforms=ROTATED, **changes)
    assert trained(recipe) == trained(recipe)


def test_bf16_is_another_arithmetic_that_repeats() -> None:
    recipe = make_recipe(model=DROPOUT_NET)
    assert trained(recipe, precision="bf16") == trained(recipe, precision="bf16")
    assert trained(recipe, precision="bf16") != trained(recipe)


def depthwise() -> torch.nn.Module:
    return torch.nn.Sequential(torch.nn.Conv2d(4, 4, 3, groups=4))


@pytest.mark.parametrize(
    ("wanted", "network", "used"),
    [
        ("float32", depthwise(), "float32"),
        ("bf16", torch.nn.Conv2d(3, 4, 3), "bf16"),
        ("bf16", depthwise(), "float32"),
        ("tf32", torch.nn.Conv2d(3, 4, 3), "float32"),
    ],
)
def test_a_precision_that_loses_is_refused_with_a_reason(wanted, network, used, capsys) -> None:
    assert usable_precision(wanted, network, CPU) == used
    said = capsys.readouterr().out
    assert (f"precision: {wanted} refused, float32 is used" in said) is (wanted != used)


def trained_for(stop: dict, **changes) -> tuple[list[int], dict]:
    """Train all epochs; return the steps of each, and the network in the end."""
    recipe = as_trainer_sees(make_recipe(stop=stop, **changes))
    torch.manual_seed(0)
    network = build_model(recipe.model, 10, 32).to(memory_format=torch.channels_last)
    optimizer = build_optimizer(recipe, network)
    trainer = Trainer(recipe, network, optimizer, image_set(), 3, CPU)
    counts: list[list[int]] = [[] for _ in range(recipe.stop.epochs)]
    for epoch, steps in enumerate(counts, start=1):
        trainer.train_epoch(epoch, steps.append)
    return [len(steps) for steps in counts], network.state_dict()


@pytest.mark.parametrize("mix", [None, {"kind": "mixup"}])
def test_a_training_ends_with_its_last_step(mix: dict | None) -> None:
    """Before that, its steps are those of the whole epochs."""
    batches = {"training": 20, "evaluation": 20}
    changes = {"batches": batches, "mix": mix, "split": {"kind": "none"}, "evaluate": "test"}
    assert trained_for({"epochs": 2, "steps": 5}, **changes)[0] == [3, 2]
    whole, steps = (trained_for({"epochs": 2} | stop, **changes) for stop in ({}, {"steps": 6}))
    assert whole[0] == steps[0] == [3, 3]
    assert all(torch.equal(value, steps[1][key]) for key, value in whole[1].items())


@pytest.mark.parametrize(
    ("kind", "share"), [("mixup", 0.3), ("cutmix", 1 - 8 * 8 / 32**2)], ids=["mixup", "cutmix"]
)
def test_a_mixed_step_scores_soft_labels(
    kind: str, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CutMix: a box of 16 pixels about a corner of the image, of which 8 lie inside."""
    batches = {"training": 60, "evaluation": 60, "shuffle": False}
    recipe = as_trainer_sees(make_recipe(mix={"kind": kind}, batches=batches))
    torch.manual_seed(0)
    network, shown = build_model(recipe.model, 10, 32), image_set()
    untrained = copy.deepcopy(network).train()
    trainer = Trainer(recipe, network, build_optimizer(recipe, network), shown, 3, CPU)
    partners = torch.arange(60).roll(7)
    mixed = Mixed(partners, {"mixup": 0.3, "cutmix": 0.75}[kind], (0.0, 0.0))
    monkeypatch.setattr(trainer, "_mixes", lambda _: iter([mixed]))
    found = trainer.train_epoch(1, lambda _: None)
    mean, std = (torch.tensor(NORMALIZE[name]).view(3, 1, 1) for name in ("mean", "std"))
    images = (shown.images.permute(0, 3, 1, 2) / 255 - mean) / std
    if kind == "mixup":
        inputs = share * images + (1 - share) * images[partners]
    else:
        inputs = images.clone()
        inputs[:, :, :8, :8] = images[partners][:, :, :8, :8]
    one_hot = functional.one_hot(shown.labels, 10).float()
    soft = share * one_hot + (1 - share) * one_hot[partners]
    with torch.no_grad():
        logits = untrained(inputs)
    assert found.loss == pytest.approx(float(functional.cross_entropy(logits, soft)), rel=1e-5)
    correct = soft.gather(1, logits.argmax(1, keepdim=True))
    assert found.accuracy == pytest.approx(float(correct.mean()), rel=1e-5)
    assert 0 < found.accuracy < 1


def test_the_precision_that_was_used_is_recorded(make_job) -> None:
    for wanted, used in (("bf16", "bf16"), ("tf32", "float32")):
        job = make_job(make_recipe(stop={"epochs": 1}), wanted, precision=wanted)
        train_replicate(job)
        assert read_json(job, "provenance.json")["precision"] == used
