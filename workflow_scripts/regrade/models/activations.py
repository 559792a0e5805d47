"""Activations of torch.nn from the words of a recipe."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from torch import nn

if TYPE_CHECKING:
    from regrade.studies.activations import LeakyRelu

BUILDERS: dict[str, Callable[[Any], nn.Module]] = {
    "relu": lambda _: nn.ReLU(),
    "relu6": lambda _: nn.ReLU6(),
    "leaky_relu": lambda word: nn.LeakyReLU(word.negative_slope),
    "elu": lambda word: nn.ELU(word.alpha),
    "selu": lambda _: nn.SELU(),
    "celu": lambda word: nn.CELU(word.alpha),
    "gelu": lambda word: nn.GELU(word.approximate),
    "swish": lambda _: nn.SiLU(),
    "mish": lambda _: nn.Mish(),
    "rrelu": lambda word: nn.RReLU(word.lower, word.upper),
    "sigmoid": lambda _: nn.Sigmoid(),
    "logsigmoid": lambda _: nn.LogSigmoid(),
    "hardsigmoid": lambda _: nn.Hardsigmoid(),
    "hardswish": lambda _: nn.Hardswish(),
    "tanh": lambda _: nn.Tanh(),
    "hardtanh": lambda word: nn.Hardtanh(word.min_val, word.max_val),
    "tanhshrink": lambda _: nn.Tanhshrink(),
    "softplus": lambda word: nn.Softplus(word.beta, word.threshold),
    "softsign": lambda _: nn.Softsign(),
    "softshrink": lambda word: nn.Softshrink(word.lambd),
    "hardshrink": lambda word: nn.Hardshrink(word.lambd),
    "threshold": lambda word: nn.Threshold(word.threshold, word.value),
    "softmax": lambda _: nn.Softmax(dim=1),
    "log_softmax": lambda _: nn.LogSoftmax(dim=1),
    "softmin": lambda _: nn.Softmin(dim=1),
    "glu": lambda _: nn.GLU(dim=1),
}
"""What builds an activation that works on a copy, by the kind of its word."""


def _leaky_relu_in_place(word: LeakyRelu) -> nn.Module:
    # Torch refuses the backward pass of a negative slope in place.
    return nn.LeakyReLU(word.negative_slope, inplace=word.negative_slope > 0)


IN_PLACE: dict[str, Callable[[Any], nn.Module]] = {
    "relu": lambda _: nn.ReLU(inplace=True),
    "relu6": lambda _: nn.ReLU6(inplace=True),
    "leaky_relu": _leaky_relu_in_place,
}
"""What builds an activation that overwrites its input; the backward pass of others reads it."""


def build_activation(word: Any, *, in_place: bool) -> nn.Module:
    """Build an activation, which may overwrite its input if it is said so."""
    builder = BUILDERS[word.kind]
    return (IN_PLACE.get(word.kind, builder) if in_place else builder)(word)
