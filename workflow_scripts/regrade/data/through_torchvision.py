"""Transforms that torchvision itself does, image by image.

They work on bytes and on the CPU, whatever the device: images become PIL images on the way, as they
were in reports whose data sets gave PIL images.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from PIL import Image

from regrade.torchvision_compat import torchvision

functional = torchvision.transforms.functional


def _each(images: torch.Tensor, do: Callable[[Image.Image, int], Image.Image]) -> torch.Tensor:
    """Do something to every image, uint8 (batch, height, width, 3), that may change its size."""
    pictures = (Image.fromarray(image) for image in images.numpy())
    done = [np.asarray(do(picture, number)) for number, picture in enumerate(pictures)]
    return torch.from_numpy(np.stack(done))


def resize(images: torch.Tensor, size: int, interpolation: str) -> torch.Tensor:
    """Resize images to squares, by the name of an interpolation."""
    mode = torchvision.transforms.InterpolationMode(interpolation)
    return _each(images, lambda picture, _: functional.resize(picture, [size] * 2, mode))
