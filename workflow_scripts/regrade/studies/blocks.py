"""Named blocks of layers with parameters, written out before a study is read.

A use of a block becomes a `sequence` of its layers in the same place, so that recipes hold plain
layers; what is wrong inside is told at the block's own place in the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError

from regrade.studies import forms
from regrade.studies.base import SchemaModel, kinds_of
from regrade.studies.compositions import MOST_LAYERS, Layer
from regrade.studies.counts import CLASSES, INPUTS
from regrade.studies.mistakes import Keys, Mistake, dotted, mistakes_of
from regrade.studies.spelling import suggest
from regrade.studies.whole_numbers import ExpressionError, names_in, partly

TAKEN = frozenset({"block", "repeat", "kind", INPUTS, CLASSES, *kinds_of(Layer)})
"""Names that mean something in layers, so that no parameter may have them."""
MOST_VALUES = 100_000
"""Values that all uses together may stand for, as in a file."""
OF_A_LAYER = 4
"""Keys that name a layer of an architecture: `architectures.NAME.layers[N]`."""
DEEPEST = 20
"""Blocks inside blocks."""


class Block(SchemaModel):
    """Layers under a name, used as `{block: NAME, PARAMETER: VALUE, ...}` in lists of layers.

    A list of values uses it once for each; `repeat` uses it so many times with the same ones.
    """

    parameters: list[Annotated[str, StringConstraints(pattern=forms.NAME)]] = Field(
        default_factory=list
    )
    """Names that stand for their values in the layers, and in whole-number arithmetic there:
    `4 * width`."""
    layers: Annotated[list[Any], Field(min_length=1)]
    """As in a chain; other blocks may be used, but not the block itself."""


@dataclass(frozen=True)
class Scope:
    """Where a layer is written: in an architecture, or in a block with the values of a use."""

    known: Mapping[str, Any] = field(default_factory=dict)
    inside: tuple[str, ...] = ()
    """The blocks around it, the innermost last."""
    used_in: str = ""

    def told(self) -> str:
        """Tell of which use it is."""
        if not self.inside:
            return ""
        values = ", ".join(f"{name} = {value}" for name, value in self.known.items())
        given = f" with {values}" if values else ""
        return f" (block {self.inside[-1]}{given}, used in {self.used_in})"


@dataclass(frozen=True)
class Place:
    """A place in what is written out, and where it stands in the file."""

    keys: Keys
    home: Keys

    def at(self, *keys: str | int) -> Place:
        """Return a place inside of it."""
        return Place((*self.keys, *keys), (*self.home, *keys))


class TooManyError(Exception):
    """Blocks that stand for more values than a network has."""


class Writer:
    """Writes uses of blocks out, and keeps what is wrong and where all came from."""

    def __init__(self, blocks: Mapping[str, Any]) -> None:
        self.blocks = blocks
        self.mistakes: list[Mistake] = []
        self.origins: dict[Keys, tuple[Keys, Scope]] = {}
        self._values = 0

    def write(self, value: Any, place: Place, scope: Scope) -> Any:
        """Return a value of the file with all uses in it written out."""
        self._values += 1
        if self._values > MOST_VALUES and scope.inside:
            raise TooManyError
        is_layer = isinstance(place.keys[-1], int)
        if isinstance(value, dict) and is_layer and isinstance(value.get("block"), str):
            return self._use(value, place, scope)
        if isinstance(value, dict):
            return {
                key: part if key == "kind" else self.write(part, place.at(key), scope)
                for key, part in value.items()
            }
        if isinstance(value, list):
            return [self.write(part, place.at(n), scope) for n, part in enumerate(value)]
        return self._substitute(value, place, scope) if isinstance(value, str) else value

    def _refuse(self, place: Place, scope: Scope, text: str) -> None:
        self.mistakes.append(Mistake(place.home, text + scope.told()))

    def _substitute(self, text: str, place: Place, scope: Scope) -> Any:
        """Return what a text means where its names have values."""
        if text in scope.known:
            return scope.known[text]
        if not any(name in text for name in scope.known):
            return text
        try:
            return partly(text, scope.known) if names_in(text) & scope.known.keys() else text
        except ExpressionError as error:
            if any(re.search(rf"\b{name}\b", text) for name in scope.known):
                self._refuse(place, scope, str(error))
            return text

    def _use(self, use: dict[str, Any], place: Place, scope: Scope) -> dict[str, Any]:
        given = {
            key: self.write(part, place.at(key), scope)
            for key, part in use.items()
            if key != "block"
        }
        name = use["block"]
        repeat = given.pop("repeat", 1)
        before = len(self.mistakes)
        for inner, text in self._wrong_uses(name, given, repeat, scope):
            self._refuse(place.at(*inner), scope, text)
        if len(self.mistakes) > before:
            return {"kind": "sequence", "layers": ["flatten"]}
        turns = list(_turns(given))
        if turns == [given]:
            layers = self._layers(name, given, place.at("layers"), scope)
            again = {"repeat": repeat} if repeat > 1 else {}
            return {"kind": "sequence", "layers": layers} | again
        sequences = [
            {"kind": "sequence", "layers": self._layers(name, values, inner, scope)}
            for turn, values in enumerate(turns)
            for inner in [place.at("layers", turn, "layers")]
        ]
        return {"kind": "sequence", "layers": sequences}

    def _layers(self, name: str, values: dict[str, Any], place: Place, scope: Scope) -> list[Any]:
        """Return the layers of a block with the values of a use."""
        used_in = scope.used_in or dotted(place.home[:OF_A_LAYER])
        inner = Scope(values, (*scope.inside, name), used_in)
        home: Keys = ("blocks", name, "layers")
        self.origins[place.keys] = (home, inner)
        layers = self.blocks[name]["layers"]
        return [
            self.write(layer, Place((*place.keys, n), (*home, n)), inner)
            for n, layer in enumerate(layers)
        ]

    def _wrong_uses(
        self, name: str, given: dict[str, Any], repeat: Any, scope: Scope
    ) -> Iterator[tuple[Keys, str]]:
        if name not in self.blocks:
            known = f"; allowed: {', '.join(self.blocks)}" if self.blocks else "; there is none"
            yield ("block",), f"unknown block {name!r}{suggest(name, self.blocks)}{known}"
            return
        if name in scope.inside or len(scope.inside) >= DEEPEST:
            yield ("block",), f"block {name} uses itself: {' > '.join((*scope.inside, name))}"
            return
        parameters = self.blocks[name].get("parameters", [])
        for key in given:
            if key not in parameters:
                known = ", ".join(map(str, parameters)) or "none"
                hint = suggest(str(key), [*parameters, "repeat"])
                yield (key,), f"block {name} has no parameter {key!r}{hint}; it has: {known}"
        for parameter in parameters:
            if parameter not in given:
                yield (), f"block {name} needs a value of its parameter {parameter!r}"
        yield from _wrong_repetitions(given, repeat)


def _wrong_repetitions(given: dict[str, Any], repeat: Any) -> Iterator[tuple[Keys, str]]:
    if type(repeat) is not int or not 1 <= repeat <= MOST_LAYERS:
        yield ("repeat",), f"found {repeat!r}: a whole number from 1 to {MOST_LAYERS} belongs here"
    series = {key: len(value) for key, value in given.items() if isinstance(value, list)}
    if series and repeat != 1:
        yield ("repeat",), "a list of values uses the block once for each: it goes without `repeat`"
    if len(set(series.values())) > 1 or 0 in series.values():
        told = ", ".join(f"{key} has {count}" for key, count in series.items())
        yield (), f"lists of values must be of one length from 1 on, but {told}"


def _turns(given: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the values of each use that the lists of values stand for."""
    series = [key for key, value in given.items() if isinstance(value, list)]
    if not series:
        yield given
        return
    for turn in range(len(given[series[0]])):
        yield given | {key: given[key][turn] for key in series}


