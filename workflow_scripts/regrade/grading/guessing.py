"""A check by arithmetic: before training, a network guesses."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from regrade.grading.told_numbers import Numbers
from regrade.studies.architectures import Architecture
from regrade.studies.compositions import parts
from regrade.studies.images import dataset_of
from regrade.studies.recipe import Recipe

BELOW_GUESSING = 0.05
"""How far, in nats, a loss before training may lie below ln(classes): the luck of a batch."""
ABOVE_GUESSING = {False: 0.15, True: 1.0}
"""How far above, without and with shortcuts. Default initialisation of torch, three draws each of
eleven networks of five reports: up to 0.07 without, up to 0.92 with shortcuts, which add up."""


def is_cross_entropy(recipe: Recipe) -> bool:
    """Tell whether losses are plain cross-entropies, without smoothed labels."""
    return recipe.loss.kind == "cross_entropy" and not recipe.loss.label_smoothing


def initial_loss(numbers: Numbers) -> Iterator[str]:
    """Hold the loss before training against ln(classes), which guessing has.

    Predictions that know nothing of the classes cannot do better than guessing, and do worse by
    about half the variance of their logits: little without shortcuts. Other initialisations than
    torch's own may do worse by any amount.

    Source: Jensen (1906), Acta Mathematica 30, 175-193; the width is measured on networks with
    torch's default initialisation.
    """
    recipe = numbers.run.recipe
    ends = numbers.get("initial_loss")
    if ends is None or not is_cross_entropy(recipe) or recipe.penalty:
        return
    guessing = math.log(dataset_of(recipe).classes)
    if ends[0] > guessing + _highest(recipe.model) or ends[1] < guessing - BELOW_GUESSING:
        yield f"{numbers.shown('initial_loss')} is far from ln(classes) = {guessing:.4f}"


_LAYERS: dict[str, Callable[[Any], Sequence[Any]]] = {
    "chain": lambda model: model.layers,
    "stages": lambda _: (),
    "torchvision": lambda _: (),
    "timm": lambda _: (),
}
"""The layers that a network spells out, by the kind of its word."""
_SHORTCUTS: dict[str, Callable[[Any], bool]] = {
    "chain": lambda model: any(layer.kind == "residual" for layer in _all(model.layers)),
    "stages": lambda model: model.shortcut.kind != "none",
    "torchvision": lambda model: model.name.startswith("resnet"),
    "timm": lambda _: True,
}
"""Whether a network adds shortcuts to what its layers give, by the kind of its word."""


def _highest(model: Architecture) -> float:
    """Return how far above guessing a network may begin, in nats."""
    words = [model, *_all(_LAYERS[model.kind](model))]
    if any(getattr(word, "initialization", None) or word.kind == "multiply" for word in words):
        return math.inf
    return ABOVE_GUESSING[_SHORTCUTS[model.kind](model)]


def _all(layers: Sequence[Any]) -> Iterator[Any]:
    """Yield layers, and those that they are made of."""
    for layer in layers:
        yield layer
        for part in parts(layer):
            yield from _all(part)
