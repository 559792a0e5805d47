"""Chains of layers, and layers that are made of layers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from regrade.models import layers
from regrade.models.layers import Input
from regrade.studies.datasets import RGB
from regrade.studies.layer_rows import ROWS, Given, Shape

if TYPE_CHECKING:
    from regrade.studies.architectures import Chain
    from regrade.studies.architectures import Residual as ResidualWord

FRESH = {"conv", "linear", "batch_norm"}
"""Layers whose output an activation may overwrite: their backward pass does not read it, and it
is no view of the input of a residual chain."""


class Residual(nn.Sequential):
    """A chain whose input is added to its output."""

    def forward(self, features: Tensor) -> Tensor:
        """Map features to features of the same shape."""
        return features + super().forward(features)


def build_chain(model: Chain, classes: int, image_size: int, channels: int = RGB) -> nn.Sequential:
    """Build a chain; its layers are named by their positions from 1, as in the layer table."""
    image = Given((channels, image_size, image_size), classes)
    modules, _ = _build_layers(model.layers, image)
    return nn.Sequential(modules)


Built = tuple[nn.Module, Shape]
"""A layer, and the shape of its output."""


def _build_layers(words: Sequence[Any], given: Given) -> tuple[OrderedDict[str, nn.Module], Shape]:
    modules: OrderedDict[str, nn.Module] = OrderedDict()
    fresh = False
    for position, word in enumerate(words, start=1):
        module, shape = BUILDERS[word.kind](word, Input(given, fresh))
        modules[str(position)] = module
        given = given._replace(shape=shape)
        fresh = word.kind in FRESH
    return modules, given.shape


def _build_single(word: Any, input_: Input) -> Built:
    module = layers.BUILDERS[word.kind](word, input_)
    return module, ROWS[word.kind]("", word, input_.given).output


def _build_residual(word: ResidualWord, input_: Input) -> Built:
    modules, shape = _build_layers(word.layers, input_.given)
    return Residual(modules), shape


BUILDERS: dict[str, Callable[[Any, Input], Built]] = {
    **dict.fromkeys(layers.BUILDERS, _build_single),
    "residual": _build_residual,
}
"""What builds a layer, by the kind of its word."""
