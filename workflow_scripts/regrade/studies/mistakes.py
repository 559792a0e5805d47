"""What is wrong at which place of a file, in plain words."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import ValidationError

from regrade.studies.forms import DECIMAL, MEANINGS
from regrade.studies.quantity_units import units_for
from regrade.studies.spelling import choice

Keys = tuple[str | int, ...]


@dataclass(frozen=True)
class Mistake:
    """Something wrong at a place of a file."""

    keys: Keys
    text: str


def dotted(keys: Keys) -> str:
    """Write a key path as people do: `runs.D05.recipe.transforms.training[2].kind`."""
    text = ""
    for key in keys:
        text += f"[{key}]" if isinstance(key, int) else f".{key}"
    return text.lstrip(".") or "the file"


def mistakes_of(error: ValidationError, data: Any, prefix: Keys = ()) -> list[Mistake]:
    """Turn pydantic's errors into mistakes of the file."""
    errors = error.errors()
    absent = Counter(found["loc"][:-1] for found in errors if _is_short_tuple(found))
    placed = [(_present(found["loc"], data), found) for found in errors]
    renamed = {
        (*keys[:-1], found["ctx"]["meant"])
        for keys, found in placed
        if found["type"] == "unknown_key"
    }
    by_place: dict[Keys, list[Any]] = {}
    for keys, found in placed:
        # A key that stands there under another name is told as that alone.
        if found["type"] != "missing" or keys not in renamed:
            by_place.setdefault(keys, []).append(found)
    return [
        _mistake(found, data, prefix, absent[found["loc"][:-1]])
        for there in by_place.values()
        for found in _of_one_value(there)
    ]


def _of_one_value(errors: list[Any]) -> list[Any]:
    """Leave out what only says that a value is of none of the other types that it could have.

    Where it is of no type that belongs there, one error names them all.
    """
    of_types = [found for found in errors if found["type"] in _PLAIN]
    if len(of_types) < 2 or len(of_types) < len(errors):
        return [found for found in errors if found not in of_types] or errors
    wanted = dict.fromkeys(_PLAIN[found["type"]] for found in of_types)
    return [of_types[0] | {"type": "wrong_form", "msg": _belongs(*wanted)}]


def _mistake(found: Any, data: Any, prefix: Keys, absent: int) -> Mistake:
    keys = _present(found["loc"], data)
    text = _text(found, absent)
    if found["type"] == "missing" and keys[-1:] != found["loc"][-1:] and not absent:
        # A word that stands alone has no keys that a path could name.
        text = f"the key {found['loc'][-1]!r} is missing"
    if found["type"] in ("missing", "union_tag_not_found") and "recipe" in keys[2:-1]:
        text += "; a run gives a setting whole: `<<: *NAME` repeats what it shares"
    return Mistake((*prefix, *keys), text)


def _is_short_tuple(found: Any) -> bool:
    return found["type"] == "missing" and isinstance(found["loc"][-1], int)


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


def _text(found: Any, absent: int) -> str:
    """Say what is wrong, in plain words; `absent` counts the missing items of a short list."""
    if _is_short_tuple(found):
        there = len(found["input"])
        return f"found {_count(there)}: {there + absent} belong here"
    if found["type"] == "missing":
        key, there = found["loc"][-1], found["input"]
        units = units_for(there.get("quantity")) if key == "unit" and type(there) is dict else ""
        return f"this key is missing{f': {units}' if units else ''}"
    if found["type"] in ("unknown_key", "value_error"):
        return str(found["msg"])
    if found["type"] == "wrong_form":
        return f"found {_shown(found['input'])}: {found['msg']}"
    context = found.get("ctx", {})
    allowed = str(context.get("expected_tags") or context.get("expected") or "")
    value = context.get("tag", found["input"])
    shown = _shown(value)
    if allowed:
        words = re.findall(r"'([^']*)'", allowed)
        if words and isinstance(value, str):
            return f"found {shown}{choice(value, words)}"
        return f"found {shown}; allowed: {', '.join(words) or allowed}"
    if found["type"] == "union_tag_not_found":
        return f"the key 'kind' is missing{_as_only_key(value) if _is_entry(found) else ''}"
    if found["type"] in _PLAIN:
        return f"found {shown}: {_belongs(_PLAIN[found['type']])}"
    if found["type"] == "string_type":
        named = _BY_NAME.get(str(found["loc"][-1])) if isinstance(value, dict) else None
        return f"found {shown}: {named or _quoted(value)}"
    if found["type"] == "string_pattern_mismatch":
        pattern = context["pattern"]
        if pattern == DECIMAL and re.fullmatch(r"-?[0-9]+,[0-9]+", value):
            return f"found {shown}: a decimal comma is written as a point"
        return f"found {shown}; allowed: {MEANINGS.get(pattern, pattern)}"
    if found["type"] in ("too_long", "too_short"):
        bound, limit = ("at most", "max") if found["type"] == "too_long" else ("at least", "min")
        least = context[f"{limit}_length"]
        belongs = "belongs" if least == 1 else "belong"
        return f"found {_count(len(found['input']))}: {bound} {least} {belongs} here"
    message = re.sub("^(Input|String|List|Value) should", "it must", found["msg"])
    return f"found {shown}: {message}"


LONGEST = 80
"""Characters of a wrong value that a message shows."""
KEYS = "keys with values"
"""What YAML calls a mapping."""
_PLAIN = {
    **dict.fromkeys(("model_type", "model_attributes_type", "dict_type"), KEYS),
    "list_type": "a list",
    "tuple_type": "a list",
    "finite_number": "a finite number",
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "a whole number"),
    **dict.fromkeys(("float_type", "float_parsing"), "a number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "true or false"),
}
"""What should stand where pydantic finds another type."""
_BY_NAME = {
    "model": "the name of a network belongs here: declare it under `architectures`",
    "dataset": "the name of a data set belongs here: declare it under `datasets`",
}
"""Settings that are given by a name, and where what bears it is declared."""


def _is_entry(found: Any) -> bool:
    """Whether it is a network or a display: a word that has no short form."""
    return len(found["loc"]) == 2 and found["loc"][0] in ("architectures", "displays")


def _as_only_key(value: Any) -> str:
    """Say how a word is written that is taken for a key: `{chain: {layers: ...}}`."""
    if not isinstance(value, dict) or len(value) != 1:
        return ""
    ((key, content),) = value.items()
    return f": it is written `kind: {key}`, its keys beside it" if isinstance(content, dict) else ""


def _belongs(*wanted: str) -> str:
    """Say what belongs at a place: one of these."""
    verb = "belong" if wanted[-1] == KEYS else "belongs"
    return f"{' or '.join(wanted)} {verb} here"


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return KEYS
    if isinstance(value, list):
        return "a list"
    text = str(value) if isinstance(value, date) else repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def _quoted(value: Any) -> str:
    if isinstance(value, bool):
        return "YAML reads yes, no, on and off as true and false; as text they stand in quotes"
    if isinstance(value, dict | list):
        return "text belongs here; text with brackets or a colon stands in quotes"
    return "text belongs here; numbers as text stand in quotes"


def _count(items: int) -> str:
    return "1 item" if items == 1 else f"{items} items"
