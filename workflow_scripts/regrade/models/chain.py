"""Chains of layers, and layers that are made of layers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from torch import nn

from regrade.models import layers
from regrade.models.compositions import Concat, Residual, ResidualBlock, Scale
from regrade.models.initialization import OWN
from regrade.models.layers import KIND, Input
from regrade.models.stages import PadShortcut
from regrade.studies.datasets import RGB
from regrade.studies.layer_rows import ROWS, Given, Shape
from regrade.studies.residual_shortcuts import adds, layers_of, padding_of

if TYPE_CHECKING:
    from regrade.studies import compositions as words

FRESH = {"conv", "linear", "batch_norm", "concat", "scale"}
"""Layers whose output an activation may overwrite: their backward pass does not read it, and it
is no view of the input of a residual chain."""


def build_chain(
    model: words.Chain, classes: int, image_size: int, channels: int = RGB
) -> nn.Sequential:
    """Build a chain; its layers are named by their positions from 1, as in the layer table."""
    modules, _ = _build_layers(model.layers, Given((channels, image_size, image_size), classes))
    return modules


Built = tuple[nn.Module, Shape]
"""A layer, and the shape of its output."""


def _build_layers(
    words: Sequence[Any], given: Given, *, fresh: bool = False
) -> tuple[nn.Sequential, Shape]:
    modules: OrderedDict[str, nn.Module] = OrderedDict()
    for position, word in enumerate(words, start=1):
        module, shape = BUILDERS[word.kind](word, Input(given, fresh))
        modules[str(position)] = module
        given = given._replace(shape=shape)
        fresh = word.kind in FRESH
    return nn.Sequential(modules), given.shape


def _build_single(word: Any, input_: Input) -> Built:
    module = layers.BUILDERS[word.kind](word, input_)
    setattr(module, KIND, word.kind)
    if getattr(word, "initialization", None):
        setattr(module, OWN, word.initialization)
    return module, ROWS[word.kind]("", word, input_.given).output


def _build_repeated(word: words.Repeated, input_: Input) -> Built:
    given, fresh = input_
    if word.repeat == 1:
        return _build_layers(word.layers, given, fresh=fresh)
    turns: OrderedDict[str, nn.Module] = OrderedDict()
    for turn in range(1, word.repeat + 1):
        turns[str(turn)], shape = _build_layers(word.layers, given, fresh=fresh)
        given, fresh = given._replace(shape=shape), False
    return nn.Sequential(turns), given.shape


def _build_residual(word: words.Residual, input_: Input) -> Built:
    given = input_.given
    if word.main is None:
        modules, shape = _build_layers(word.layers or [], given)
        return Residual(OrderedDict(modules.named_children())), shape
    main, output = _build_layers(word.main, given)
    shortcut = _build_shortcut(word.shortcut, given, output)
    then, after = _build_layers(word.then, given._replace(shape=output), fresh=shortcut is not None)
    return ResidualBlock(main, shortcut, then), after


def _build_shortcut(word: Any, given: Given, output: Shape) -> nn.Module | None:
    if not adds(word, given.shape, output):
        return None
    if word is not None and word.kind == "pad":
        return PadShortcut(*padding_of(given.shape, output), word.subsample)
    modules, _ = _build_layers(layers_of(word, given.shape, output), given)
    return modules


def _build_concat(word: words.Concat, input_: Input) -> Built:
    branches = [_build_layers(branch, input_.given) for branch in word.branches]
    shapes = [shape for _, shape in branches]
    joined = (sum(shape[0] for shape in shapes), *shapes[0][1:])
    return Concat([modules for modules, _ in branches]), joined


def _build_scale(word: words.Scale, input_: Input) -> Built:
    modules, _ = _build_layers(word.layers, input_.given)
    return Scale(modules), input_.given.shape


BUILDERS: dict[str, Callable[[Any, Input], Built]] = {
    **dict.fromkeys(layers.BUILDERS, _build_single),
    "sequence": _build_repeated,
    "residual": _build_residual,
    "concat": _build_concat,
    "scale": _build_scale,
}
"""What builds a layer, by the kind of its word."""
