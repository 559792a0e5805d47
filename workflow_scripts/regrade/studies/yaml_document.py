"""Reading YAML files into the schema, with every mistake of a file told at once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from regrade.errors import UserError
from regrade.studies.spelling import suggest

Keys = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Mistake:
    """Something wrong at a place of a file."""

    keys: Keys
    text: str


LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's, where PyYAML was built with it: Snakemake reads all studies at every start."""


class Document:
    """A YAML file: its data, and the line of every key.

    Raises
    ------
    UserError
        When the file cannot be read, is not YAML, or repeats a key.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"{path}: cannot be read: {error}") from None
        try:
            node = yaml.compose(text, Loader=LOADER)
            self.data: Any = yaml.load(text, Loader=LOADER)
        except yaml.YAMLError as error:
            raise UserError(f"{path}: not valid YAML: {error}") from None
        self.lines: dict[tuple[str, ...], int] = {}
        repeated: list[Mistake] = []
        if node is not None:
            try:
                self._index(node, (), repeated)
            except RecursionError:
                raise UserError(f"{path}: an anchor stands inside itself") from None
        self.refuse(repeated)

    def _index(self, node: yaml.Node, keys: Keys, repeated: list[Mistake]) -> None:
        self.lines.setdefault(_textual(keys), node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                inner = (*keys, key.value)
                if key.value in seen:
                    repeated.append(Mistake(inner, "this key stands twice"))
                seen.add(key.value)
                self.lines[_textual(inner)] = key.start_mark.line + 1
                self._index(value, inner, repeated)
        elif isinstance(node, yaml.SequenceNode):
            for position, value in enumerate(node.value):
                self._index(value, (*keys, position), repeated)

    def refuse(self, mistakes: Iterable[Mistake]) -> None:
        """Raise one error that tells all mistakes, if there are any."""
        lines = [self._tell(mistake) for mistake in dict.fromkeys(mistakes)]
        if lines:
            count = "1 mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
            raise UserError("\n  ".join([f"{self.path}: {count}", *lines]))

    def _tell(self, mistake: Mistake) -> str:
        keys = _textual(mistake.keys)
        while keys and keys not in self.lines:
            keys = keys[:-1]
        line = self.lines.get(keys, 1)
        return f"line {line}: {dotted(mistake.keys)}: {mistake.text}"

    def read(self, model: type[Model]) -> Model:
        """Validate the file against a model of the schema.

        Raises
        ------
        UserError
            Listing every mistake: key path, what was found, what is allowed.
        """
        try:
            return model.model_validate(self.data)
        except ValidationError as error:
            self.refuse(mistakes_of(error, self.data))
            raise


def _textual(keys: Keys) -> tuple[str, ...]:
    """YAML's own keys are text: `10:` in a file is the number 10 in the data."""
    return tuple(map(str, keys))


def dotted(keys: Keys) -> str:
    """Write a key path as people do: `runs.D05.recipe.transforms.training[2].kind`."""
    text = ""
    for key in keys:
        text += f"[{key}]" if isinstance(key, int) else f".{key}"
    return text.lstrip(".") or "the file"


def mistakes_of(error: ValidationError, data: Any, prefix: Keys = ()) -> list[Mistake]:
    """Turn pydantic's errors into mistakes of the file."""
    return [
        Mistake((*prefix, *_present(found["loc"], data)), _text(found)) for found in error.errors()
    ]


def _present(loc: Keys, data: Any) -> Keys:
    """Leave out the union tags that pydantic puts between the keys of the file."""
    keys: list[str | int] = []
    for position, key in enumerate(loc):
        inside = isinstance(data, dict) and key in data
        if not inside and isinstance(data, list) and isinstance(key, int):
            inside = key < len(data)
        if inside:
            keys.append(key)
            data = data[key]
        elif position == len(loc) - 1 and isinstance(data, dict) and not _is_marker(key, data):
            keys.append(key)
    return tuple(keys)


def _is_marker(key: str | int, data: dict) -> bool:
    """Whether pydantic put it there: for the kind of a word, or for a key instead of its value."""
    return key == "[key]" or data.get("kind") == key


def _text(found: Any) -> str:
    if found["type"] == "missing":
        return "this key is missing"
    if found["type"] in ("unknown_key", "value_error"):
        return str(found["msg"])
    context = found.get("ctx", {})
    allowed = str(context.get("expected_tags") or context.get("expected") or "")
    value = context.get("tag", found["input"])
    shown = repr(value) if not isinstance(value, dict | list) else f"a {type(value).__name__}"
    if allowed:
        words = re.findall(r"'([^']*)'", allowed)
        hint = suggest(value, words) if isinstance(value, str) else ""
        return f"found {shown}{hint}; allowed: {', '.join(words) or allowed}"
    if found["type"] == "union_tag_not_found":
        return "the key 'kind' is missing"
    if found["type"] in ("model_type", "model_attributes_type", "dict_type"):
        return f"found {shown}: keys with values belong here"
    if found["type"] == "string_type":
        return f"found {shown}: text belongs here; numbers as text stand in quotes"
    if found["type"] in ("too_long", "too_short"):
        bound, limit = ("at most", "max") if found["type"] == "too_long" else ("at least", "min")
        count = len(found["input"])
        return f"found {count} items: {bound} {context[f'{limit}_length']} belongs here"
    message = re.sub("^(Input|String|List) should", "it must", found["msg"])
    return f"found {shown}: {message}"
