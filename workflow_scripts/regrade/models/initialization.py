"""The values that weights have before training, by torch.nn.init's rules."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn
from torch.nn import init

if TYPE_CHECKING:
    from regrade.studies.initialization import Initialization, Kaiming, Xavier

KINDS: dict[type[nn.Module], str] = {
    nn.Conv2d: "conv",
    nn.Linear: "linear",
    nn.modules.batchnorm._BatchNorm: "batch_norm",
    nn.GroupNorm: "group_norm",
    nn.LayerNorm: "layer_norm",
    nn.modules.instancenorm._InstanceNorm: "instance_norm",
}
"""Modules with weights and biases, and the words of the schema for them."""
OWN = "own_initialization"
"""The attribute of a module that says more than what is said of all of its kind."""
CUT_NORMAL_STD = 0.87962566103423978
"""Standard deviation of a standard normal distribution that is cut off at -2 and 2."""


def _truncated(tensor: Tensor, std: float) -> None:
    """Draw as Keras does: the standard deviation is that of what is left after the cut."""
    whole = std / CUT_NORMAL_STD
    init.trunc_normal_(tensor, 0.0, whole, -2 * whole, 2 * whole)


def _xavier_normal(tensor: Tensor, rule: Xavier) -> None:
    if rule.truncated:
        fans = init._calculate_fan_in_and_fan_out(tensor)
        _truncated(tensor, rule.gain * sqrt(2 / sum(fans)))
    else:
        init.xavier_normal_(tensor, rule.gain)


def _kaiming_normal(tensor: Tensor, rule: Kaiming) -> None:
    if rule.truncated:
        fan = init._calculate_correct_fan(tensor, rule.mode)
        _truncated(tensor, init.calculate_gain(rule.nonlinearity, rule.a) / sqrt(fan))
    else:
        init.kaiming_normal_(tensor, rule.a, rule.mode, rule.nonlinearity)


RULES: dict[str, Callable[[Tensor, Any], object]] = {
    "zeros": lambda tensor, _: init.zeros_(tensor),
    "ones": lambda tensor, _: init.ones_(tensor),
    "constant": lambda tensor, rule: init.constant_(tensor, rule.value),
    "uniform": lambda tensor, rule: init.uniform_(tensor, rule.a, rule.b),
    "normal": lambda tensor, rule: init.normal_(tensor, rule.mean, rule.std),
    "trunc_normal": lambda tensor, rule: init.trunc_normal_(
        tensor, rule.mean, rule.std, rule.a, rule.b
    ),
    "xavier_uniform": lambda tensor, rule: init.xavier_uniform_(tensor, rule.gain),
    "xavier_normal": _xavier_normal,
    "kaiming_uniform": lambda tensor, rule: init.kaiming_uniform_(
        tensor, rule.a, rule.mode, rule.nonlinearity
    ),
    "kaiming_normal": _kaiming_normal,
    "orthogonal": lambda tensor, rule: init.orthogonal_(tensor, rule.gain),
    "dirac": lambda tensor, _: init.dirac_(tensor),
    "eye": lambda tensor, _: init.eye_(tensor),
    "sparse": lambda tensor, rule: init.sparse_(tensor, rule.sparsity, rule.std),
}
"""What fills a tensor, by the kind of its word."""


def initialize(network: nn.Module, word: Initialization | None) -> None:
    """Fill the weights and biases that rules speak of, module by module.

    Parameters
    ----------
    network
        Its modules may have rules of their own as the attribute `OWN`.
    word
        What holds for all layers of a kind.
    """
    for module in network.modules():
        kind = next((kind for class_, kind in KINDS.items() if isinstance(module, class_)), None)
        if kind is None:
            continue
        for name in ("weight", "bias"):
            rules = (getattr(module, OWN, None), getattr(word, kind, None))
            found = [rule for of in rules if (rule := getattr(of, name, None))]
            tensor = getattr(module, name)
            # A network on the meta device is looked at, not run: it has no values.
            if found and tensor is not None and not tensor.is_meta:
                RULES[found[0].kind](tensor, found[0])
