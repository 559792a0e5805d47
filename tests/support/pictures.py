"""Images through a pipeline of ours, held against what is done to each PIL image."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from tests.support.recipes import TO_TENSOR, as_trainer_sees, make_recipe

from regrade.data.pipeline import Pipeline, Stream
from regrade.torchvision_compat import torchvision

CPU = torch.device("cpu")
COUNT = 40
"""Of the images that tests share."""
transforms = torchvision.transforms
functional = transforms.functional
JITTER = {"kind": "color_jitter", "brightness": 0.4, "contrast": 0.4, "saturation": [0.5, 1.5]}
AFFINES = {
    "rotated": {"degrees": 15},
    "moved": {"degrees": 0, "translate": [0.1, 0.2]},
    "everything": {
        "degrees": [5, 30],
        "translate": [0.1, 0.1],
        "scale": [0.8, 1.2],
        "shear": [-5, 5, -10, 10],
        "fill": 9,
    },
    "sheared": {"degrees": 0, "shear": 10, "scale": [0.9, 1.1]},
}


def words(*transforms: dict) -> list[SimpleNamespace]:
    """Return transforms as the trainer sees them."""
    word = {"training": transforms, "evaluation": [TO_TENSOR]}
    return as_trainer_sees(make_recipe(transforms=word)).transforms.training


def corners(choices: torch.Tensor, span: int) -> list[tuple[int, int]]:
    """Top left corners of windows that may lie at so many places in a direction."""
    return [(int(row * span), int(column * span)) for row, column in choices.tolist()]


def applied(images: torch.Tensor, *given: dict) -> tuple[torch.Tensor, list]:
    """Give the network input (n, 3, side, side), and what was drawn for each word."""
    pipeline = Pipeline(words(*given), CPU)
    drawn = pipeline.draw(3, 1, Stream.TRAINING, len(images))
    return pipeline.apply(images, drawn, slice(0, len(images))), drawn


def assert_pixels(found: torch.Tensor, images: torch.Tensor, theirs) -> None:
    """Hold network input against what is done to each PIL image."""
    for number, image in enumerate(images):
        expected = functional.to_tensor(theirs(Image.fromarray(image.numpy()), number))
        assert torch.equal(found[number], expected), number


def assert_same_boxes(ours: np.ndarray, theirs: np.ndarray) -> None:
    """Hold mean and spread of tops, lefts, heights and widths against each other."""
    error = theirs.std(0) * np.sqrt(2 / len(theirs))
    assert (np.abs(ours.mean(0) - theirs.mean(0)) < 4 * error).all()
    np.testing.assert_allclose(ours.std(0), theirs.std(0), rtol=0.08)


def torchvisions_affine(
    keys: dict, rows: list[list[float]], side: int, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Image.Image, int], Image.Image]:
    """Return torchvision's affine map of each image, with what ours drew for it."""
    theirs = transforms.RandomAffine(**keys)

    def affine(picture: Image.Image, number: int) -> Image.Image:
        angle, across, down, scale, *shear = rows[number]
        shift = (round(across * side), round(down * side))
        monkeypatch.setattr(theirs, "get_params", lambda *_: (angle, shift, scale, tuple(shear)))
        return theirs(picture)

    return affine
