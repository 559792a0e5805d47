"""From the architecture of a recipe to a network of torch modules."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import nn

from regrade.models.chain import build_chain
from regrade.models.portable import make_portable
from regrade.models.pretrained import build_torchvision, load_pretrained
from regrade.models.stages import build_stages

if TYPE_CHECKING:
    from regrade.studies.architectures import Architecture
    from regrade.studies.recipe import Transforms

CIFAR_SIZE = 32
"""Side of the images of CIFAR-10 and CIFAR-100 in pixels."""


def image_size(transforms: Transforms) -> int:
    """Side of the images that reach the network when it is evaluated, in pixels."""
    size = CIFAR_SIZE
    for transform in transforms.evaluation:
        if transform.kind in ("resize", "random_crop"):
            size = transform.size
    return size


BUILDERS: dict[str, Callable[[Any, int, int], nn.Module]] = {
    "chain": build_chain,
    "stages": lambda model, classes, _: build_stages(model, classes),
    "torchvision": lambda model, classes, _: build_torchvision(model.name, classes),
}
"""What builds a network of so many classes for images of a side, by the kind of its word."""


def build_network(model: Architecture, classes: int, image_size: int = CIFAR_SIZE) -> nn.Module:
    """Build a network with PyTorch's default initialisation, drawn from torch's global generator.

    It maps float images (batch, 3, image_size, image_size), channels-last or not, to logits
    (batch, classes). Of the three kinds only chains depend on the size of the images.
    """
    return make_portable(BUILDERS[model.kind](model, classes, image_size))


def build_model(
    model: Architecture,
    classes: int,
    weights: Path | None = None,
    image_size: int = CIFAR_SIZE,
) -> nn.Module:
    """Build the network that training starts from: `build_network`, then pretrained weights.

    Parameters
    ----------
    model
        The architecture of a recipe.
    classes
        Number of logits.
    weights
        torchvision's weight file, if the architecture is pretrained and the file is at hand.
    image_size
        Side of the images in pixels.

    Raises
    ------
    regrade.models.pretrained.UnavailableWeightsError
        If the architecture is pretrained and its weights cannot be had.
    """
    network = build_network(model, classes, image_size)
    if model.kind == "torchvision" and model.pretrained:
        load_pretrained(network, model.name, weights)
    return network
