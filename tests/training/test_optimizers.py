"""Our optimizers give the bits of torch's own with the same kernels."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import torch
from tests.support.recipes import as_trainer_sees, make_recipe
from torch import nn

from regrade.training.losses import PENALTIES
from regrade.training.optimizers import build_optimizer

SGD = {"kind": "sgd", "learning_rate": 0.05, "momentum": 0.9, "weight_decay": 0.001}
ADAM = {"kind": "adam", "learning_rate": 0.01, "weight_decay": 0.001, "betas": [0.8, 0.99]}


def network() -> nn.Module:
    torch.manual_seed(3)
    layers = [nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 5)]
    return nn.Sequential(*layers).to(memory_format=torch.channels_last)


def train(net: nn.Module, optimizer: torch.optim.Optimizer, steps: range) -> None:
    for step in steps:
        for group in optimizer.param_groups:
            group["lr"] = 0.05 / (1 + step)
        images = torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(step))
        optimizer.zero_grad()
        net(images.to(memory_format=torch.channels_last)).square().mean().backward()
        optimizer.step()


def bits(net: nn.Module) -> list[bytes]:
    return [value.numpy().tobytes() for value in net.state_dict().values()]


RATE = {"learning_rate": 0.01}
DECAYED = RATE | {"weight_decay": 0.001}
optim = torch.optim
CASES = {
    "sgd": (SGD, lambda p: optim.SGD(p, 0.05, 0.9, weight_decay=0.001, fused=True)),
    "nesterov": (
        SGD | {"nesterov": True},
        lambda p: optim.SGD(p, 0.05, 0.9, weight_decay=0.001, nesterov=True, fused=True),
    ),
    "plain": (
        SGD | {"momentum": 0.0},
        lambda p: optim.SGD(p, 0.05, weight_decay=0.001, fused=True),
    ),
    "dampening": (
        SGD | {"dampening": 0.3},
        lambda p: optim.SGD(p, 0.05, 0.9, 0.3, weight_decay=0.001, fused=True),
    ),
    "adam": (ADAM, lambda p: optim.Adam(p, 0.01, (0.8, 0.99), weight_decay=0.001, fused=True)),
    "amsgrad": (
        ADAM | {"amsgrad": True, "eps": 1e-7},
        lambda p: optim.Adam(p, 0.01, (0.8, 0.99), 1e-7, 0.001, amsgrad=True, fused=True),
    ),
    "adamw": (
        ADAM | {"kind": "adamw"},
        lambda p: optim.AdamW(p, 0.01, (0.8, 0.99), weight_decay=0.001, fused=True),
    ),
    "rmsprop": (RATE | {"kind": "rmsprop"}, lambda p: optim.RMSprop(p, foreach=True)),
    "rmsprop with all": (
        DECAYED | {"kind": "rmsprop", "alpha": 0.9, "eps": 1e-7, "momentum": 0.8, "centered": True},
        lambda p: optim.RMSprop(p, 0.01, 0.9, 1e-7, 0.001, 0.8, centered=True, foreach=True),
    ),
    "adagrad": (RATE | {"kind": "adagrad"}, lambda p: optim.Adagrad(p, foreach=True)),
    "adagrad with all": (
        DECAYED
        | {"kind": "adagrad", "lr_decay": 0.1, "initial_accumulator_value": 0.1, "eps": 1e-7},
        lambda p: optim.Adagrad(p, 0.01, 0.1, 0.001, 0.1, 1e-7, foreach=True),
    ),
    "adadelta": (
        {"kind": "adadelta", "learning_rate": 1.0},
        lambda p: optim.Adadelta(p, foreach=True),
    ),
    "adadelta with all": (
        DECAYED | {"kind": "adadelta", "rho": 0.8, "eps": 1e-5},
        lambda p: optim.Adadelta(p, 0.01, 0.8, 1e-5, 0.001, foreach=True),
    ),
    "adamax": (DECAYED | {"kind": "adamax"}, lambda p: optim.Adamax(p, 0.01, weight_decay=0.001)),
    "nadam": (RATE | {"kind": "nadam"}, lambda p: optim.NAdam(p, foreach=True)),
    "nadam with all": (
        DECAYED | {"kind": "nadam", "betas": [0.8, 0.99], "decoupled_weight_decay": True},
        lambda p: optim.NAdam(
            p, 0.01, (0.8, 0.99), 1e-8, 0.001, decoupled_weight_decay=True, foreach=True
        ),
    ),
    "radam": (
        DECAYED | {"kind": "radam", "betas": [0.8, 0.9]},
        lambda p: optim.RAdam(p, 0.01, (0.8, 0.9), 1e-8, 0.001, foreach=True),
    ),
    "radam decoupled": (
        DECAYED | {"kind": "radam", "decoupled_weight_decay": True},
        lambda p: optim.RAdam(
            p, 0.01, weight_decay=0.001, decoupled_weight_decay=True, foreach=True
        ),
    ),
    "asgd": (
        DECAYED | {"kind": "asgd", "lambd": 0.1, "alpha": 0.5},
        lambda p: optim.ASGD(p, 0.01, 0.1, 0.5, weight_decay=0.001, foreach=True),
    ),
    "rprop": (RATE | {"kind": "rprop"}, lambda p: optim.Rprop(p, foreach=True)),
    "rprop with all": (
        RATE | {"kind": "rprop", "etas": [0.4, 1.5], "step_sizes": [1e-3, 0.02]},
        lambda p: optim.Rprop(p, 0.01, (0.4, 1.5), (1e-3, 0.02), foreach=True),
    ),
}
STEPS = 12
"""More than RAdam waits for."""


@pytest.mark.parametrize("name", CASES)
def test_the_bits_are_those_of_torchs_own_optimizers(name: str) -> None:
    word, theirs = CASES[name]
    ours, reference = network(), network()
    recipe = as_trainer_sees(make_recipe(optimizer=word))
    train(ours, build_optimizer(recipe, ours), range(STEPS))
    train(reference, theirs(reference.parameters()), range(STEPS))
    if name == "asgd":
        # torch computes its rate in single precision, we in double.
        for a, b in zip(ours.parameters(), reference.parameters(), strict=True):
            torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-7)
    else:
        assert bits(ours) == bits(reference)


@pytest.mark.parametrize("name", CASES)
def test_a_restored_optimizer_goes_on_with_the_same_bits(name: str, tmp_path) -> None:
    word, _ = CASES[name]
    recipe = as_trainer_sees(make_recipe(optimizer=word))
    whole, broken = network(), network()
    train(whole, build_optimizer(recipe, whole), range(6))
    first = build_optimizer(recipe, broken)
    train(broken, first, range(3))
    torch.save(first.state_dict(), tmp_path / "state")
    second = build_optimizer(recipe, broken)
    second.load_state_dict(torch.load(tmp_path / "state", weights_only=True))
    train(broken, second, range(3, 6))
    assert bits(whole) == bits(broken)


def test_decay_of_kernels_alone_spares_biases_and_norms() -> None:
    word = ADAM | {"weight_decay_on": "kernels", "weight_decay": 0.1}
    ours, reference = network(), network()
    recipe = as_trainer_sees(make_recipe(optimizer=word))
    train(ours, build_optimizer(recipe, ours), range(4))
    kernels = [p for name, p in reference.named_parameters() if name in ("0.weight", "4.weight")]
    others = [p for name, p in reference.named_parameters() if name not in ("0.weight", "4.weight")]
    groups = [{"params": kernels, "weight_decay": 0.1}, {"params": others}]
    train(reference, optim.Adam(groups, 0.01, (0.8, 0.99), fused=True), range(4))
    assert bits(ours) == bits(reference)


class Tokens(nn.Module):
    """What networks of today have beside layers: a token, positions, scales."""

    def __init__(self) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.zeros(1, 1, 4))
        self.scale = nn.Parameter(torch.ones(4, 1, 1))
        self.attention = nn.MultiheadAttention(4, 2)
        self.conv = nn.ConvTranspose2d(3, 4, 3)
        self.norm = nn.LayerNorm((4, 6, 6))
        self.linear = nn.Linear(4, 2)
        self.frozen = nn.Linear(2, 2).requires_grad_(False)


KERNELS = ["attention.in_proj_weight", "attention.out_proj.weight", "conv.weight", "linear.weight"]


def test_kernels_are_weights_of_convolutions_and_linear_layers_alone() -> None:
    """Not whatever has several dimensions: layer norms, tokens and scales have them, too."""
    net = Tokens()
    names = {id(parameter): name for name, parameter in net.named_parameters()}
    word = as_trainer_sees(make_recipe(optimizer=ADAM | {"weight_decay_on": "kernels"}))
    kernels, others = build_optimizer(word, net).groups
    assert [names[id(parameter)] for parameter in kernels.parameters] == KERNELS
    trained = {name for name, parameter in net.named_parameters() if parameter.requires_grad}
    assert {names[id(parameter)] for parameter in others.parameters} == trained - {*KERNELS}
    penalty = make_recipe(penalty={"kind": "l2", "strength": 1.0, "of": "kernels"}).penalty
    expected = sum(float(net.get_parameter(name).detach().square().sum()) for name in KERNELS)
    assert PENALTIES["l2"](penalty, net).item() == pytest.approx(expected)


def test_training_imports_no_compiler_of_torch() -> None:
    """It would take a second of every job."""
    program = """
import json, sys, torch
from regrade.studies.recipe import Recipe
from regrade.training.devices import prepare_device
from regrade.training.losses import PENALTIES
from regrade.training.optimizers import build_optimizer
from regrade.training import replicate
prepare_device("cpu", 1)
for recipe in map(Recipe.model_validate, json.loads(sys.argv[1])):
    layer = torch.nn.Linear(2, 2)
    optimizer = build_optimizer(recipe, layer)
    optimizer.zero_grad()
    layer(torch.ones(1, 2)).sum().backward()
    optimizer.step()
print([name for name in ("torch._dynamo", "torch._inductor", "torchvision") if name in sys.modules])
"""
    recipes = [make_recipe(optimizer=word).model_dump(mode="json") for word, _ in CASES.values()]
    found = subprocess.run(
        [sys.executable, "-c", program, json.dumps(recipes)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == "[]"
