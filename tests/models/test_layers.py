"""Every layer is torch's: the same weights in, the same numbers and gradients out."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch
from tests.support.networks import chain, read
from torch import nn

from regrade.models.build import build_network
from regrade.models.layer_table import layer_table
from regrade.models.portable import FirstGroupNorm
from regrade.studies import cost
from regrade.studies.layer_rows import ROWS, Given, ShapeError
from regrade.torchvision_compat import torchvision

IMAGE = (6, 9, 9)
"""Odd and even sides come about by windows and strides."""


def build(*words: Any, image: tuple[int, ...] = IMAGE) -> nn.Module:
    """Build the layers of a chain for images of a size, without a chain's own last layer."""
    network = build_network(read(chain(*words, "flatten")), 10, image[1], image[0])
    return nn.Sequential(*list(network)[:-1])


class ScaledInEvaluation(nn.Module):
    """Stochastic depth of the paper: dropped in training, scaled down in evaluation."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        dropped = torchvision.ops.stochastic_depth(images, 0.3, "batch", self.training)
        return 0.7 * dropped


class Eighth(nn.Module):
    """An eighth of everything."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images / 8


TORCH: dict[str, tuple[dict[str, Any], nn.Module]] = {
    "conv": ({"channels": 4, "kernel": 3, "stride": 2}, nn.Conv2d(6, 4, 3, 2)),
    "conv of a shape": (
        {"channels": 4, "kernel": [1, 3], "stride": [2, 1], "padding": [0, 1], "dilation": [1, 2]},
        nn.Conv2d(6, 4, (1, 3), (2, 1), (0, 1), (1, 2)),
    ),
    "conv in groups": (
        {"channels": 9, "kernel": 2, "groups": 3, "dilation": 3, "bias": False},
        nn.Conv2d(6, 9, 2, groups=3, dilation=3, bias=False),
    ),
    "conv depthwise": (
        {"channels": "2 * inputs", "kernel": 3, "groups": "inputs"},
        nn.Conv2d(6, 12, 3, groups=6),
    ),
    "conv same": (
        {"channels": 4, "kernel": 4, "padding": "same", "dilation": 2},
        nn.Conv2d(6, 4, 4, padding="same", dilation=2),
    ),
    **{
        f"conv {mode}": (
            {"channels": 4, "kernel": 3, "padding": [2, 3], "stride": 2, "padding_mode": mode},
            nn.Conv2d(6, 4, 3, 2, (2, 3), padding_mode=mode),
        )
        for mode in ("reflect", "replicate", "circular")
    },
    "conv same reflect": (
        {"channels": 4, "kernel": 4, "padding": "same", "padding_mode": "reflect"},
        nn.Conv2d(6, 4, 4, padding="same", padding_mode="reflect"),
    ),
    "batch_norm": ({"eps": 0.1, "momentum": 0.3}, nn.BatchNorm2d(6, 0.1, 0.3)),
    "batch_norm of all batches": ({"momentum": None}, nn.BatchNorm2d(6, momentum=None)),
    "batch_norm without weights": (
        {"affine": False, "running_statistics": False},
        nn.BatchNorm2d(6, affine=False, track_running_stats=False),
    ),
    "group_norm": ({"groups": 2, "eps": 0.1}, nn.GroupNorm(2, 6, 0.1)),
    "group_norm without weights": (
        {"groups": "inputs", "affine": False},
        nn.GroupNorm(6, 6, affine=False),
    ),
    "layer_norm": ({"eps": 0.1}, nn.LayerNorm(IMAGE, 0.1)),
    "layer_norm over channels": (
        {"over": "channels"},
        torchvision.models.convnext.LayerNorm2d(6, eps=1e-5),
    ),
    "instance_norm": ({"affine": True}, nn.InstanceNorm2d(6, affine=True)),
    "instance_norm with statistics": (
        {"eps": 0.1, "momentum": 0.3, "running_statistics": True},
        nn.InstanceNorm2d(6, 0.1, 0.3, track_running_stats=True),
    ),
    "local_response_norm": (
        {"size": 3, "alpha": 0.3, "beta": 0.5, "k": 2},
        nn.LocalResponseNorm(3, 0.3, 0.5, 2),
    ),
    "local_response_norm of an even size": (
        {"size": 4, "alpha": 0.3},
        nn.LocalResponseNorm(4, 0.3),
    ),
    "max_pool": ({"kernel": 3, "stride": 2, "padding": 1}, nn.MaxPool2d(3, 2, 1)),
    "max_pool over the edge": ({"kernel": 2, "ceil_mode": True}, nn.MaxPool2d(2, ceil_mode=True)),
    "max_pool dilated": (
        {"kernel": [2, 3], "stride": 1, "dilation": 2},
        nn.MaxPool2d((2, 3), 1, dilation=2),
    ),
    "max_pool global": ({"kernel": "global"}, nn.AdaptiveMaxPool2d(1)),
    "average_pool": ({"kernel": 3, "stride": 2, "padding": 1}, nn.AvgPool2d(3, 2, 1)),
    "average_pool without its padding": (
        {"kernel": [3, 2], "padding": 1, "count_include_pad": False, "ceil_mode": True},
        nn.AvgPool2d((3, 2), padding=1, count_include_pad=False, ceil_mode=True),
    ),
    "average_pool global": ({"kernel": "global"}, nn.AdaptiveAvgPool2d(1)),
    "adaptive_average_pool": ({"size": [4, 5]}, nn.AdaptiveAvgPool2d((4, 5))),
    "adaptive_max_pool": ({"size": [4, 5]}, nn.AdaptiveMaxPool2d((4, 5))),
    "adaptive_max_pool to more": ({"size": 12}, nn.AdaptiveMaxPool2d(12)),
    "pad": ({"left": 1, "top": 2}, nn.ZeroPad2d((1, 0, 2, 0))),
    "pad reflect": ({"right": 3, "bottom": 2, "mode": "reflect"}, nn.ReflectionPad2d((0, 3, 0, 2))),
    "pad replicate": (
        {"left": 20, "bottom": 2, "mode": "replicate"},
        nn.ReplicationPad2d((20, 0, 0, 2)),
    ),
    "pad circular": (
        {"left": 9, "right": 1, "mode": "circular"},
        nn.CircularPad2d((9, 1, 0, 0)),
    ),
    "channel_shuffle": ({"groups": 3}, nn.ChannelShuffle(3)),
    "relu": ({}, nn.ReLU()),
    "relu6": ({}, nn.ReLU6()),
    "leaky_relu": ({"negative_slope": 0.2}, nn.LeakyReLU(0.2)),
    "leaky_relu that falls": ({"negative_slope": -0.2}, nn.LeakyReLU(-0.2)),
    "elu": ({"alpha": 0.7}, nn.ELU(0.7)),
    "selu": ({}, nn.SELU()),
    "celu": ({"alpha": 0.7}, nn.CELU(0.7)),
    "gelu": ({}, nn.GELU()),
    "gelu by tanh": ({"approximate": "tanh"}, nn.GELU("tanh")),
    "swish": ({}, nn.SiLU()),
    "mish": ({}, nn.Mish()),
    "prelu": ({"init": 0.1}, nn.PReLU(init=0.1)),
    "prelu per channel": ({"per_channel": True}, nn.PReLU(6)),
    "rrelu": ({"lower": 0.1, "upper": 0.6}, nn.RReLU(0.1, 0.6)),
    "sigmoid": ({}, nn.Sigmoid()),
    "logsigmoid": ({}, nn.LogSigmoid()),
    "hardsigmoid": ({}, nn.Hardsigmoid()),
    "hardswish": ({}, nn.Hardswish()),
    "tanh": ({}, nn.Tanh()),
    "hardtanh": ({"min_val": -0.5, "max_val": 2}, nn.Hardtanh(-0.5, 2)),
    "tanhshrink": ({}, nn.Tanhshrink()),
    "softplus": ({"beta": 2, "threshold": 1}, nn.Softplus(2, 1)),
    "softsign": ({}, nn.Softsign()),
    "softshrink": ({"lambd": 0.3}, nn.Softshrink(0.3)),
    "hardshrink": ({"lambd": 0.3}, nn.Hardshrink(0.3)),
    "threshold": ({"threshold": 0.1, "value": 5}, nn.Threshold(0.1, 5)),
    "softmax": ({}, nn.Softmax2d()),
    "log_softmax": ({}, nn.LogSoftmax(1)),
    "softmin": ({}, nn.Softmin(1)),
    "glu": ({}, nn.GLU(1)),
    "dropout": ({"probability": 0.3}, nn.Dropout(0.3)),
    "channel_dropout": ({"probability": 0.3}, nn.Dropout2d(0.3)),
    "alpha_dropout": ({"probability": 0.3}, nn.AlphaDropout(0.3)),
    "channel_alpha_dropout": ({"probability": 0.3}, nn.FeatureAlphaDropout(0.3)),
    "stochastic_depth": ({"probability": 0.3}, torchvision.ops.StochasticDepth(0.3, "row")),
    "stochastic_depth of batches": (
        {"probability": 0.3, "mode": "batch"},
        torchvision.ops.StochasticDepth(0.3, "batch"),
    ),
    "stochastic_depth scaled in evaluation": (
        {"probability": 0.3, "mode": "batch", "scaled": "evaluation"},
        ScaledInEvaluation(),
    ),
    "multiply": ({"factor": 0.125}, Eighth()),
}
"""Words, and the module of torch or torchvision that each stands for, given images of `IMAGE`."""


