"""Words for splits: which training images are held out for validation."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from regrade.studies.base import SchemaModel
from regrade.studies.bounds import NonNegativeInt


class NoSplit(SchemaModel):
    """All training images are trained on; nothing is held out."""

    kind: Literal["none"]


class RandomSplit(SchemaModel):
    """A seeded permutation of the training images; the last ones become the validation set.

    The permutation is that of `torch.manual_seed(seed); torch.randperm(n)`.
    """

    kind: Literal["random"]
    validation: PositiveInt
    """Images in the validation set."""
    seed: NonNegativeInt
    """Seed of the permutation: the same for every replicate."""


class StratifiedSplit(SchemaModel):
    """A seeded choice that takes as large a share of every class.

    That of scikit-learn's `train_test_split(..., test_size=validation, stratify=labels,
    random_state=seed)`, in its order.
    """

    kind: Literal["stratified"]
    validation: PositiveInt
    """Images in the validation set."""
    seed: NonNegativeInt
    """Seed of the choice: the same for every replicate."""


class SequentialSplit(SchemaModel):
    """The first or the last training images, in the order of the data set, are held out.

    Keras' `validation_split` holds out the last.
    """

    kind: Literal["first", "last"]
    validation: PositiveInt
    """Images in the validation set."""


Split = Annotated[
    NoSplit | RandomSplit | StratifiedSplit | SequentialSplit, Field(discriminator="kind")
]
