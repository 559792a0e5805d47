"""Where the settings of a run come from, as its page shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from regrade.studies.base import SchemaModel
from regrade.studies.origins import MODEL, Origin, setting_of

NOT_STATED = "not stated"
DEFAULT = "the default"
"""Of a setting that the study file leaves out."""


@dataclass(frozen=True)
class Told:
    """Where a setting, or a part of it, comes from."""

    part: str
    """The part of the setting; empty where it is the whole."""
    way: str
    """`told`, `evidence`, `assumed`, or that it is not stated or the default."""
    text: str
    """The place or the reason; empty where none is known."""


def told(origins: Mapping[str, Origin], path: str, value: Any, *, is_given: bool) -> list[Told]:
    """Return where a setting comes from: as a whole, or its parts one by one.

    Parameters
    ----------
    origins
        Of the run, by the paths of settings.
    path
        The setting: `optimizer`, `transforms.training`.
    value
        What it is in the recipe.
    is_given
        Whether the study file says anything of it.
    """
    whole = [one for place, one in origins.items() if _is_whole(place, path)]
    if whole:
        return list(_ways("", whole[-1]))
    inside = {p.removeprefix(f"{path}."): p for p in origins if p.startswith(f"{path}.")}
    found = [one for part, place in inside.items() for one in _ways(part, origins[place])]
    if not found:
        return [Told("", NOT_STATED if is_given else DEFAULT, "")]
    rest = [name for name in _written(value) if name not in inside]
    return [*found, Told("the rest", NOT_STATED, "")] if rest else found


def _is_whole(place: str, path: str) -> bool:
    """Tell whether an origin is of a setting as a whole: its own, or of what it is a part of."""
    return place in (path, setting_of(path)) or setting_of(place) == path == MODEL


def _ways(part: str, origin: Origin) -> Iterator[Told]:
    words = part.replace("_", " ").replace(".", ", ")
    return (Told(words, way, text) for way, text in origin.ways.items())


def _written(value: Any) -> set[str]:
    """Return the parts that the study file writes."""
    return value.model_fields_set if isinstance(value, SchemaModel) else set()
