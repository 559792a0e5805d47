"""Mistakes of recipes, told once: at the setting that makes them, where all its runs have them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from regrade.studies.mistakes import Keys, Mistake
from regrade.studies.recipe import Recipe, RecipeChanges
from regrade.studies.resolve import variants_of
from regrade.studies.study import Study

MOST_NAMED = 5
"""Runs that a message names; more are counted."""
_PLACE = re.compile(r"(?P<setting>[a-z_]+)(?:\.[a-z_]+|\[\d+\])*")
"""The key path that a mistake begins with, if it begins with one."""


@dataclass(frozen=True)
class Layers:
    """The layers of settings that make the recipe of a run in one of its variants."""

    name: str
    """The run, with its variant."""
    keys: Keys
    """Where the run, or its variant, gives what is its own."""
    changes: tuple[RecipeChanges, ...]
    """The run's own settings; the last ones count."""
    given: dict[str, Keys]
    """The place that gives each setting."""


def layers_of(study: Study) -> Iterator[Layers]:
    """Yield every run in every variant, in the order of the file."""
    for name, run in study.runs.items():
        own: Keys = ("runs", name, "recipe")
        for variant, changes in variants_of(run):
            keys: Keys = ("runs", name, "variants", variant) if variant else own
            places: list[Keys] = [("protocol",), own, keys]
            given: dict[str, Keys] = {}
            for place, settings in zip(places, (study.protocol, *changes), strict=False):
                for setting in settings.model_fields_set:
                    given[setting] = _home(study, settings, setting, place)
            yield Layers(f"{name}-{variant}" if variant else name, keys, changes, given)


def _home(study: Study, settings: RecipeChanges, setting: str, place: Keys) -> Keys:
    """Return where a setting is written out: a network by its name, all others where they stand."""
    value = getattr(settings, setting)
    if setting == "model" and value in study.architectures:
        return ("architectures", value)
    return (*place, setting)


def told_once(found: Iterable[tuple[Layers, str]], runs: Iterable[Layers]) -> Iterator[Mistake]:
    """Yield each mistake once, with the runs that have it where not all that share a setting do.

    Parameters
    ----------
    found
        The mistakes of recipes, in the order of the file. One that begins with the key path of a
        setting is told where that is given.
    runs
        All runs of the study.
    """
    having: dict[str, list[Layers]] = {}
    for run, text in found:
        having.setdefault(text, []).append(run)
    everything = list(runs)
    for text, those in having.items():
        yield _at_home(text, those, everything) or _at_the_first(text, those)


def _at_home(text: str, having: list[Layers], runs: list[Layers]) -> Mistake | None:
    """Return a mistake at the setting that makes it, if all runs that share this have it."""
    begins = _PLACE.match(text)
    setting = begins["setting"] if begins else ""
    if begins is None or setting not in Recipe.model_fields:
        return None
    home, *others = {run.given.get(setting) for run in having}
    if others or having != [run for run in runs if home in (None, run.given.get(setting))]:
        return None
    home = home or ("protocol", setting)  # What no run has could stand there.
    path, rest = begins[0], text[begins.end() :]
    inside = _keys(path)[1:]
    return Mistake((*home, *inside), rest.removeprefix(": ") if rest.startswith(": ") else text)


def _keys(path: str) -> Keys:
    """Return the keys of a path: `transforms.training[0]` has three."""
    parts = re.findall(r"[a-z_]+|\d+", path)
    return tuple(int(part) if part.isdigit() else part for part in parts)


def _at_the_first(text: str, having: list[Layers]) -> Mistake:
    first, *others = having
    if not others:
        return Mistake(first.keys, text)
    named = ", ".join(run.name for run in others[:MOST_NAMED])
    more = len(others) - MOST_NAMED
    return Mistake(first.keys, f"{text}; the same of {named}{f' and {more} more' * (more > 0)}")
