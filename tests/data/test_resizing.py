"""Resizes and windows of images are torchvision's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from tests.support.pictures import (
    applied,
    assert_pixels,
    assert_same_boxes,
    transforms,
    words,
)
from tests.support.recipes import NORMALIZE, TO_TENSOR

from regrade.data import resized_crops
from regrade.data.generators import generator


@pytest.mark.parametrize("size", [40, 32, 24, 12])
def test_a_resized_window_is_torchvisions(images, size: int, monkeypatch) -> None:
    """Windows that shrink are resized by columns first where their height shrinks most."""
    word = {"kind": "random_resized_crop", "size": size, "scale": [0.2, 1.0]}
    found, drawn = applied(images, word, TO_TENSOR)
    theirs = transforms.RandomResizedCrop(size, scale=(0.2, 1.0))
    (parsed,) = words(word, TO_TENSOR)[:1]
    boxes = resized_crops.windows(parsed, drawn[0].numpy(), 32, 32).tolist()

    def crop(picture: Image.Image, number: int) -> Image.Image:
        monkeypatch.setattr(theirs, "get_params", lambda *_: boxes[number])
        return theirs(picture)

    assert_pixels(found, images, crop)


@pytest.mark.parametrize(
    ("scale", "ratio"), [((0.08, 1.0), (3 / 4, 4 / 3)), ((0.9, 1.0), (2.0, 3.0))]
)
def test_windows_are_drawn_as_torchvision_draws_them(scale, ratio) -> None:
    """The second never fits: torchvision then takes the middle."""
    word = {"kind": "random_resized_crop", "size": 32, "scale": scale, "ratio": ratio}
    (word,) = words(word, TO_TENSOR)[:1]
    drawn = resized_crops.draw_windows(word, generator(5), 3000)
    ours = resized_crops.windows(word, drawn, 32, 32)
    picture = Image.new("RGB", (32, 32))
    torch.manual_seed(0)
    get = transforms.RandomResizedCrop.get_params
    theirs = np.array([get(picture, scale, ratio) for _ in range(3000)])
    if scale[0] > 0.5:
        assert (ours == theirs).all()
    else:
        assert_same_boxes(ours, theirs)


@pytest.mark.parametrize("size", [48, 20])
@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic", "nearest"])
def test_resized_bytes_are_those_of_pil_images(images, size: int, interpolation: str) -> None:
    word = {"kind": "resize", "size": size, "interpolation": interpolation}
    found, _ = applied(images, word, TO_TENSOR)
    theirs = transforms.Resize(size, transforms.InterpolationMode(interpolation))
    assert_pixels(found, images, lambda picture, _: theirs(picture))


@pytest.mark.parametrize("size", [48, 20])
@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic", "nearest"])
@pytest.mark.parametrize("antialias", [True, False])
def test_resized_floats_are_those_of_tensors(images, size, interpolation, antialias) -> None:
    word = {"kind": "resize", "size": size, "interpolation": interpolation, "antialias": antialias}
    found, _ = applied(images, TO_TENSOR, NORMALIZE, word)
    plain, _ = applied(images, TO_TENSOR, NORMALIZE)
    mode = transforms.InterpolationMode(interpolation)
    expected = transforms.Resize(size, mode, antialias=antialias)(plain)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("size", [32, 24, 17])
def test_the_middle_is_torchvisions(images, size: int) -> None:
    found, _ = applied(images, {"kind": "center_crop", "size": size}, TO_TENSOR)
    assert_pixels(found, images, lambda picture, _: transforms.CenterCrop(size)(picture))
