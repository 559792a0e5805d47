"""Words for splits: which training images are held out for validation."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from regrade.studies.base import Word
from regrade.studies.bounds import NonNegativeInt


class NoSplit(Word):
    """All training images are trained on; nothing is held out."""

    kind: Literal["none"]


class RandomSplit(Word):
    """A seeded permutation of the training images; the last ones become the validation set.

    The permutation is that of `torch.manual_seed(seed); torch.randperm(n)`.
    """

    kind: Literal["random"]
    validation: PositiveInt
    """Images in the validation set."""
    seed: NonNegativeInt
    """Seed of the permutation: the same for every replicate."""


Split = Annotated[NoSplit | RandomSplit, Field(discriminator="kind")]
