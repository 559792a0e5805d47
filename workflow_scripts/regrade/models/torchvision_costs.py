"""What torchvision's classification networks cost, measured on the networks themselves.

`python -m regrade.models.torchvision_costs` writes the table that `regrade.studies.cost` reads.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from math import prod
from typing import Any

import torch
from torch import nn

from regrade.models.layer_table import layer_table
from regrade.models.pretrained import build_torchvision, head_name
from regrade.studies.architectures import TORCHVISION_NAMES
from regrade.studies.attention_costs import MULTIPLES

SIZE = 224
"""Side in pixels of the images that costs are measured with."""
CLASSES = 10
LARGEST = 299
"""Side in pixels that every network takes."""


def measure_torchvision(name: str) -> dict[str, Any]:
    """Measure a network: totals without its last layer, and the parameters of its parts."""
    with torch.device("meta"):
        network = build_torchvision(name, CLASSES, SIZE)
    rows = layer_table(network, SIZE)
    head = next(row for row in rows if row["name"] == head_name(network))
    shape = _attention(network, sum(row["macs"] for row in rows) - head["macs"])
    found = {
        "parameters": sum(p.numel() for p in network.parameters()) - head["parameters"],
        "features": network.get_parameter(f"{head['name']}.weight").shape[1],
        "macs": sum(row["macs"] for row in rows) - head["macs"],
        "values": sum(prod(row["output"]) for row in rows),
        "head": head["name"],
        "head_pixels": prod(head["output"][1:]),
        "least_side": _multiple(shape) or _least_side(network),
        "parts": _parts(network),
    }
    if shape:
        found["attention"] = shape
    if network.get_submodule(head["name"]).bias is None:
        found["head_bias"] = False
    if not _has_weights(name):
        found["weights"] = False
    return found


def _attention(network: nn.Module, macs: int) -> dict[str, Any] | None:
    """Return the sides, widths and depths that a network of attention is made of."""
    kind = type(network).__name__
    return SHAPES[kind](network, macs) if kind in SHAPES else None


def _vit(network: Any, _: int) -> dict[str, Any]:
    sizes = {"patch": network.patch_size, "width": network.hidden_dim, "hidden": network.mlp_dim}
    return {"kind": "vit", **sizes, "depth": len(network.encoder.layers)}


def _swin(network: Any, _: int) -> dict[str, Any]:
    stages: list[Any] = [
        part
        for part in network.features
        if isinstance(part, nn.Sequential) and hasattr(part[0], "attn")
    ]
    first = stages[0][0].attn
    kind = "swin_v2" if hasattr(first, "cpb_mlp") else "swin"
    return {
        "kind": kind,
        "window": first.window_size[0],
        "width": first.qkv.in_features,
        "depths": [len(stage) for stage in stages],
        "heads": [stage[0].attn.num_heads for stage in stages],
    }


SHAPES: dict[str, Callable[[Any, int], dict[str, Any]]] = {
    "VisionTransformer": _vit,
    "SwinTransformer": _swin,
    "MaxVit": lambda _, macs: {"kind": "max_vit", "side": SIZE, "macs": macs},
}
"""What `regrade.studies.attention_costs` counts with, by the class of a network."""


def _multiple(shape: dict[str, Any] | None) -> int | None:
    key = MULTIPLES.get(shape["kind"]) if shape else None
    return shape[key] if shape and key else None


def _has_weights(name: str) -> bool:
    from regrade.torchvision_compat import torchvision

    return hasattr(torchvision.models.get_model_weights(name), "IMAGENET1K_V1")


def _least_side(network: nn.Module) -> int:
    """Return the side of the smallest images that a network takes."""
    below, least = 0, LARGEST
    while least - below > 1:
        side = (below + least) // 2
        below, least = (below, side) if _takes(network, side) else (side, least)
    return least


def _takes(network: nn.Module, side: int) -> bool:
    try:
        with torch.no_grad():
            network(torch.zeros(1, 3, side, side, device="meta"))
    except (RuntimeError, ValueError):
        return False
    return True


def _parts(network: nn.Module) -> dict[str, int]:
    """Count the parameters of its children and of theirs; those without any are left out."""
    found = {}
    for name, module in network.named_modules():
        count = sum(p.numel() for p in module.parameters())
        if name and name.count(".") < 2 and count:
            found[name] = count
    return found


if __name__ == "__main__":
    measured = {name: measure_torchvision(name) for name in TORCHVISION_NAMES}
    lines = (f"{json.dumps(name)}: {json.dumps(costs)}" for name, costs in measured.items())
    sys.stdout.write("{\n" + ",\n".join(lines) + "\n}\n")