@dataclass(frozen=True)
class WrittenOut:
    """A study file's data without blocks, and what is needed to tell mistakes at their places."""

    data: Any
    mistakes: list[Mistake]
    origins: Mapping[Keys, tuple[Keys, Scope]]

    def at_home(self, mistakes: Iterable[Mistake]) -> list[Mistake]:
        """Tell mistakes inside of blocks where these stand in the file, each for its first use."""
        found: dict[Mistake, Mistake] = {}
        for mistake in mistakes:
            whole = (mistake.keys[:n] for n in range(len(mistake.keys), 0, -1))
            origin = next((keys for keys in whole if keys in self.origins), None)
            if origin is None:
                found.setdefault(mistake, mistake)
                continue
            home, scope = self.origins[origin]
            plain = Mistake((*home, *mistake.keys[len(origin) :]), mistake.text)
            found.setdefault(plain, Mistake(plain.keys, plain.text + scope.told()))
        return list(found.values())


def _has_uses(value: Any) -> bool:
    if isinstance(value, dict):
        return "block" in value or any(_has_uses(part) for part in value.values())
    return isinstance(value, list) and any(map(_has_uses, value))


def _wrong_blocks(blocks: Any) -> Iterator[Mistake]:
    if not isinstance(blocks, dict):
        yield Mistake(("blocks",), "keys with values belong here: the names of blocks")
        return
    for name, block in blocks.items():
        keys: Keys = ("blocks", name)
        try:
            parameters = Block.model_validate(block).parameters
        except ValidationError as error:
            yield from mistakes_of(error, block, keys)
            continue
        for n, parameter in enumerate(parameters):
            if parameter in TAKEN:
                text = f"{parameter!r} means something in layers: choose another name"
                yield Mistake((*keys, "parameters", n), text)


def write_out(data: Any) -> WrittenOut:
    """Write all uses of blocks in a study file's architectures out."""
    architectures = data.get("architectures") if isinstance(data, dict) else None
    if not isinstance(architectures, dict):
        return WrittenOut(data, [], {})
    blocks = data.get("blocks", {})
    if not blocks and not _has_uses(architectures):
        return WrittenOut(data, [], {})
    mistakes = list(_wrong_blocks(blocks))
    if mistakes:
        return WrittenOut(data, mistakes, {})
    writer = Writer(blocks)
    keys: Keys = ("architectures",)
    try:
        written = writer.write(architectures, Place(keys, keys), Scope())
    except TooManyError:
        text = f"the uses of blocks stand for more than {MOST_VALUES} values"
        return WrittenOut(data, [Mistake(keys, text)], {})
    return WrittenOut(data | {"architectures": written}, writer.mistakes, writer.origins)
