"""Layers that are made of layers."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Residual(nn.Sequential):
    """A chain whose input is added to its output."""

    def forward(self, features: Tensor) -> Tensor:
        """Map features to features of the same shape."""
        return features + super().forward(features)


class ResidualBlock(nn.Module):
    """A main path, a shortcut beside it, and what follows their sum."""

    def __init__(self, main: nn.Module, shortcut: nn.Module | None, then: nn.Module) -> None:
        super().__init__()
        self.main, self.shortcut, self.then = main, shortcut, then

    def forward(self, features: Tensor) -> Tensor:
        """Map features to what follows the sum."""
        output = self.main(features)
        if self.shortcut is not None:
            output = output + self.shortcut(features)
        return self.then(output)


class Concat(nn.Module):
    """Branches with the same input, whose outputs are joined as channels."""

    def __init__(self, branches: Sequence[nn.Module]) -> None:
        super().__init__()
        for number, branch in enumerate(branches, start=1):
            self.add_module(f"branch{number}", branch)

    def forward(self, features: Tensor) -> Tensor:
        """Map (batch, inputs, ...) to (batch, channels of all branches, ...)."""
        return torch.cat([branch(features) for branch in self.children()], 1)


class Scale(nn.Module):
    """The input times what a chain gives of it."""

    def __init__(self, gate: nn.Module) -> None:
        super().__init__()
        self.gate = gate

    def forward(self, features: Tensor) -> Tensor:
        """Map features to features of the same shape."""
        gate = self.gate(features)
        # A vector is a number a channel.
        return features * gate.reshape(*gate.shape, *[1] * (features.dim() - gate.dim()))
