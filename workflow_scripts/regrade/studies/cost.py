"""Parameters and multiply-adds of an architecture, by arithmetic alone.

One MAC is one multiply-add of a convolution or linear layer; bias, batch norm and pooling are
not counted. The built torch modules are tested against these numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

from regrade.studies.architectures import Architecture, Chain, Stages, Torchvision
from regrade.studies.chain_rows import walk_chain
from regrade.studies.datasets import RGB
from regrade.studies.layer_rows import Row, Shape
from regrade.studies.stage_rows import walk_stages

TORCHVISION_COSTS = {
    "resnet18": (11_176_512, 512, 1_813_561_344),
    "resnet34": (21_284_672, 512, 3_663_249_408),
    "vgg11": (128_766_336, 4096, 7_604_994_048),
    "vgg11_bn": (128_771_840, 4096, 7_604_994_048),
    "vgg16": (134_260_544, 4096, 15_466_168_320),
    "vgg16_bn": (134_268_992, 4096, 15_466_168_320),
    "alexnet": (57_003_840, 4096, 710_092_480),
}
"""Parameters without the last layer, its inputs, MACs without it at 224 x 224 pixels."""
VALUES_PER_MAC = 2e-3
"""Numbers that torchvision's layers give for a MAC: that of a ResNet-18, the most of these."""


@dataclass(frozen=True)
class Cost:
    """Totals of a network."""

    parameters: int
    macs: int
    values: int
    """Numbers that the layers give for an image, the input of the next: what training keeps."""


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

    torchvision's models are scaled from 224 x 224 pixels: exact in parameters, an estimate in
    MACs at other sizes.
    """
    if isinstance(model, Torchvision):
        parameters, features, macs = TORCHVISION_COSTS[model.name]
        head = features * classes
        macs = macs * image_size**2 // 224**2 + head
        return Cost(parameters + head + classes, macs, int(VALUES_PER_MAC * macs))
    found = rows(model, image_size, classes, channels)
    return Cost(
        sum(row.parameters for row in found),
        sum(row.macs for row in found),
        sum(prod(row.output) for row in found),
    )
