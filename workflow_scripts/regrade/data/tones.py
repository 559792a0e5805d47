"""Random negatives, fewer bits, stretched contrasts and the like, with PIL's arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from regrade.data import kernels

if TYPE_CHECKING:
    pass

VALUES = np.arange(256)
LOOKUPS: dict[str, Callable[[Any], np.ndarray]] = {
    "random_invert": lambda _: 255 - VALUES,
    "random_posterize": lambda word: VALUES & (0xFF << (8 - word.bits)),
    "random_solarize": lambda word: np.where(word.threshold > VALUES, VALUES, 255 - VALUES),
}
"""What becomes of each value of a byte, by the kinds that look at nothing else."""
CODES = {
    **dict.fromkeys(LOOKUPS, kernels.LOOKUP),
    "random_autocontrast": kernels.AUTOCONTRAST,
    "random_equalize": kernels.EQUALIZE,
    "random_adjust_sharpness": kernels.SHARPNESS,
}
"""What the compiled steps call each kind."""


def change(transform: Any, images: torch.Tensor, coins: torch.Tensor) -> torch.Tensor:
    """Change the images, uint8 (batch, height, width, 3), whose coin is true."""
    values = LOOKUPS[transform.kind](transform) if transform.kind in LOOKUPS else VALUES
    factor = getattr(transform, "sharpness_factor", 1.0)
    done = kernels.apply_steps(
        images.numpy(),
        coins.numpy().astype(np.int16)[:, None],
        np.array([kernels.NOTHING, CODES[transform.kind]], np.int64),
        np.zeros((2, 6)),
        np.array([1.0, factor], np.float32),
        np.stack([VALUES, values]).astype(np.uint8),
    )
    return torch.from_numpy(done)
