"""Words for splits: which training images are held out for validation."""

from __future__ import annotations

import re
from collections import Counter
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, PositiveInt, model_validator

from regrade.studies.base import SchemaModel
from regrade.studies.bounds import NonNegativeInt, refusal
from regrade.studies.datasets import DATASETS
from regrade.studies.shorthand import Shorthand

COMMON = [DATASETS[name].training_images for name in ("cifar10", "mnist")]
"""Numbers of training images that messages have as examples."""


def _counted(found: Any) -> Any:
    """Refuse a share: what is held back is counted in images."""
    is_percent = isinstance(found, str) and re.fullmatch(r"[0-9]+(\.[0-9]+)? *%", found)
    share = float(found.rstrip(" %")) / 100 if is_percent else found
    if isinstance(share, float) and 0 < share < 1:
        told = ", ".join(f"{share:g} of {images:,} is {share * images:.0f}" for images in COMMON)
        raise refusal(f"found {found}: a number of images belongs here: {told}")
    return found


Images = Annotated[PositiveInt, BeforeValidator(_counted)]


class NoSplit(SchemaModel):
    """All training images are trained on; nothing is held out."""

    kind: Literal["none"]


class RandomSplit(SchemaModel):
    """A seeded permutation of the training images; the last ones become the validation set.

    The permutation is that of `torch.manual_seed(seed); torch.randperm(n)`.
    """

    kind: Literal["random"]
    validation: Images
    """Images in the validation set."""
    seed: NonNegativeInt
    """Seed of the permutation: the same for every replicate."""


class StratifiedSplit(SchemaModel):
    """A seeded choice that takes as large a share of every class.

    That of scikit-learn's `train_test_split(..., test_size=validation, stratify=labels,
    random_state=seed)`, in its order.
    """

    kind: Literal["stratified"]
    validation: Images
    """Images in the validation set."""
    seed: NonNegativeInt
    """Seed of the choice: the same for every replicate."""


class SequentialSplit(SchemaModel):
    """The first or the last training images, in the order of the data set, are held out.

    Keras' `validation_split` holds out the last.
    """

    kind: Literal["first", "last"]
    validation: Images
    """Images in the validation set."""


def _for_editors(schema: dict[str, Any]) -> None:
    """Let a file stand in the place of the numbers."""
    schema["required"] = ["kind"]
    schema["oneOf"] = [{"required": ["file"]}, {"required": ["numbers"]}]


class IndexSplit(SchemaModel):
    """The training images with these numbers are held out; the others keep their order."""

    model_config = ConfigDict(json_schema_extra=_for_editors)

    kind: Literal["indices"]
    file: str | None = Field(None, exclude=True)
    """A text file with the numbers, below the folder of the study's file; recipes hold what it
    says."""
    numbers: Annotated[list[NonNegativeInt], Field(min_length=1)]
    """From 0, in the order of the data set; they stand in the file, or here."""

    @model_validator(mode="after")
    def _differ(self) -> Self:
        if len(set(self.numbers)) < len(self.numbers):
            twice, _ = Counter(self.numbers).most_common(1)[0]
            raise refusal(f"number {twice} stands twice")
        return self

    @property
    def validation(self) -> int:
        """Images in the validation set."""
        return len(self.numbers)


AnySplit = NoSplit | RandomSplit | StratifiedSplit | SequentialSplit | IndexSplit
Split = Annotated[AnySplit, Field(discriminator="kind"), Shorthand.of(AnySplit)]