def test_all_layers_of_the_schema_are_compared() -> None:
    compared = {name.split()[0] for name in TORCH} | {"linear", "flatten", "channel_slice"}
    assert compared == ROWS.keys()


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("case", TORCH)
def test_a_layer_gives_what_torch_gives(case: str, training: bool) -> None:
    """Numbers, gradients of weights and of the input, and buffers, from the same random state."""
    settings, expected = TORCH[case]
    ours = build({"kind": case.split()[0]} | settings)
    ours.load_state_dict({f"0.{key}": value for key, value in expected.state_dict().items()})
    images = torch.randn(5, *IMAGE, generator=torch.Generator().manual_seed(1))
    found = [outcome(module.train(training), images) for module in (ours, expected)]
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other)


def outcome(module: nn.Module, images: torch.Tensor) -> list[torch.Tensor]:
    """Return what comes out, and all gradients of the sum of its squares."""
    images = images.clone().requires_grad_()
    module.zero_grad()
    torch.manual_seed(2)
    output = module(images)
    output.square().sum().backward()
    gradients = [parameter.grad for parameter in module.parameters()]
    return [output.detach(), images.grad, *gradients, *module.buffers()]


@pytest.mark.parametrize("case", TORCH)
def test_the_arithmetic_of_a_layer_is_that_of_its_module(case: str) -> None:
    settings, expected = TORCH[case]
    word = {"kind": case.split()[0]} | settings
    (row,) = [ROWS[layer.kind]("1", layer, Given(IMAGE, 10)) for layer in read(chain(word)).layers]
    images = torch.zeros(2, *IMAGE)
    assert row.output == tuple(expected.eval()(images).shape[1:])
    assert row.parameters == sum(p.numel() for p in expected.parameters())


