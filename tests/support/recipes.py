"""Recipes for tests, and what the trainer sees of them."""

from __future__ import annotations

from typing import Any

from tests.support.protocol import PROTOCOL

from regrade.studies.recipe import Recipe
from regrade.studies.resolve import canonical

TRAIN_IMAGES = 600
TEST_IMAGES = 200
VALIDATION_IMAGES = 100
CLASSES = 10

TO_TENSOR = {"kind": "to_tensor"}
NORMALIZE = {"kind": "normalize", "mean": [0.49, 0.48, 0.45], "std": [0.2, 0.25, 0.3]}
CROP = {"kind": "random_crop", "size": 32, "padding": 4}
FLIP = {"kind": "random_horizontal_flip"}

SETTINGS: dict[str, Any] = PROTOCOL | {
    "split": {"kind": "random", "validation": VALIDATION_IMAGES, "seed": 7},
    "transforms": {
        "training": [TO_TENSOR, NORMALIZE],
        "evaluation": [TO_TENSOR, NORMALIZE],
    },
    "batches": {"training": 32, "evaluation": 30},
    "model": {
        "kind": "chain",
        "layers": [
            # No bias: before a batch norm its gradient is noise, which Adam would blow up.
            {"kind": "conv", "channels": 4, "kernel": 3, "stride": 2, "bias": False},
            {"kind": "batch_norm"},
            {"kind": "relu"},
            {"kind": "max_pool", "kernel": 3},
            {"kind": "flatten"},
            {"kind": "linear", "features": "classes"},
        ],
    },
    "optimizer": {"kind": "sgd", "learning_rate": 0.05, "momentum": 0.9, "weight_decay": 0.001},
}
"""A recipe that trains in a tenth of a second."""


def make_recipe(**changes: object) -> Recipe:
    """Build the small recipe with some settings replaced as a whole."""
    return Recipe.model_validate(SETTINGS | changes)


def as_trainer_sees(recipe: Recipe) -> Recipe:
    """Return a recipe as the trainer reads it from its JSON."""
    return Recipe.model_validate_json(canonical(recipe))
