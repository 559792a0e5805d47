"""Losses, penalties and clipped gradients are those of torch."""

from __future__ import annotations

import pytest
import torch
from tests.support.recipes import as_trainer_sees, make_recipe
from torch import nn

from regrade.training.losses import clip, losses, mean_loss, penalty

OUTPUTS = torch.randn(20, 10, generator=torch.Generator().manual_seed(2)).requires_grad_()
LABELS = torch.arange(20) % 10


class OneHot(nn.Module):
    """Mean squared error as Keras users write it, on one-hot labels."""

    def forward(self, outputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return nn.functional.mse_loss(outputs, nn.functional.one_hot(labels, 10).float())


class OneHotBinary(nn.Module):
    """Binary cross-entropy on one-hot labels."""

    def forward(self, outputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return nn.BCEWithLogitsLoss()(outputs, nn.functional.one_hot(labels, 10).float())


CASES = {
    "plain": ({"kind": "cross_entropy"}, nn.CrossEntropyLoss()),
    "smoothed": (
        {"kind": "cross_entropy", "label_smoothing": 0.1},
        nn.CrossEntropyLoss(label_smoothing=0.1),
    ),
    "nll": ({"kind": "nll"}, nn.NLLLoss()),
    "multi_margin": ({"kind": "multi_margin"}, nn.MultiMarginLoss()),
    "squared": (
        {"kind": "multi_margin", "p": 2, "margin": 0.5},
        nn.MultiMarginLoss(p=2, margin=0.5),
    ),
    "mse": ({"kind": "mean_squared_error"}, OneHot()),
    "binary": ({"kind": "binary_cross_entropy"}, OneHotBinary()),
}


@pytest.mark.parametrize("name", CASES)
def test_a_loss_and_its_gradient_are_torchs(name: str) -> None:
    word, theirs = CASES[name]
    word = as_trainer_sees(make_recipe(loss=word)).loss
    ours, expected = mean_loss(word, OUTPUTS, LABELS), theirs(OUTPUTS, LABELS)
    torch.testing.assert_close(ours, expected)
    torch.testing.assert_close(losses(word, OUTPUTS, LABELS).mean(), expected)
    found, wanted = (torch.autograd.grad(loss, OUTPUTS)[0] for loss in (ours, expected))
    torch.testing.assert_close(found, wanted)


def network() -> nn.Module:
    torch.manual_seed(3)
    net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Flatten(), nn.Linear(8 * 36, 10))
    images = torch.randn(20, 3, 8, 8)
    (5 * nn.functional.cross_entropy(net(images), LABELS)).backward()
    return net


def gradients(net: nn.Module) -> list[torch.Tensor]:
    return [p.grad for p in net.parameters()]


@pytest.mark.parametrize(
    ("word", "theirs"),
    [
        (
            {"kind": "norm", "maximum": 0.5},
            lambda p: nn.utils.clip_grad_norm_(p, 0.5),
        ),
        (
            {"kind": "norm", "maximum": 0.5, "p": 1},
            lambda p: nn.utils.clip_grad_norm_(p, 0.5, norm_type=1),
        ),
        ({"kind": "value", "maximum": 0.01}, lambda p: nn.utils.clip_grad_value_(p, 0.01)),
    ],
)
def test_gradients_are_clipped_as_torch_does(word: dict, theirs) -> None:
    ours, reference, untouched = network(), network(), network()
    clip(as_trainer_sees(make_recipe(clip=word)).clip, ours)
    theirs(reference.parameters())
    assert all(map(torch.equal, gradients(ours), gradients(reference)))
    assert not all(map(torch.equal, gradients(ours), gradients(untouched)))


@pytest.mark.parametrize(("of", "counted"), [("kernels", ["0", "3"]), ("all", ["0", "1", "3"])])
def test_an_l2_penalty_is_a_sum_of_squares(of: str, counted: list[str]) -> None:
    word = {"kind": "l2", "strength": 0.01, "of": of}
    net = network()
    found = penalty(as_trainer_sees(make_recipe(penalty=word)).penalty, net)
    names = ("weight",) if of == "kernels" else ("weight", "bias")
    expected = sum(
        getattr(net.get_submodule(layer), name).square().sum()
        for layer in counted
        for name in names
    )
    torch.testing.assert_close(found, 0.01 * expected)
    assert found.requires_grad
