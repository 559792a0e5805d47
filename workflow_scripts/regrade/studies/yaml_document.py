"""Reading YAML files into the schema, with every mistake of a file told at once."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from regrade.errors import UserError
from regrade.studies.blocks import WrittenOut
from regrade.studies.mistakes import Keys, Mistake, dotted, mistakes_of
from regrade.studies.yaml_mistakes import told

Model = TypeVar("Model", bound=BaseModel)


STUDY_ENDINGS = (".yaml", ".yml")
"""Of study files."""
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's, where PyYAML was built with it: Snakemake reads all studies at every start."""
MOST_VALUES = 100_000
"""Values of a file with its aliases written out: ours have 10,000 at most."""
DEEPEST = 50
"""Levels of nesting; ours have ten."""
_KEY_TAGS = {
    "tag:yaml.org,2002:bool": "true or false",
    "tag:yaml.org,2002:null": "nothing",
    "tag:yaml.org,2002:float": "a number",
    "tag:yaml.org,2002:timestamp": "a date",
}
"""What YAML takes a bare key for that is meant as text."""


class Document:
    """A YAML file: its data, and the line of every key.

    Raises
    ------
    UserError
        When the file cannot be read, is not YAML, repeats a key, or unfolds without an end.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        text = read_text(path)
        self.lines: dict[tuple[str, ...], int] = {}
        self._values = 0
        self._open: set[int] = set()
        found: list[Mistake] = []
        loader = LOADER(text)
        try:
            self._require_shallow(text)
            node = loader.get_single_node()
            if node is not None:
                self._index(node, (), found)
                self.refuse(found)
            self.data: Any = None if node is None else loader.construct_document(node)
        except yaml.YAMLError as error:
            raise UserError(f"{path}: not valid YAML: {told(error, text)}") from None
        except RecursionError:
            raise UserError(f"{path}: it is nested too deeply") from None
        except (ValueError, OverflowError) as error:
            raise UserError(
                f"{path}: not valid YAML: a value is no date or number: {error};"
                " text that looks like one stands in quotes"
            ) from None
        finally:
            loader.dispose()

    def _require_shallow(self, text: str) -> None:
        """Refuse deep nesting before nodes are made of it: libyaml's own calls go as deep."""
        depth = 0
        for event in yaml.parse(text, Loader=LOADER):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                # The outermost collection is no level: its entries are the first.
                if depth > DEEPEST + 1:
                    # What was parsed has a mark; the stubs think of what is yet to be written.
                    raise self._too_deep(event.start_mark.line + 1)  # type: ignore[union-attr]
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1

    def _too_deep(self, line: int) -> UserError:
        return UserError(f"{self.path}: line {line}: nested more than {DEEPEST} levels deep")

    def _index(self, node: yaml.Node, keys: Keys, found: list[Mistake]) -> None:
        self._values += 1
        if self._values > MOST_VALUES:
            raise UserError(
                f"{self.path}: with its aliases (`*name`) written out it has more than"
                f" {MOST_VALUES} values: let aliases not repeat one another"
            )
        line = node.start_mark.line + 1
        if id(node) in self._open:
            raise UserError(f"{self.path}: line {line}: an anchor stands inside itself")
        if len(keys) > DEEPEST:
            raise self._too_deep(line)
        self.lines.setdefault(textual(keys), line)
        self._open.add(id(node))
        found.extend(_torn_expressions(node, keys))
        if isinstance(node, yaml.MappingNode):
            self._index_mapping(node, keys, found)
        elif isinstance(node, yaml.SequenceNode):
            for position, value in enumerate(node.value):
                self._index(value, (*keys, position), found)
        self._open.discard(id(node))

    def _index_mapping(self, node: yaml.MappingNode, keys: Keys, found: list[Mistake]) -> None:
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                line = key.start_mark.line + 1
                raise UserError(f"{self.path}: line {line}: {dotted(keys)}: a key must be text")
            inner = (*keys, key.value)
            self.lines[textual(inner)] = key.start_mark.line + 1
            if key.value in seen:
                found.append(Mistake(inner, "this key stands twice"))
            if key.tag in _KEY_TAGS and not _is_torn(value):
                text = f"YAML reads this key as {_KEY_TAGS[key.tag]}: write it in quotes"
                found.append(Mistake(inner, f"{text}, '{key.value}'"))
            seen.add(key.value)
            self._index(value, inner, found)

    def refuse(self, mistakes: Iterable[Mistake]) -> None:
        """Raise one error that tells all mistakes, if there are any."""
        lines = [self._tell(mistake) for mistake in dict.fromkeys(mistakes)]
        if lines:
            count = "1 mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
            raise UserError("\n  ".join([f"{self.path}: {count}", *lines]))

    def _tell(self, mistake: Mistake) -> str:
        keys = textual(mistake.keys)
        while keys and keys not in self.lines:
            keys = keys[:-1]
        line = self.lines.get(keys, 1)
        return f"line {line}: {dotted(mistake.keys)}: {mistake.text}"

    def read(self, model: type[Model], written: WrittenOut) -> Model:
        """Validate the file, with its blocks written out, against a model of the schema.

        Raises
        ------
        UserError
            Listing every mistake: key path, what was found, what is allowed.
        """
        try:
            return model.model_validate(written.data)
        except ValidationError as error:
            self.refuse(written.at_home(mistakes_of(error, written.data)))
            raise


def read_text(path: Path) -> str:
    """Read a text file: UTF-8, with or without a byte-order mark.

    Raises
    ------
    UserError
        When the file cannot be read or is not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(
            f"{path}: not UTF-8 (byte {error.start + 1}): save it as UTF-8 text"
        ) from None
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read: {error}") from None


def _is_torn(value: yaml.Node) -> bool:
    return isinstance(value, yaml.ScalarNode) and value.value == ""


def _torn_expressions(node: yaml.Node, keys: Keys) -> Iterator[Mistake]:
    """Find expressions that YAML has cut at their commas: `{quantity: at(test_loss, 2)}`."""
    if not getattr(node, "flow_style", False):
        return
    scalars = [
        (place, part)
        for place, part in _parts(node)
        if isinstance(part, yaml.ScalarNode) and part.style in (None, "") and part.value
    ]
    for (place, first), (_, second) in itertools.pairwise(scalars):
        if first.value.count("(") > first.value.count(")") and second.value.count(
            ")"
        ) > second.value.count("("):
            whole = f"{first.value}, {second.value}"
            text = f'an expression with a comma stands in quotes: "{whole}"'
            yield Mistake((*keys, *place), text)


def _parts(node: yaml.Node) -> Iterator[tuple[Keys, yaml.Node]]:
    if isinstance(node, yaml.SequenceNode):
        yield from (((position,), part) for position, part in enumerate(node.value))
    else:
        for key, value in node.value:
            yield (str(key.value),), key
            yield (str(key.value),), value


def textual(keys: Keys) -> tuple[str, ...]:
    """Return keys as files write them, as text: `10:` in a file is the number 10 in the data."""
    return tuple(map(str, keys))
