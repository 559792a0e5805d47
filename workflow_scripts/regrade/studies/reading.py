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
            node = yaml.compose(text, Loader=yaml.SafeLoader)
            self.data: Any = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise UserError(f"{path}: not valid YAML: {error}") from None
        self.lines: dict[Keys, int] = {}
        repeated: list[Mistake] = []
        if node is not None:
            self._index(node, (), repeated)
        self.refuse(repeated)

    def _index(self, node: yaml.Node, keys: Keys, repeated: list[Mistake]) -> None:
        self.lines.setdefault(keys, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                inner = (*keys, key.value)
                if key.value in seen:
                    repeated.append(Mistake(inner, "this key stands twice"))
                seen.add(key.value)
                self.lines[inner] = key.start_mark.line + 1
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
        keys = mistake.keys
        while keys and self.lines.get(_textual(keys)) is None and keys not in self.lines:
            keys = keys[:-1]
        line = self.lines.get(keys) or self.lines.get(_textual(keys), 1)
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


def _textual(keys: Keys) -> Keys:
    """YAML's own keys are text: `10:` in a file is the number 10 in the data."""
    return tuple(key if isinstance(key, int) else str(key) for key in keys)


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
        elif position == len(loc) - 1 and isinstance(data, dict) and not _is_tag(key, data):
            keys.append(key)
    return tuple(keys)


def _is_tag(key: str | int, data: dict) -> bool:
    return data.get("kind") == key


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
    message = found["msg"].removeprefix("Input ").replace("should", "must", 1)
    return f"found {shown}: it {message}" if message.startswith("must") else f"{shown}: {message}"
