"""Weights begin as torch.nn.init's rules and Keras's say, for kinds of layers and single ones."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from pydantic import ValidationError
from tests.support.networks import chain, read
from torch import nn
from torch.nn import init

from regrade.models.build import build_network
from regrade.models.initialization import RULES
from regrade.report.recipe_text import setting_text

HEAD = ["flatten", {"kind": "linear", "features": 20}]
CONV = {"kind": "conv", "channels": 30, "kernel": 5}
NORM = {"kind": "batch_norm"}

TORCH: dict[str, tuple[dict[str, Any], Any]] = {
    "zeros": ({}, init.zeros_),
    "ones": ({}, init.ones_),
    "constant": ({"value": 0.3}, lambda weight: init.constant_(weight, 0.3)),
    "uniform": ({"a": -0.2, "b": 0.3}, lambda weight: init.uniform_(weight, -0.2, 0.3)),
    "normal": ({"mean": 1, "std": 0.2}, lambda weight: init.normal_(weight, 1, 0.2)),
    "trunc_normal": (
        {"std": 0.2, "a": -0.1, "b": 0.4},
        lambda weight: init.trunc_normal_(weight, 0, 0.2, -0.1, 0.4),
    ),
    "xavier_uniform": ({"gain": 2}, lambda weight: init.xavier_uniform_(weight, 2)),
    "xavier_normal": ({}, init.xavier_normal_),
    "kaiming_uniform": (
        {"a": 0.3, "mode": "fan_out"},
        lambda weight: init.kaiming_uniform_(weight, 0.3, "fan_out"),
    ),
    "kaiming_normal": (
        {"nonlinearity": "tanh"},
        lambda weight: init.kaiming_normal_(weight, nonlinearity="tanh"),
    ),
    "orthogonal": ({"gain": 2}, lambda weight: init.orthogonal_(weight, 2)),
    "dirac": ({}, init.dirac_),
    "eye": ({}, init.eye_),
    "sparse": ({"sparsity": 0.4}, lambda weight: init.sparse_(weight, 0.4)),
}
"""Rules, and the same of torch."""


def build(*layers: Any, initialization: Any = None) -> nn.Module:
    torch.manual_seed(3)
    words = chain(*layers) | {"initialization": initialization}
    return build_network(read(words), 10, 8)


def test_all_rules_are_compared() -> None:
    assert TORCH.keys() == RULES.keys()


@pytest.mark.parametrize("kind", TORCH)
def test_a_rule_is_that_of_torch(kind: str) -> None:
    """Drawn after torch's own initialisation, from the same generator."""
    settings, fill = TORCH[kind]
    layer = "linear" if kind in ("eye", "sparse") else "conv"
    network = build(CONV, *HEAD, initialization={layer: {"weight": {"kind": kind} | settings}})
    plain = build(CONV, *HEAD)
    position = 2 if layer == "linear" else 0
    fill(plain[position].weight)
    for found, expected in zip(network.parameters(), plain.parameters(), strict=True):
        assert torch.equal(found, expected)


@pytest.mark.parametrize(
    ("rule", "variance"),
    [
        ({"kind": "kaiming_normal", "truncated": True}, 2 / 75),
        ({"kind": "kaiming_normal", "truncated": True, "mode": "fan_out"}, 2 / 750),
        ({"kind": "kaiming_normal", "truncated": True, "nonlinearity": "linear"}, 1 / 75),
        ({"kind": "xavier_normal", "truncated": True}, 2 / 825),
    ],
)
def test_keras_normal_rules_are_cut_and_keep_their_variance(rule: dict, variance: float) -> None:
    (weight, *_) = build(CONV, *HEAD, initialization={"conv": {"weight": rule}}).parameters()
    deviation = variance**0.5
    assert weight.std().item() == pytest.approx(deviation, rel=0.05)
    assert weight.abs().max().item() <= 2 * deviation / 0.8796


def test_a_layer_of_its_own_says_more_than_its_kind() -> None:
    last = {"kind": "linear", "features": 10, "initialization": {"weight": "zeros"}}
    norm = NORM | {"initialization": {"weight": "zeros"}}
    network = build(
        *[CONV, NORM, norm, *HEAD, last],
        initialization={
            "conv": {"bias": "zeros"},
            "linear": {"weight": "ones", "bias": {"kind": "constant", "value": 2}},
        },
    )
    conv, first, second, _, linear, end = network
    assert not conv.bias.any() and conv.weight.std() > 0
    assert first.weight.all() and not second.weight.any()
    assert linear.weight.eq(1).all() and linear.bias.eq(2).all()
    assert not end.weight.any() and end.bias.eq(2).all()


def test_stage_networks_and_those_of_torchvision_take_rules() -> None:
    rules = {"conv": {"weight": "zeros"}, "linear": {"weight": "ones"}}
    for words in (
        {"kind": "torchvision", "name": "resnet18"},
        {
            "kind": "stages",
            "stem": {"channels": 4},
            "block": {"kind": "basic"},
            "shortcut": {"kind": "projection"},
            "blocks": [1, 1],
            "channels": [4, 8],
        },
    ):
        network = build_network(read(words | {"initialization": rules}), 10, 32)
        convs = [module for module in network.modules() if isinstance(module, nn.Conv2d)]
        assert len(convs) > 4 and not any(conv.weight.any() for conv in convs)
        assert [m for m in network.modules() if isinstance(m, nn.Linear)][-1].weight.eq(1).all()


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({"conv": {"weight": "eye"}}, "eye"),
        ({"linear": {"weight": "dirac"}}, "dirac"),
        ({"conv": {"bias": "xavier_uniform"}}, "xavier_uniform"),
        ({"conv": {"weight": {"kind": "uniform", "a": 1}}}, "a 1 must lie below b 1"),
        ({"dense": {"weight": "zeros"}}, "did you mean 'linear'"),
    ],
)
def test_a_rule_that_torch_would_refuse_is_refused(rules: dict, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        read(chain(CONV) | {"initialization": rules})


def test_a_run_page_tells_how_weights_begin() -> None:
    rules = {"conv": {"weight": {"kind": "kaiming_normal", "mode": "fan_out"}, "bias": "zeros"}}
    assert setting_text(read(chain("relu") | {"initialization": rules})) == (
        "ReLU; initialisation: conv weight kaiming normal (mode fan out, nonlinearity leaky ReLU);"
        " bias zeros"
    )
