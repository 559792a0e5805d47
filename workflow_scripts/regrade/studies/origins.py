"""Where the settings of a study come from: told by the report, shown by evidence, or assumed.

Origins stand beside recipes and are no part of them: they change no result.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Self

from pydantic import model_validator
from pydantic_core import PydanticUndefined

from regrade.studies.base import SchemaModel
from regrade.studies.field_types import Text
from regrade.studies.mistakes import Keys, Mistake
from regrade.studies.recipe import Recipe, RecipeChanges
from regrade.studies.spelling import suggest

if TYPE_CHECKING:
    from regrade.studies.resolve import ResolvedRun
    from regrade.studies.study import Study

MODEL = "model"
NOTHING = object()
"""What stands at a path that leads nowhere."""


class Origin(SchemaModel):
    """Where a setting comes from, in as many of three ways as there are.

    Where variants differ, `told` is that of the setting as told, `evidence` of that as run, and
    `assumed` of the one that has neither.
    """

    told: Text | None = None
    """Where the report says it: a page, section or table."""
    evidence: Text | None = None
    """What shows it: code, a log, a count, a curve; and how."""
    assumed: Text | None = None
    """Why it is taken, where nothing says or shows it: a library's default, for example."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.ways:
            raise ValueError("it needs one of told, evidence and assumed")
        return self

    @property
    def ways(self) -> dict[str, str]:
        """The ways that there are, with their texts."""
        return {name: text for name, text in self if text is not None}

    def of_variant(self, variant: str | None) -> Origin:
        """Return what belongs to a variant of a setting of which the variants differ."""
        own = next((way for way in _OF_VARIANT.get(variant or "", ()) if way in self.ways), None)
        return Origin(**{own: self.ways[own]}) if own else self


_OF_VARIANT = {"as-told": ("told", "assumed"), "as-run": ("evidence", "assumed")}
"""Where a variant's settings come from, the likeliest first."""


def value_at(settings: Mapping[str, Any], path: str) -> Any:
    """Return what stands at a path of settings: `optimizer.learning_rate`; NOTHING without it."""
    head, *parts = path.split(".")
    value = settings.get(head, NOTHING)
    if value is NOTHING and head in Recipe.model_fields:
        value = Recipe.model_fields[head].get_default(call_default_factory=True)
        value = NOTHING if value is PydanticUndefined else value
    for part in parts:
        value = getattr(value, part, NOTHING) if part in _parts(value) else NOTHING
    return value


def _parts(value: Any) -> list[str]:
    return list(type(value).model_fields) if isinstance(value, SchemaModel) else []


def setting_of(path: str) -> str:
    """Return the setting that a path belongs to."""
    return path.partition(".")[0]


def lay_over(own: Any, base: Any, changed: Iterable[str]) -> Any:
    """Lay origins of a report over an assignment's; those of settings that it changes go.

    Parameters
    ----------
    own, base
        Origins by path, as plain data; None leaves out what stands beneath.
    changed
        Paths of what the report gives itself.
    """
    if not isinstance(own, dict) or not isinstance(base, dict):
        return own or base
    gone = tuple(changed)
    kept = {path: one for path, one in base.items() if not _is_below(str(path), gone)}
    laid = {**kept, **own}
    return {path: one for path, one in laid.items() if one is not None or path not in base}


def _is_below(path: str, others: tuple[str, ...]) -> bool:
    return any(path == other or path.startswith(f"{other}.") for other in others)


def origins_of(study: Study, run: ResolvedRun) -> dict[str, Origin]:
    """Return the origins of a run's settings, by their paths.

    An origin of the study holds where the run has the protocol's value, or the architecture of
    that name; the run's own stand before them.
    """
    own, recipe = study.runs[run.run], dict(run.recipe)
    protocol = _settings(study.protocol)
    shared = {
        path: origin
        for path, origin in study.origins.items()
        if path == f"{MODEL}.{given_settings(study, run)[MODEL]}"
        or (setting_of(path) != MODEL and value_at(recipe, path) == value_at(protocol, path))
    }
    particular = {path for changes in own.variants.values() for path in changes.model_fields_set}
    stated = {
        path: origin.of_variant(run.variant) if setting_of(path) in particular else origin
        for path, origin in own.origins.items()
    }
    whole = {path for path in stated if path == setting_of(path)}
    return {p: one for p, one in shared.items() if setting_of(p) not in whole} | stated


def _settings(changes: RecipeChanges) -> dict[str, Any]:
    return {name: getattr(changes, name) for name in changes.model_fields_set}


def given_settings(study: Study, run: ResolvedRun) -> dict[str, Any]:
    """Return the settings that the study file gives a run: those of it before the protocol's."""
    own = study.runs[run.run]
    changed = {name: _settings(changes) for name, changes in own.variants.items()}
    variant = next((found for name, found in changed.items() if name == run.variant), {})
    return _settings(study.protocol) | _settings(own.recipe) | variant


def origin_mistakes(study: Study) -> Iterator[Mistake]:
    """Yield what is wrong with origins: settings that there are not, or that nothing gives."""
    protocol = _settings(study.protocol)
    for path in study.origins:
        yield from _path_mistakes(study, ("origins", path), path, [protocol])
    for name, run in study.runs.items():
        own = [run.recipe, *run.variants.values()]
        settings = [protocol | _settings(run.recipe) | _settings(changes) for changes in own]
        for path in run.origins:
            yield from _path_mistakes(study, ("runs", name, "origins", path), path, settings)


def _path_mistakes(
    study: Study, keys: Keys, path: str, settings: list[dict[str, Any]]
) -> Iterator[Mistake]:
    head, *parts = path.split(".")
    if head not in Recipe.model_fields:
        known = list(Recipe.model_fields)
        hint = suggest(head, known)
        yield Mistake(keys, f"unknown setting {head!r}{hint}; settings: {', '.join(known)}")
        return
    if head == MODEL:
        name = ".".join(parts)
        if name and name not in study.architectures:
            yield Mistake(
                keys, f"unknown architecture {name!r}{suggest(name, study.architectures)}"
            )
        return
    yield from _part_mistakes(keys, head, parts, settings)


def _part_mistakes(
    keys: Keys, head: str, parts: list[str], settings: list[dict[str, Any]]
) -> Iterator[Mistake]:
    """Follow a path as far as any of the settings has it."""
    path = head
    if all(value_at(one, path) is NOTHING for one in settings):
        yield Mistake(keys, f"nothing here gives the setting {path!r}: say it where it is given")
        return
    for part in parts:
        known = list(dict.fromkeys(name for s in settings for name in _parts(value_at(s, path))))
        if part not in known:
            told = f"its parts: {', '.join(known)}" if known else "it has no parts"
            yield Mistake(keys, f"{path} has no {part!r}{suggest(part, known)}; {told}")
            return
        path += f".{part}"
