"""What is wrong with the recipes of a study, and with the data sets that they name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from regrade.studies.cost import cost, of_one_side
from regrade.studies.datasets import DATASETS
from regrade.studies.extension import assignment_path
from regrade.studies.images import (
    dataset_of,
    image_channels,
    image_sides,
    image_size,
    whole_dataset_of,
)
from regrade.studies.layer_rows import ShapeError, UnknownNetworkError
from regrade.studies.mistakes import Keys, Mistake, dotted, mistakes_of
from regrade.studies.own_datasets import place_of
from regrade.studies.recipe import Recipe, RecipeChanges
from regrade.studies.resolve import merge
from regrade.studies.shared_mistakes import Layers, layers_of, told_once
from regrade.studies.spelling import suggest
from regrade.studies.study import Study
from regrade.studies.training_mistakes import training_mistakes
from regrade.studies.transform_mistakes import transform_mistakes


def check_datasets(study: Study, path: Path) -> Iterator[Mistake]:
    """Yield what is wrong with a study's own data sets, and names that no data set has."""
    for name in study.datasets:
        if name in DATASETS:
            text = f"{name} is a data set that goes by name: give this one another name"
            yield Mistake(("datasets", name), text)
        try:
            own_place(study, path, name)
        except ValueError as error:
            yield Mistake(("datasets", name, "path"), str(error))
    known = [*DATASETS, *study.datasets]
    for keys, changes in _recipes(study):
        wanted = getattr(changes, "dataset", None)
        if isinstance(wanted, str) and wanted not in known:
            hint = suggest(wanted, known)
            text = f"found {wanted!r}{hint}; allowed: {', '.join(known)}, or a name in `datasets`"
            yield Mistake((*keys, "dataset"), text)


def own_place(study: Study, path: Path, name: str) -> Path | None:
    """Return where the images of a study's own data set lie, as far as its file says it.

    They lie below the folder of the file, or of the assignment that it extends.

    Raises
    ------
    ValueError
        Saying what is wrong with the path.
    """
    told = study.datasets[name].path
    if told is None:
        return None
    folders = [path.parent]
    if study.extends is not None and not (path.parent / told).exists():
        folders.insert(0, assignment_path(path, study.extends).parent)
    return place_of(told, folders[0])


def place_beside(name: str, studies: Mapping[str, Study], files: Mapping[str, Path]) -> Path | None:
    """Return where a study says that its own data set lies, if one says so."""
    places = (
        own_place(study, files[study.study], name)
        for study in studies.values()
        if name in study.datasets
    )
    return next((place for place in places if place), None)


def _recipes(study: Study) -> Iterator[tuple[Keys, RecipeChanges]]:
    """Yield every part of a recipe that the study writes, with its place."""
    yield ("protocol",), study.protocol
    for name, run in study.runs.items():
        yield ("runs", name, "recipe"), run.recipe
        for variant, changes in run.variants.items():
            yield ("runs", name, "variants", variant), changes


def check_recipes(study: Study) -> Iterator[Mistake]:
    """Yield what is wrong with the complete recipes of all runs and variants, each mistake once."""
    runs = list(layers_of(study))
    return told_once(((run, text) for run in runs for text in _run_mistakes(study, run)), runs)


def _run_mistakes(study: Study, run: Layers) -> Iterator[str]:
    settings = {k: v for k, v in merge(study, *run.changes).items() if v is not None}
    model = settings.get("model")
    if isinstance(model, str):
        hint = suggest(model, study.architectures) or "; declare it under `architectures`"
        yield f"model: unknown architecture {model!r}{hint}"
        return
    if isinstance(settings.get("dataset"), str) and settings["dataset"] not in DATASETS:
        return  # Told where the name stands.
    try:
        recipe = Recipe.model_validate(settings)
    except ValidationError as error:
        # Whatever is there has been read already: settings can only be missing.
        for mistake in mistakes_of(error, settings):
            where = "neither the protocol nor the run gives it"
            yield f"{dotted(mistake.keys)}: {mistake.text}; {where}"
        return
    yield from recipe_mistakes(recipe)


def recipe_mistakes(recipe: Recipe) -> Iterator[str]:
    """Yield what is wrong with a complete recipe: shapes, transforms, split, selection."""
    if told := list(_subset_mistakes(recipe)):
        yield from told
        return
    data, words = dataset_of(recipe), recipe.transforms
    yield from transform_mistakes("training", data, words.training)
    yield from transform_mistakes("evaluation", data, words.evaluation)
    if words.test is not None:
        yield from transform_mistakes("test", data, words.test)
    yield from _split_mistakes(recipe)
    yield from _shape_mistakes(recipe)
    yield from training_mistakes(recipe)


def _subset_mistakes(recipe: Recipe) -> Iterator[str]:
    """Yield classes and images that the data set does not have."""
    word, data = recipe.subset, whole_dataset_of(recipe)
    if word is None:
        return
    for label in word.classes or []:
        if label >= data.classes:
            yield f"subset.classes: found {label}; {data.name} has 0 to {data.classes - 1}"
            return
    known = data.images_of(word.classes) if word.classes else None
    there = known or (data.training_images, data.test_images)
    for key, most in zip(("training_images", "test_images"), there, strict=True):
        count = getattr(word, key)
        if count is None and word.classes and known is None:
            yield f"subset.{key} is missing: how many of its classes {data.name} has is not known"
        elif count is not None and count > most:
            yield f"subset.{key} {count} is more than the {most} there are"


def _split_mistakes(recipe: Recipe) -> Iterator[str]:
    """Yield a number that no training image has."""
    most = dataset_of(recipe).training_images - 1
    largest = max(getattr(recipe.split, "numbers", [0]))
    if largest > most:
        yield f"split.numbers: found {largest}; the training images are numbered 0 to {most}"


def _shape_mistakes(recipe: Recipe) -> Iterator[str]:
    model, size, data = recipe.model, image_size(recipe), dataset_of(recipe)
    channels = image_channels(recipe)
    try:
        cost(model, size, data.classes, channels)
    except UnknownNetworkError as error:
        yield f"model: {error}"
    except ShapeError as error:
        yield f"model: it does not fit images of {size} x {size} pixels: {error}"
    trained = image_sides(data, recipe.transforms.training)[-1]
    if trained != size and (what := of_one_side(model)):
        yield (
            f"it is trained on images of {trained} x {trained} pixels and evaluated on {size} x"
            f" {size}: {what} one size"
        )
    for which in ("training", "test"):
        words = getattr(recipe.transforms, which)
        if words is not None and (found := image_channels(recipe, words)) != channels:
            yield f"transforms.{which} gives images of {found} channels, evaluation of {channels}"
    tested = image_sides(data, recipe.transforms.test or [])[-1]
    if recipe.transforms.test and tested != size:
        yield f"transforms.test gives {tested} x {tested} pixels, evaluation {size} x {size}"
