"""How much of a recipe a replicate executes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Scale = Literal["preview", "full"]
Precision = Literal["float32", "bf16", "tf32"]
"""Of the arithmetic: float32 is the meaning of a recipe."""

SCORED_AT_ONCE = 500
"""Images in a pass of scoring; what is reported follows the recipe's batches all the same."""
HELD_LAYERS = 3
"""Outputs that scoring holds at once: a layer's input and output, and what a shortcut keeps."""
HELD_VALUES = 1_250_000_000
"""Numbers that scoring holds at once, at most, in passes of more than an image: 5 GB in float32."""

SCALES: tuple[str, ...] = get_args(Scale)
PRECISIONS: tuple[str, ...] = get_args(Precision)


@dataclass(frozen=True)
class Budget:
    """How much of a recipe a replicate executes."""

    scale: Scale
    epochs: int
    """The most epochs; the recipe's stop rule may end earlier."""
    train_images: int
    """The first images of the training split, the same in every epoch."""
    scored_images: int
    """The first images of the set that is scored after every epoch."""
    test_images: int
    """The first images of the test set, where the recipe tests after training."""
    share: float
    """Share of the recipe's training images (epochs x images) that is executed, at most 1."""
