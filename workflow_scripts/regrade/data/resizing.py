"""Images of another size: on bytes with PIL's arithmetic, on floats with torch's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn.functional import interpolate

if TYPE_CHECKING:
    from regrade.studies.augmentation import Resize


def resize(transform: Resize, images: torch.Tensor) -> torch.Tensor:
    """Resize square images (batch, side, side, 3); the same side leaves them as they are."""
    if images.shape[1] == transform.size:
        return images
    if images.is_floating_point():
        return _resize_floats(transform, images)
    # Imported here because it loads a compiler.
    from regrade.data import pil_transforms

    return pil_transforms.resize(images, transform.size, transform.interpolation)


def _resize_floats(transform: Resize, images: torch.Tensor) -> torch.Tensor:
    mode, sides = transform.interpolation, [transform.size] * 2
    source = images.permute(0, 3, 1, 2)
    if mode == "nearest":
        done = interpolate(source, sides, mode=mode)
    else:
        done = interpolate(
            source, sides, mode=mode, align_corners=False, antialias=transform.antialias
        )
    return done.permute(0, 2, 3, 1).contiguous()
