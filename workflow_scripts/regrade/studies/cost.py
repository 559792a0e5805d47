"""Parameters and multiply-adds of an architecture, by arithmetic alone.

One MAC is one multiply-add of a convolution, linear layer or attention product; bias, batch norm
and pooling are not counted. The built torch modules are tested against these numbers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from math import prod
from pathlib import Path
from typing import Any

from regrade.studies.architectures import Architecture, Chain, Stages, Timm, Torchvision
from regrade.studies.attention_costs import MULTIPLES, attention_macs, position_parameters
from regrade.studies.chain_rows import walk_chain
from regrade.studies.datasets import RGB
from regrade.studies.execution import HELD_LAYERS
from regrade.studies.layer_rows import Row, Shape, ShapeError
from regrade.studies.spelling import suggest
from regrade.studies.stage_rows import walk_stages

VALUES_PER_MAC = 2e-3
"""Numbers that a ResNet-18 keeps of its layers for a MAC; networks with fewer count as it does."""
RESNET18_VALUES_PER_MAC = 7_476_746 / 1_813_561_344
"""All numbers that its layers give, those that are overwritten too: what the table counts."""
HELD_SHARE = 2 / 3
"""Of the values of networks that go by name, what scoring holds at once; a ResNet-18 has that."""
TABLE = Path(__file__).with_name("torchvision_costs.json")
SIDE = 224
"""Side in pixels of the images that the table's costs are for."""


@dataclass(frozen=True)
class Cost:
    """Totals of a network."""

    parameters: int
    macs: int
    values: int
    """Numbers that the layers give for an image, the input of the next: what training keeps."""
    held: int
    """Numbers that scoring holds at once for an image: some outputs of the largest layer."""


WALKS: dict[str, Callable[[Any, Shape, int], list[Row]]] = {
    "chain": walk_chain,
    "stages": walk_stages,
}
"""The rows of a network that is spelt out in layers, by the kind of its word."""


def rows(model: Chain | Stages, image_size: int, classes: int, channels: int = RGB) -> list[Row]:
    """Walk a network that is spelt out in layers.

    Raises
    ------
    ShapeError
        Naming the first layer that does not fit, and the shape that reached it.
    """
    return WALKS[model.kind](model, (channels, image_size, image_size), classes)


def cost(model: Architecture, image_size: int, classes: int, channels: int = RGB) -> Cost:
    """Sum parameters and MACs per image of any network.

    torchvision's models of convolutions are scaled from 224 x 224 pixels: exact in parameters, an
    estimate in MACs at other sizes.

    Raises
    ------
    ShapeError
        When the network does not take such images, or its library does not have it.
    """
    if isinstance(model, Torchvision):
        if channels != RGB:
            raise ShapeError(
                f"{model.name} takes images of {RGB} channels, not {channels}: put a grayscale"
                " before to_tensor, which makes three of one"
            )
        return _cost_of_torchvision(model, image_size, classes)
    if isinstance(model, Timm):
        # Imported here because few studies need it, and it starts processes.
        from regrade.studies.timm_costs import timm_costs

        told = timm_costs(model, image_size, classes, channels)
        return Cost(**told, held=int(HELD_SHARE * told["values"]))
    found = rows(model, image_size, classes, channels)
    return Cost(
        sum(row.parameters for row in found),
        sum(row.macs for row in found),
        sum(prod(row.output) for row in found),
        HELD_LAYERS * max(prod(row.output) for row in found),
    )


def of_one_side(model: Architecture) -> str | None:
    """Say of a network that is built for images of one side what in it takes no others."""
    if model.kind == "chain":
        return "the linear layers of a chain take"
    if model.kind == "timm":
        return "networks of timm are built for"
    if model.kind == "torchvision":
        shape = torchvision_table()[model.name].get("attention", {})
        return f"{model.name} is built for" if shape.get("kind") in MULTIPLES else None
    return None


@cache
def torchvision_table() -> dict[str, dict[str, Any]]:
    """Read what torchvision's networks cost without their last layer.

    `python -m regrade.models.torchvision_costs` writes it; a test holds it against the networks.
    """
    return json.loads(TABLE.read_text(encoding="utf-8"))


def _cost_of_torchvision(model: Torchvision, image_size: int, classes: int) -> Cost:
    known = torchvision_table()[model.name]
    if image_size < known["least_side"]:
        raise ShapeError(
            f"{model.name} takes images of {known['least_side']} x {known['least_side']} pixels"
            " and more: put a resize before it"
        )
    _require_weights(model, known, image_size)
    head = known["features"] * classes
    area, whole = image_size**2, SIDE**2
    if shape := known.get("attention"):
        macs = attention_macs(model.name, shape, image_size) + head
        known = _at_side(known, image_size)
    else:
        macs = known["macs"] * area // whole + head * max(1, known["head_pixels"] * area // whole)
    more = max(1.0, known["values"] / known["macs"] / RESNET18_VALUES_PER_MAC)
    values = int(VALUES_PER_MAC * macs * more)
    bias = classes if known.get("head_bias", True) else 0
    parameters = known["parameters"] + head + bias - _frozen_parameters(model, known)
    return Cost(parameters, macs, values, int(HELD_SHARE * values))


def _require_weights(model: Torchvision, known: Mapping[str, Any], image_size: int) -> None:
    if not model.pretrained:
        return
    if not known.get("weights", True):
        raise ShapeError(f"pretrained: torchvision has no IMAGENET1K_V1 weights of {model.name}")
    if "patch" in known.get("attention", {}) and image_size != SIDE:
        raise ShapeError(
            f"torchvision's weights of {model.name} are for images of {SIDE} x {SIDE} pixels, not"
            f" {image_size} x {image_size}: put a resize before it"
        )


def _at_side(known: Mapping[str, Any], side: int) -> dict[str, Any]:
    """Return what is known of a network of attention for images of another side."""
    shape = known["attention"]
    more = position_parameters(shape, side) - position_parameters(shape, SIDE)
    parts = {
        name: count + (more if name == "encoder" else 0) for name, count in known["parts"].items()
    }
    return {**known, "parameters": known["parameters"] + more, "parts": parts}


def _frozen_parameters(model: Torchvision, known: Mapping[str, Any]) -> int:
    if model.frozen == "all_but_last":
        return known["parameters"]
    parts = known["parts"]
    for name in model.frozen:
        if name not in parts or _holds(name, known["head"]):
            allowed = ", ".join(part for part in parts if not _holds(part, known["head"]))
            raise ShapeError(
                f"frozen {name!r} is no part of {model.name} with weights"
                f"{suggest(name, parts)}; allowed: all_but_last, {allowed}"
            )
    inner = {name for name in model.frozen if name.rpartition(".")[0] in model.frozen}
    return sum(parts[name] for name in set(model.frozen) - inner)


def _holds(part: str, head: str) -> bool:
    """Whether a part holds the last layer, which is new and always trained."""
    return part == head or head.startswith(f"{part}.")
