"""Words for layers that are made of layers, and for the chain that is made of all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from regrade.studies.base import SchemaModel, added
from regrade.studies.bounds import refusal
from regrade.studies.initialization import Initialization
from regrade.studies.layers import SingleLayer
from regrade.studies.shortcuts import (
    IdentityShortcut,
    MatchingShortcut,
    NoShortcut,
    PadShortcut,
    ProjectionShortcut,
)
from regrade.studies.shorthand import Shorthand

MOST_LAYERS = 10_000
"""Layers of a network, its repeated ones written out: a ResNet-1202 has 3,600."""


class Repeated(SchemaModel):
    """Layers one after the other, `repeat` times, each time with weights of their own."""

    kind: Literal["sequence"]
    layers: Layers
    repeat: Annotated[int, Field(ge=1, le=MOST_LAYERS)] = 1


class Residual(SchemaModel):
    """What the shortcut gives is added to the output of the main path.

    With `layers` in the place of `main`, it is the input itself that is added.
    """

    kind: Literal["residual"]
    layers: Layers | None = added(None)
    """The main path, where the input itself is added."""
    main: Layers | None = added(None)
    """The main path, beside `shortcut` and `then`."""
    shortcut: Shortcut | None = added(None)
    """Left out: `identity`. A list of layers is a path of its own."""
    then: list[Layer] = added([])
    """What follows the sum."""

    @model_validator(mode="after")
    def _need_one_main_path(self) -> Residual:
        if (self.layers is None) == (self.main is None):
            raise refusal("it needs either `main` (with `shortcut` and `then`) or `layers`")
        if self.layers is not None and (self.shortcut or self.then):
            raise refusal("`shortcut` and `then` go with `main`: write it instead of `layers`")
        return self


class Concat(SchemaModel):
    """The outputs of all branches, which have the same input, as channels one after the other."""

    kind: Literal["concat"]
    branches: Annotated[list[list[Layer]], Field(min_length=1)]
    """Lists of layers; an empty one is the input itself."""


class Scale(SchemaModel):
    """The input times what the layers give of it: a number a channel, a pixel, or both.

    Squeeze-and-excitation is a global pool, two convolutions or linear layers, and a sigmoid.
    """

    kind: Literal["scale"]
    layers: Layers
    """What gives the numbers."""


class OwnShortcut(SchemaModel):
    """A path of layers: written as their list."""

    kind: Literal["layers"]
    layers: Layers


AnyShortcut = (
    NoShortcut
    | IdentityShortcut
    | MatchingShortcut
    | ProjectionShortcut
    | PadShortcut
    | OwnShortcut
)
Compound = Repeated | Residual | Concat | Scale
Layer = Annotated[
    SingleLayer | Compound,
    Field(discriminator="kind"),
    Shorthand.of(
        SingleLayer | Compound,
        lists=(
            *(("sequence", "layers"), ("residual", "layers"), ("scale", "layers")),
            ("concat", "branches"),
        ),
        uses=True,
    ),
]
Layers = Annotated[list[Layer], Field(min_length=1)]
Shortcut = Annotated[
    AnyShortcut,
    Field(discriminator="kind"),
    Shorthand.of(AnyShortcut, listed="layers"),
]
for _word in (Repeated, Residual, Concat, Scale, OwnShortcut):
    _word.model_rebuild()


def parts(word: Any) -> Iterator[Sequence[Any]]:
    """Yield the lists of layers that a layer is made of."""
    yield from (found for key in ("layers", "main", "then") if (found := getattr(word, key, None)))
    yield from getattr(word, "branches", [])
    yield getattr(getattr(word, "shortcut", None), "layers", [])


def count_layers(layers: Sequence[Any]) -> int:
    """Count the layers with the repeated ones written out."""
    return sum(
        1 + getattr(layer, "repeat", 1) * sum(map(count_layers, parts(layer))) for layer in layers
    )


class Chain(SchemaModel):
    """A plain chain of layers, from the image to the logits."""

    kind: Literal["chain"]
    layers: Layers
    """In their order; the last ones give a vector, one logit a class."""
    initialization: Initialization | None = added(None)
    """The values before training; left out: torch's own."""

    @model_validator(mode="after")
    def _need_an_end(self) -> Chain:
        if (count := count_layers(self.layers)) > MOST_LAYERS:
            raise refusal(f"it has {count} layers, written out: at most {MOST_LAYERS} are allowed")
        return self
