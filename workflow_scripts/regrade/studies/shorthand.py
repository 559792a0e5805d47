"""Short forms: `relu` for `{kind: relu}`, `{conv: {...}}` for `{kind: conv, ...}`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema

from regrade.studies.base import keys_inside, kinds_of, required_keys
from regrade.studies.bounds import refusal
from regrade.studies.spelling import choice, meant

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
    kinds: tuple[tuple[str, str], ...]
    """Kinds that may be the only key, and what stands inside of each: its needed keys, or all."""
    keys: frozenset[str] = frozenset()
    """The keys of all these kinds."""
    lists: tuple[tuple[str, str], ...] = ()
    """Kinds that may be the only key with a list, and the key of that list."""
    listed: str | None = None
    """The kind that a list stands for, and its key."""
    uses: bool = False
    """Whether a use of a named block may stand here."""

    @classmethod
    def of(cls, words: Any, **others: Any) -> Self:
        """Return the short forms of a word, or of all words that a type is made of."""
        kinds = kinds_of(words)
        bare = (kind for kind, word in kinds.items() if required_keys(word) <= {"kind"})
        inside = ((kind, keys_inside(word, "kind")) for kind, word in kinds.items())
        keys = frozenset(key for word in kinds.values() for key in word.model_fields)
        return cls(tuple(bare), tuple(inside), keys, **others)

    def spell_out(self, value: Any) -> Any:
        """Return the whole form of a word; what is no short form stays as it is.

        Raises
        ------
        PydanticCustomError
            When a kind is the only key, and what stands inside are not its keys, or beside it;
            or when the only key is no kind.
        """
        if isinstance(value, str):
            return {"kind": value}
        if isinstance(value, list) and self.listed:
            return {"kind": self.listed, self.listed: value}
        if isinstance(value, dict) and len(value) == 1:
            lists, kinds = dict(self.lists), dict(self.kinds)
            (kind, content), *_ = value.items()
            if isinstance(content, dict) and "kind" not in content and meant(kind, kinds):
                return {"kind": kind} | content
            if isinstance(content, list) and kind in lists:
                return {"kind": kind, lists[kind]: content}
            if kind in kinds and not isinstance(content, dict):
                raise refusal(self._not_inside(kind, content))
            if isinstance(content, dict) and isinstance(kind, str) and kind not in self.keys:
                raise refusal(f"found {kind!r}{choice(kind, kinds)}")
        if isinstance(value, dict) and "kind" not in value:
            for kind, _ in self.kinds:
                if value.get(kind, kind) is None:
                    raise refusal(f"{kind} is empty: indent its keys further than it")
        return value

    def _not_inside(self, kind: str, content: Any) -> str:
        if content is None and kind in self.bare:
            return f"{kind} without keys stands alone: leave out the colon"
        return f"found {content!r} in {kind}: its keys stand there: {dict(self.kinds)[kind]}"

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Spell words out before they are read."""
        return core_schema.no_info_before_validator_function(self.spell_out, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Tell editors of the short forms."""
        alone: dict[str, Any] = {
            "type": "object",
            "propertyNames": {"enum": [kind for kind, _ in self.kinds]},
            "additionalProperties": {"type": ["object", "array"] if self.lists else "object"},
            "minProperties": 1,
            "maxProperties": 1,
        }
        forms: list[dict[str, Any]] = [{"enum": list(self.bare)}] if self.bare else []
        forms += [handler(schema), alone]
        if self.listed:
            forms.append({"type": "array"})
        return {"anyOf": [*forms, USES] if self.uses else forms}
