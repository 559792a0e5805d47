"""A group of parameters with one weight decay, and what an optimizer keeps for them."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn.modules.conv import _ConvNd

_CYCLED = ("momentum", "betas")
"""Settings that a schedule may change as training goes on."""


_KERNELS: tuple[tuple[type[nn.Module], tuple[str, ...]], ...] = (
    (_ConvNd, ("weight",)),
    (nn.Linear, ("weight",)),
    (
        nn.MultiheadAttention,
        ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight"),
    ),
)
"""What convolutions and linear layers call their weights; attention holds linear layers, too."""


def kernels_of(network: nn.Module) -> list[torch.Tensor]:
    """Return the trained weights of convolutions and linear layers, in the network's order.

    Others have several dimensions as well: of layer norms, tokens, positions, scales of layers.
    """
    found = {
        id(getattr(module, name))
        for module in network.modules()
        for kind, names in _KERNELS
        if isinstance(module, kind)
        for name in names
    }
    return [p for p in network.parameters() if p.requires_grad and id(p) in found]


class ParameterGroup:
    """Parameters that are changed alike.

    Parameters
    ----------
    word
        Of the optimizer.
    parameters, weight_decay
        The parameters, and their weight decay.
    """

    def __init__(self, word: Any, parameters: list[torch.Tensor], weight_decay: float) -> None:
        self.parameters = parameters
        self.weight_decay = weight_decay
        self.count = 0
        """Steps, the one that is made included."""
        self.kept: dict[str, list[torch.Tensor]] = {}
        """Running averages and the like by name, a tensor a parameter each."""
        self.numbers: dict[str, float] = {}
        """What is kept for all parameters together."""
        self.settings: dict[str, Any] = {"params": parameters, "lr": word.learning_rate}
        self.settings |= {key: getattr(word, key) for key in _CYCLED if hasattr(word, key)}

    def __getitem__(self, name: str) -> Any:
        """Return a setting that schedules change: `lr`, `momentum` or `betas`."""
        return self.settings[name]

    @property
    def _scheduled(self) -> list[str]:
        """The settings that a schedule may have changed, and need not set in every step."""
        return [key for key in ("lr", *_CYCLED) if key in self.settings]

    def averages(self, name: str, initial: float = 0.0) -> list[torch.Tensor]:
        """Return what is kept under a name, made of `initial` at first."""
        if name not in self.kept:
            self.kept[name] = [torch.full_like(p, initial) for p in self.parameters]
        return self.kept[name]

    def on_device(self, name: str) -> list[torch.Tensor]:
        """Return a number a parameter that is kept on its device, 0 at first."""
        if name not in self.kept:
            self.kept[name] = [
                torch.zeros((), dtype=torch.float32, device=p.device) for p in self.parameters
            ]
        return self.kept[name]

    def decayed(self, gradients: list[torch.Tensor]) -> list[torch.Tensor]:
        """Return the gradients of the loss and of the weight decay together."""
        if not self.weight_decay:
            return gradients
        return list(torch._foreach_add(gradients, self.parameters, alpha=self.weight_decay))

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must keep."""
        return {
            "count": self.count,
            "kept": self.kept,
            "numbers": self.numbers,
            "settings": {key: self.settings[key] for key in self._scheduled},
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from a checkpoint's state."""
        self.count, self.numbers = state["count"], state["numbers"]
        self.settings |= state["settings"]
        self.kept = {
            name: [value.to(p.device) for value, p in zip(values, self.parameters, strict=True)]
            for name, values in state["kept"].items()
        }
