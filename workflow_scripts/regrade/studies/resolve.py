"""From study files to the runs that are trained: merging, hashing, deduplication."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from regrade.fingerprint import canonical_json
from regrade.studies.cost import Cost, cost
from regrade.studies.images import dataset_of, image_channels, image_size
from regrade.studies.recipe import Recipe, RecipeChanges
from regrade.studies.study import Run, Study


def merge(study: Study, *changes: RecipeChanges) -> dict:
    """Lay changes over the protocol, a whole setting at a time, as plain data.

    The name of an architecture, or of a data set of the study's own, becomes what bears it; an
    unknown name stays as it is.
    """
    settings: dict = {}
    for layer in (study.protocol, *changes):
        settings |= {name: getattr(layer, name) for name in layer.model_fields_set}
    name: Any = settings.get("model")
    settings["model"] = study.architectures.get(name, name)
    data: Any = settings.get("dataset")
    if data in study.datasets:
        settings["dataset"] = study.datasets[data].named(data)
    return settings


@dataclass(frozen=True)
class ResolvedRun:
    """A run in one of its variants, with its complete recipe."""

    study: str
    run: str
    variant: str | None
    recipe: Recipe
    trained_as: str
    """The name of the first run of the study with the same recipe: the one that is trained."""
    measure_only: bool

    @property
    def name(self) -> str:
        """The name in paths: `D05`, or `D05-as-told`."""
        return f"{self.run}-{self.variant}" if self.variant else self.run

    @cached_property
    def recipe_json(self) -> str:
        """The recipe as canonical JSON: what the trainer reads and what is hashed."""
        return canonical(self.recipe)

    @cached_property
    def cost(self) -> Cost:
        """Parameters and MACs per image, by arithmetic."""
        data = dataset_of(self.recipe)
        channels = image_channels(self.recipe)
        return cost(self.recipe.model, image_size(self.recipe), data.classes, channels)


def canonical(recipe: Recipe) -> str:
    """Write a recipe as canonical JSON."""
    return canonical_json(recipe.model_dump(mode="json"))


def variants_of(run: Run) -> list[tuple[str | None, tuple[RecipeChanges, ...]]]:
    """Return the variants of a run with their layers of changes; a run without them is one."""
    if not run.variants:
        return [(None, (run.recipe,))]
    return [(variant, (run.recipe, changes)) for variant, changes in run.variants.items()]


def resolve(study: Study) -> list[ResolvedRun]:
    """Return every run in every variant, in the order of the file.

    The study must have passed `regrade.studies.load`, which proves the recipes complete.
    """
    trained: dict[str, str] = {}
    found = []
    for name, run in study.runs.items():
        for variant, changes in variants_of(run):
            recipe = Recipe.model_validate(merge(study, *changes))
            own = f"{name}-{variant}" if variant else name
            first = own if run.measure_only else trained.setdefault(canonical(recipe), own)
            found.append(
                ResolvedRun(study.study, name, variant, recipe, first, bool(run.measure_only))
            )
    return found


def resolved_name(study: Study, run: str, variant: str | None) -> str:
    """Name of the resolved run that a run in a variant means, or a bare run name without one."""
    return f"{run}-{variant}" if variant else default_name(study, run)


def default_name(study: Study, run: str) -> str:
    """Name of the resolved run that a bare run name means: the evidence where text disagrees."""
    variants = study.runs[run].variants
    if not variants:
        return run
    return f"{run}-{'as-run' if 'as-run' in variants else next(iter(variants))}"


def trained_runs(runs: Iterable[ResolvedRun]) -> list[ResolvedRun]:
    """Leave out what is only counted and what repeats another run's recipe."""
    return [run for run in runs if not run.measure_only and run.trained_as == run.name]
