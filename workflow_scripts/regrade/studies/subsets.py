"""Words for a part of a data set: some of its classes, or some of its images."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, PositiveInt, model_validator

from regrade.studies.base import SchemaModel
from regrade.studies.bounds import NonNegativeInt, refusal

Label = Annotated[int, Field(ge=0, le=255)]


class Subset(SchemaModel):
    """A part of the data set: some classes, and of their images so many; splits are made of it."""

    classes: Annotated[list[Label], Field(min_length=2)] | None = None
    """Labels from 0 of the classes that are used; the network's are their places in this list."""
    training_images: PositiveInt | None = None
    """How many training images are used; left out: all of the classes."""
    test_images: PositiveInt | None = None
    """How many test images are used; left out: all of the classes."""
    seed: Annotated[NonNegativeInt, Field(lt=2**63)] | None = None
    """Seed of `torch.randperm(n)`, whose first numbers are used; left out: the first images."""

    @model_validator(mode="after")
    def _chooses(self) -> Self:
        if not (self.classes or self.training_images or self.test_images):
            raise refusal("it needs classes, training_images or test_images")
        if self.seed is not None and not (self.training_images or self.test_images):
            raise refusal("a seed draws images: it needs training_images or test_images")
        names = self.classes or []
        twice = sorted({label for label in names if names.count(label) > 1})
        if twice:
            raise refusal(f"classes: {twice[0]} stands twice")
        return self
