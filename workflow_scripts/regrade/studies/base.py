"""The strict base of every model of the schema."""

from __future__ import annotations

import os
from typing import Any, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from regrade.studies.spelling import choice, likely


def added(default: Any, **constraints: Any) -> Any:
    """Return a field that came to a word later: at its default it is not written into recipes.

    The canonical recipe, and with it the hash of all that was trained before, stays the same.
    """
    return Field(default, exclude_if=lambda value: value == default, **constraints)


DESCRIBE = "REGRADE_DESCRIBE"
"""Where the environment has this, words know the descriptions of their keys, which only the schema
and the reference need: reading them off the source takes a sixth of what every start costs."""


class SchemaModel(BaseModel):
    """A word of the schema: unknown keys are errors, and a read word never changes."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=DESCRIBE in os.environ,
        allow_inf_nan=False,
    )

    @model_validator(mode="wrap")
    @classmethod
    def _name_the_allowed_keys(cls, data: Any, handler: Any) -> Self:
        """Say of an unknown key what the known ones are, which pydantic does not."""
        try:
            return handler(data)
        except ValidationError as error:
            raise ValidationError.from_exception_data(
                cls.__name__, [cls._explain(found) for found in error.errors()]
            ) from None

    @classmethod
    def _explain(cls, found: Any) -> InitErrorDetails:
        kind: Any = found["type"]
        if kind == "extra_forbidden" and len(found["loc"]) == 1:
            key = str(found["loc"][0])
            known = list(cls.model_fields)
            text = f"unknown key{choice(key, known, 'known keys')}"
            context = {"text": text, "meant": likely(key, known)}
            kind = PydanticCustomError("unknown_key", "{text}", context)
        elif kind in ("model_type", "model_attributes_type") and not found["loc"]:
            text = f"keys with values belong here: {keys_inside(cls)}"
            kind = PydanticCustomError("wrong_form", "{text}", {"text": text})
        elif kind in ("unknown_key", "wrong_form", "value_error"):
            context = found.get("ctx", {}) | {"text": found["msg"]}
            kind = PydanticCustomError(kind, "{text}", context)
        return InitErrorDetails(
            type=kind, loc=found["loc"], input=found["input"], ctx=found.get("ctx", {})
        )


def kinds_of(words: Any) -> dict[str, type[SchemaModel]]:
    """Return the kinds of a word, or of all words that a type is made of, and the class of each."""
    if isinstance(words, type) and issubclass(words, SchemaModel):
        return dict.fromkeys(get_args(words.model_fields["kind"].annotation), words)
    words = getattr(words, "__value__", words)  # Of an alias with a name.
    return {kind: word for part in get_args(words) for kind, word in kinds_of(part).items()}


def required_keys(word: type[SchemaModel]) -> set[str]:
    """Return the keys that a word cannot do without."""
    return {name for name, field in word.model_fields.items() if field.is_required()}


def keys_inside(word: type[SchemaModel], *but: str) -> str:
    """Name the keys that a word needs, or all that it may have where it needs none, but some."""
    needed = required_keys(word)
    known = [name for name in word.model_fields if name not in but]
    return ", ".join(f"`{name}`" for name in [n for n in known if n in needed] or known)
