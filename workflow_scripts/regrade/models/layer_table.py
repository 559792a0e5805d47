"""The layers of a network: their shapes, parameters and multiply-adds.

Everything is read off the modules while one image runs through them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import NamedTuple

import torch
from torch import Tensor, nn

from regrade.models import compositions
from regrade.models.counted_layers import LayerRow, counted_table, is_counted
from regrade.models.layers import KIND
from regrade.models.portable import FirstGroupNorm, RepeatableAdaptivePool, StridedPointwise
from regrade.models.stages import BasicBlock, PadShortcut, SeparableBlock
from regrade.studies.datasets import RGB

KINDS: dict[type[nn.Module], str] = {
    nn.Conv2d: "conv",
    StridedPointwise: "conv",
    nn.Linear: "linear",
    nn.BatchNorm1d: "batch_norm",
    nn.BatchNorm2d: "batch_norm",
    nn.GroupNorm: "group_norm",
    FirstGroupNorm: "group_norm",
    nn.LayerNorm: "layer_norm",
    nn.ReLU: "relu",
    nn.ReLU6: "relu6",
    nn.GELU: "gelu",
    nn.SiLU: "swish",
    nn.Sigmoid: "sigmoid",
    nn.Hardsigmoid: "hardsigmoid",
    nn.Hardswish: "hardswish",
    nn.MaxPool2d: "max_pool",
    nn.AvgPool2d: "average_pool",
    nn.AdaptiveAvgPool2d: "average_pool",
    RepeatableAdaptivePool: "average_pool",
    nn.Flatten: "flatten",
    nn.Dropout: "dropout",
    compositions.Concat: "concat",
    compositions.Scale: "scale",
}
"""Modules of other networks than chains, and of layers of layers, that are rows of the layer table,
and the words of the schema for them; a chain's single layers know their words."""
NAMED: dict[str, str] = {
    "LayerNorm2d": "layer_norm",
    "StochasticDepth": "stochastic_depth",
    "Multiply": "multiply",
    "CNBlock": "layer_scale",
}
"""Modules of torchvision, which is not imported for this, by the names of their classes."""
WITHOUT_ROW = (nn.Identity, nn.Sequential, PadShortcut)
"""Modules that, without parts, are no rows: they compute and keep nothing."""
POOLED = {"conv", "max_pool", "average_pool", "adaptive_average_pool", "adaptive_max_pool", "pad"}
"""Layers that may change the side of a feature map."""
SHORTCUTS = ("shortcut", "downsample", "gate")
"""What this package and torchvision call the modules beside the main path."""
CONVOLUTIONS = {
    BasicBlock: (("conv1", "conv1"), ("conv2", "conv2")),
    SeparableBlock: (("depthwise1", "pointwise1"), ("depthwise2", "pointwise2")),
}
"""First and last part of each convolution of a block's main path."""


def layer_table(network: nn.Module, size: int, channels: int = RGB) -> list[LayerRow]:
    """List the layers in the order of their execution on one image.

    The network is left in evaluation mode, in which batch norm accepts a single value a channel.

    Raises
    ------
    KeyError
        When a layer of the network is neither a row nor known to be none.
    """
    if is_counted(network):
        device = next(network.parameters()).device
        return counted_table(network, torch.zeros(1, channels, size, size, device=device), kind_of)
    _require_known(network)
    rows: list[LayerRow] = []

    def record(name: str, kind: str, module: nn.Module, output: Tensor) -> None:
        # Each output of a convolution or linear layer takes one row of the weight matrix.
        multiplies = isinstance(module, nn.Conv2d | nn.Linear) and module.weight[0].numel()
        rows.append(
            {
                "name": name.removesuffix(".conv"),
                "kind": kind,
                "output": list(output.shape[1:]),
                "parameters": sum(p.numel() for p in module.parameters(recurse=False)),
                "macs": output.numel() * multiplies,
            }
        )

    handles = [
        module.register_forward_hook(
            lambda module, _, output, name=name, kind=kind: record(name, kind, module, output)
        )
        for name, module in network.named_modules()
        if (kind := kind_of(module))
    ]
    network.eval()
    with torch.no_grad():
        network(torch.zeros(1, channels, size, size, device=next(network.parameters()).device))
    for handle in handles:
        handle.remove()
    return rows


def _has_no_row(module: nn.Module) -> bool:
    return isinstance(module, WITHOUT_ROW) or type(module).__name__ == "Permute"


def kind_of(module: nn.Module) -> str | None:
    """Return the word for a module that is a row of the table."""
    told = getattr(module, KIND, None) or KINDS.get(type(module))
    return told or NAMED.get(type(module).__name__)


def _require_known(network: nn.Module) -> None:
    for name, module in network.named_modules():
        leaf = not any(True for _ in module.children())
        if leaf and not kind_of(module) and not _has_no_row(module):
            raise KeyError(f"{name}: {type(module).__name__} has no row in the layer table (KINDS)")


def feature_sizes(layers: Sequence[LayerRow]) -> list[int]:
    """Side of the feature map in pixels after each convolution or pool of the main path."""
    maps = [row for row in layers if row["kind"] in POOLED and len(row["output"]) == 3]
    return [row["output"][1] for row in maps if _is_on_main_path(row)]


def _is_on_main_path(row: LayerRow) -> bool:
    return not any(word in row["name"] for word in SHORTCUTS)


def flattened_features(network: nn.Module, layers: Sequence[LayerRow]) -> int | None:
    """Count the features after flattening, or before the first linear layer.

    torchvision's ResNets and VGGs flatten between their modules, just before a linear layer.
    """
    flattened = (
        row["output"][0] for row in layers if row["kind"] == "flatten" and _is_on_main_path(row)
    )
    linear = (m.in_features for m in network.modules() if isinstance(m, nn.Linear))
    return next(flattened, next(linear, None))


class BlockConvolution(NamedTuple):
    """A k x k convolution of a block, or the depthwise-separable pair in its place."""

    kernel: int
    inputs: int
    outputs: int
    pixels: int
    """Of the output."""

    @property
    def weights(self) -> int:
        """Weights of a standard convolution."""
        return self.kernel**2 * self.inputs * self.outputs

    @property
    def separable_weights(self) -> int:
        """Weights of a depthwise and a pointwise convolution."""
        return (self.kernel**2 + self.outputs) * self.inputs


def _block_convolutions(
    network: nn.Module, layers: Sequence[LayerRow]
) -> Iterator[BlockConvolution]:
    pixels = {row["name"]: prod(row["output"][1:]) for row in layers}
    modules = {name.removesuffix(".conv"): module for name, module in network.named_modules()}
    for name, block in modules.items():
        for first, last in CONVOLUTIONS.get(type(block), ()):
            spatial, final = modules[f"{name}.{first}"], modules[f"{name}.{last}"]
            yield BlockConvolution(
                spatial.kernel_size[0],
                spatial.in_channels,
                final.out_channels,
                pixels[f"{name}.{last}"],
            )


def block_costs(network: nn.Module, layers: Sequence[LayerRow]) -> dict[str, int | None]:
    """Sum the k x k block convolutions, standard and depthwise separable; null without blocks."""
    found = list(_block_convolutions(network, layers))
    costs: dict[str, int | None] = {
        "block_macs": sum(conv.weights * conv.pixels for conv in found),
        "separable_block_macs": sum(conv.separable_weights * conv.pixels for conv in found),
        "block_weights": sum(conv.weights for conv in found),
        "separable_block_weights": sum(conv.separable_weights for conv in found),
    }
    return costs if found else {name: None for name in costs}
