"""Short forms: `relu` for `{kind: relu}`, `{residual: {...}}` for `{kind: residual, ...}`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema

USES = {
    "type": "object",
    "required": ["block"],
    "properties": {
        "block": {"type": "string", "description": "A name under `blocks`, and its parameters."},
        "repeat": {"type": "integer", "minimum": 1},
    },
}
"""A use of a named block, which `regrade.studies.blocks` writes out before anything is read."""


@dataclass(frozen=True)
class Shorthand:
    """Lets a word that needs no key but its kind stand alone, and a kind stand as the only key."""

    bare: tuple[str, ...]
    """Kinds that may stand alone."""
    lists: tuple[tuple[str, str], ...] = ()
    """Kinds that may be the only key, and the key of the list that each may hold."""
    listed: str | None = None
    """The kind that a list stands for, and its key."""
    uses: bool = False
    """Whether a use of a named block may stand here."""

    def spell_out(self, value: Any) -> Any:
        """Return the whole form of a word; what is no short form stays as it is."""
        if isinstance(value, str):
            return {"kind": value}
        if isinstance(value, list) and self.listed:
            return {"kind": self.listed, self.listed: value}
        if isinstance(value, dict) and len(value) == 1:
            lists = dict(self.lists)
            (kind, content), *_ = value.items()
            if kind in lists and isinstance(content, dict):
                return {"kind": kind} | content
            if kind in lists and isinstance(content, list):
                return {"kind": kind, lists[kind]: content}
        return value

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Spell words out before they are read."""
        return core_schema.no_info_before_validator_function(self.spell_out, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Tell editors of the short forms."""
        forms: list[dict[str, Any]] = [{"enum": list(self.bare)}, handler(schema)]
        if self.lists:
            inner = {kind: {"type": ["object", "array"]} for kind, _ in self.lists}
            forms.append({"type": "object", "properties": inner, "maxProperties": 1})
        if self.listed:
            forms.append({"type": "array"})
        return {"anyOf": [*forms, USES] if self.uses else forms}
