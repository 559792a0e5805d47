"""Words for the path beside a block, whose output is added to that of the block."""

from __future__ import annotations

from typing import Literal

from pydantic import PositiveInt

from regrade.studies.base import SchemaModel


class NoShortcut(SchemaModel):
    """Nothing is added."""

    kind: Literal["none"]


class PadShortcut(SchemaModel):
    """ResNet's option A: the input is subsampled, and zero channels are appended."""

    kind: Literal["pad"]
    subsample: Literal["stride", "average_pool", "max_pool"] = "stride"
    """How the size is halved: every second pixel, or 2 x 2 pooling."""


class ProjectionShortcut(SchemaModel):
    """ResNet's option B: a convolution where the shape changes, else the identity."""

    kind: Literal["projection"]
    kernel: PositiveInt = 1
    """Side of the kernel; the padding is (kernel - 1) // 2."""
    bias: bool = False
    """Whether the convolution has a bias."""
    batch_norm: bool = True
    """Whether batch norm follows it."""


class IdentityShortcut(SchemaModel):
    """The input itself, which must have the shape of what it is added to."""

    kind: Literal["identity"]


class MatchingShortcut(SchemaModel):
    """The input itself where it has the shape of what it is added to; elsewhere nothing."""

    kind: Literal["matching"]
