"""Words for data sets of one's own: what there is of each, and where it lies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PositiveInt, StringConstraints

from regrade.studies import forms
from regrade.studies.base import SchemaModel
from regrade.studies.bounds import refusal

MOST_CLASSES = 256
"""Labels are bytes."""
ClassName = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


def _differ(names: list[str]) -> list[str]:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise refusal(f"found {twice[0]!r} twice: every class has a name of its own")
    return names


class OwnDataset(SchemaModel):
    """A data set of one's own: square images with labels, in a training and a test part."""

    classes: Annotated[
        list[ClassName], Field(min_length=2, max_length=MOST_CLASSES), AfterValidator(_differ)
    ]
    """Their names, in the order of the labels from 0."""
    side: Annotated[int, Field(ge=1, le=512)]
    """Of its images, in pixels."""
    channels: Literal[1, 3]
    """1 for gray images, 3 for those in colour."""
    training_images: PositiveInt
    """How many there are."""
    test_images: PositiveInt
    """How many there are."""


class DeclaredDataset(OwnDataset):
    """A data set of one's own, under its name, which `dataset` of a recipe gives.

    Its images are those of `<name>.npz` or of the folder `<name>` in the folder that the
    configuration's `data` names, or of `path`; with `data: synthetic` they are made up.
    """

    path: Annotated[str, StringConstraints(min_length=1)] | None = None
    """An npz file, or a folder with `train/<class>/*.png` and `test/<class>/*.png`, below the
    folder of the study's file."""

    def named(self, name: str) -> RecipeDataset:
        """Return what a recipe says of it: all but where it lies."""
        return RecipeDataset(name=name, **self.model_dump(exclude={"path"}))


class RecipeDataset(OwnDataset):
    """A data set of one's own, as a recipe says it in full."""

    name: Annotated[str, StringConstraints(pattern=forms.NAME)]


def place_of(path: str, folder: Path) -> Path:
    """Return the file or folder of a path below a folder.

    Raises
    ------
    ValueError
        Saying what is wrong with the path.
    """
    place = folder / path
    try:
        is_below = place.resolve().is_relative_to(folder.resolve())
        is_there = is_below and place.exists()
    except (OSError, ValueError, RuntimeError) as error:
        raise ValueError(f"{path!r} is no path: {error}") from None
    if not is_below:
        raise ValueError(f"{path!r} leads out of the folder {folder}: data of a study lie below it")
    if not is_there:
        raise ValueError(f"no file or folder {place}")
    return place
