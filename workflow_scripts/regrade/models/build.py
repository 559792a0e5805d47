"""From the architecture of a recipe to a network of torch modules."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import nn

from regrade.models.chain import build_chain
from regrade.models.initialization import initialize
from regrade.models.portable import make_portable
from regrade.models.pretrained import build_torchvision, freeze, load_pretrained
from regrade.models.stages import build_stages
from regrade.studies.datasets import RGB

if TYPE_CHECKING:
    from regrade.studies.architectures import Architecture


def _timm(model: Any, classes: int, size: int, channels: int) -> nn.Module:
    # Imported here because few have timm, and fewer use it.
    from regrade.models.timm_networks import build_timm

    return build_timm(model, classes, size, channels)


BUILDERS: dict[str, Callable[[Any, int, int, int], nn.Module]] = {
    "chain": build_chain,
    "stages": lambda model, classes, _, channels: build_stages(model, classes, channels),
    "torchvision": lambda model, classes, size, _: build_torchvision(model.name, classes, size),
    "timm": _timm,
}
"""What builds a network, by the kind of its word: classes, side and channels of the images."""


def build_network(
    model: Architecture, classes: int, image_size: int, channels: int = RGB
) -> nn.Module:
    """Build a network, its weights drawn from torch's global generator.

    They have PyTorch's default initialisation where the architecture says nothing else.

    It maps float images (batch, channels, image_size, image_size), channels-last or not, to logits
    (batch, classes). Chains, and networks of attention, depend on the size of the images.
    """
    network = BUILDERS[model.kind](model, classes, image_size, channels)
    initialize(network, model.initialization)
    if model.kind == "torchvision" and model.frozen:
        freeze(network, model.frozen)
    return make_portable(network)


def build_model(
    model: Architecture,
    classes: int,
    image_size: int,
    channels: int = RGB,
    *,
    weights: Path | None = None,
) -> nn.Module:
    """Build the network that training starts from: `build_network`, then pretrained weights.

    Parameters
    ----------
    model
        The architecture of a recipe.
    classes
        Number of logits.
    image_size, channels
        Of the images, the side in pixels.
    weights
        torchvision's weight file, if the architecture is pretrained and the file is at hand.

    Raises
    ------
    regrade.models.pretrained.UnavailableWeightsError
        If the architecture is pretrained and its weights cannot be had.
    """
    network = build_network(model, classes, image_size, channels)
    if model.kind == "torchvision" and model.pretrained:
        load_pretrained(network, model.name, weights)
    return network