def test_a_slice_keeps_some_channels() -> None:
    images = torch.arange(6.0).reshape(1, 6, 1, 1).expand(1, *IMAGE)
    for settings, kept in (
        ({"stop": "inputs // 2"}, [0, 1, 2]),
        ({"start": 4}, [4, 5]),
        ({"start": 1, "stop": 3}, [1, 2]),
    ):
        layer = build({"kind": "channel_slice"} | settings)
        assert layer(images)[0, :, 0, 0].tolist() == kept


def test_layers_of_vectors_take_features_as_channels() -> None:
    words = ("flatten", {"kind": "linear", "features": "inputs // 9"}, "batch_norm")
    network = build(*words, {"kind": "group_norm", "groups": 2}, "layer_norm", "softmax", "glu")
    assert network(torch.randn(3, *IMAGE)).shape == (3, 27)
    assert [type(module) for module in network][2:5] == [
        nn.BatchNorm1d,
        FirstGroupNorm,
        nn.LayerNorm,
    ]


def drawn_window(kind: str, rng: random.Random) -> dict[str, Any]:
    """Draw a convolution or pool that may or may not fit."""

    def pair(least: int, most: int) -> Any:
        both = [rng.randint(least, most), rng.randint(least, most)]
        return rng.choice([both[0], both])

    word = {"kind": kind, "kernel": pair(1, 6), "stride": pair(1, 4), "padding": pair(0, 3)}
    if kind != "average_pool":
        word["dilation"] = pair(1, 3)
    if kind != "conv":
        return word | {"ceil_mode": rng.random() < 0.5}
    word |= {"channels": rng.randint(1, 6), "groups": rng.randint(1, 3)}
    return word | {"padding_mode": rng.choice(["zeros", "reflect", "circular"])}


def torch_module(word: dict[str, Any], inputs: int) -> nn.Module:
    """Build what a PyTorch user would write."""
    word = dict(word)
    kind, kernel = word.pop("kind"), word.pop("kernel")
    if kind == "conv":
        return nn.Conv2d(inputs, word.pop("channels"), kernel, **word)
    return (nn.MaxPool2d if kind == "max_pool" else nn.AvgPool2d)(kernel, **word)


@pytest.mark.parametrize("kind", ["conv", "max_pool", "average_pool"])
def test_windows_fit_where_they_fit_in_torch(kind: str) -> None:
    """Of 600 drawn windows, torch refuses exactly those that our arithmetic refuses."""
    rng, fitted = random.Random(7), 0
    for _ in range(600):
        word, side, inputs = drawn_window(kind, rng), rng.randint(1, 9), rng.randint(1, 4)
        (layer,) = read(chain(word)).layers
        try:
            ours = ROWS[kind]("1", layer, Given((inputs, side, side), 10)).output
        except ShapeError:
            ours = None
        try:
            theirs = tuple(torch_module(word, inputs)(torch.zeros(1, inputs, side, side)).shape[1:])
        except (RuntimeError, ValueError):
            theirs = None
        assert ours == theirs, (word, inputs, side)
        fitted += ours is not None
    assert 100 < fitted < 500


def test_the_layer_table_counts_what_the_arithmetic_counts() -> None:
    """Multiply-adds of grouped, dilated and oblong convolutions, too."""
    words = [{"kind": name.split()[0]} | TORCH[name][0] for name in TORCH if name[:4] == "conv"]
    for word in words:
        model = read(chain(word, "flatten", {"kind": "linear", "features": "classes"}))
        rows = layer_table(build_network(model, 10, 9, 6), 9, 6)
        assert [(row["macs"], row["parameters"], tuple(row["output"])) for row in rows] == [
            (row.macs, row.parameters, row.output) for row in cost.rows(model, 9, 10, 6)
        ]
