"""Words for mixing: training on pairs of images of a batch, with both labels."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat

from regrade.studies.base import SchemaModel
from regrade.studies.bounds import ClosedProbability
from regrade.studies.shorthand import Shorthand


class Mixing(SchemaModel):
    """Images of a batch in pairs: a share of the loss of the one label, the rest of the other.

    The share is drawn once for each batch from Beta(alpha, alpha); of the accuracy the labels have
    the same shares.
    """

    alpha: PositiveFloat = 1.0
    """Parameter of the Beta distribution that the share is drawn from."""
    probability: ClosedProbability = 1.0
    """Of a batch to be mixed."""


class Mixup(Mixing):
    """share * image + (1 - share) * another (Zhang et al. 2018, arXiv 1710.09412)."""

    kind: Literal["mixup"]


class CutMix(Mixing):
    """A box of the image is another's (Yun et al. 2019, arXiv 1905.04899).

    The share is what is left of the image.
    """

    kind: Literal["cutmix"]


Mix = Annotated[Mixup | CutMix, Field(discriminator="kind"), Shorthand.of(Mixup | CutMix)]
