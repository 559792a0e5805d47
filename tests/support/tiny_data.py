"""A data set in CIFAR's shape that is small enough to be trained on in a moment."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tests.support.recipes import CLASSES, TEST_IMAGES, TRAIN_IMAGES


def write_tiny_data(folder: Path) -> Path:
    """Write `cifar10.npz`, a coarse pattern a class under noise, and return its path."""
    rng = np.random.Generator(np.random.Philox(1))
    patterns = rng.integers(60, 196, (CLASSES, 4, 4, 3)).repeat(8, axis=1).repeat(8, axis=2)
    arrays: dict[str, np.ndarray] = {
        "classes": np.array([f"class {number}" for number in range(CLASSES)])
    }
    for split, count in (("train", TRAIN_IMAGES), ("test", TEST_IMAGES)):
        labels = rng.integers(0, CLASSES, count)
        images = patterns[labels] + rng.normal(0, 60, (count, 32, 32, 3))
        arrays[f"{split}_images"] = images.clip(0, 255).astype(np.uint8)
        arrays[f"{split}_labels"] = labels.astype(np.uint8)
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / "cifar10.npz", **arrays)
    return folder / "cifar10.npz"
