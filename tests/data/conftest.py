"""Images that tests of transforms share."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from tests.support.pictures import COUNT


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    """Smooth and noisy images without any symmetry."""
    rng = np.random.default_rng(3)
    coarse = rng.integers(0, 256, (COUNT // 2, 5, 5, 3), np.uint8)
    smooth = [np.asarray(Image.fromarray(c).resize((32, 32), Image.BICUBIC)) for c in coarse]
    noise = rng.integers(0, 256, (COUNT - len(smooth), 32, 32, 3), np.uint8)
    return torch.from_numpy(np.concatenate([smooth, noise]))
