"""Our optimizers give the bits of torch's own with the same kernels."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from tests.support.recipes import as_trainer_sees, make_recipe
from torch import nn

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


CASES = [
    (SGD, lambda p: torch.optim.SGD(p, 0.05, 0.9, weight_decay=0.001, fused=True)),
    (
        SGD | {"nesterov": True},
        lambda p: torch.optim.SGD(p, 0.05, 0.9, weight_decay=0.001, nesterov=True, fused=True),
    ),
    (SGD | {"momentum": 0.0}, lambda p: torch.optim.SGD(p, 0.05, weight_decay=0.001, fused=True)),
    (ADAM, lambda p: torch.optim.Adam(p, 0.01, (0.8, 0.99), weight_decay=0.001, fused=True)),
    (
        ADAM | {"kind": "adamw"},
        lambda p: torch.optim.AdamW(p, 0.01, (0.8, 0.99), weight_decay=0.001, fused=True),
    ),
]


@pytest.mark.parametrize(
    ("word", "theirs"), CASES, ids=["sgd", "nesterov", "plain", "adam", "adamw"]
)
def test_the_bits_are_those_of_torchs_fused_optimizers(word, theirs) -> None:
    ours, reference = network(), network()
    recipe = as_trainer_sees(make_recipe(optimizer=word))
    train(ours, build_optimizer(recipe, ours.parameters()), range(6))
    train(reference, theirs(reference.parameters()), range(6))
    assert bits(ours) == bits(reference)


@pytest.mark.parametrize("word", [SGD, ADAM], ids=["sgd", "adam"])
def test_a_restored_optimizer_goes_on_with_the_same_bits(word, tmp_path) -> None:
    recipe = as_trainer_sees(make_recipe(optimizer=word))
    whole, broken = network(), network()
    train(whole, build_optimizer(recipe, whole.parameters()), range(6))
    first = build_optimizer(recipe, broken.parameters())
    train(broken, first, range(3))
    torch.save(first.state_dict(), tmp_path / "state")
    second = build_optimizer(recipe, broken.parameters())
    second.load_state_dict(torch.load(tmp_path / "state", weights_only=True))
    train(broken, second, range(3, 6))
    assert bits(whole) == bits(broken)


def test_training_imports_no_compiler_of_torch() -> None:
    """It would take a second of every job."""
    program = """
import sys, types, torch
from regrade.training.devices import prepare_device
from regrade.training.optimizers import FusedSgd
from regrade.training import replicate
prepare_device("cpu", 1)
layer = torch.nn.Linear(2, 2)
word = types.SimpleNamespace(learning_rate=0.1, momentum=0.9, weight_decay=0.0, nesterov=False)
optimizer = FusedSgd(layer.parameters(), word)
optimizer.zero_grad()
layer(torch.ones(1, 2)).sum().backward()
optimizer.step()
print([name for name in ("torch._dynamo", "torch._inductor", "torchvision") if name in sys.modules])
"""
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"
