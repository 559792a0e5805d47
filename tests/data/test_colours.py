"""Colours are changed as torchvision and PIL change them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from tests.support.pictures import (
    COUNT,
    JITTER,
    applied,
    assert_pixels,
    functional,
    transforms,
    words,
)
from tests.support.recipes import TO_TENSOR

from regrade.data import colour_kernels, colours
from regrade.data.generators import generator


@pytest.mark.parametrize("hue", [0, 0.1])
def test_colours_jitter_as_torchvisions(images, hue: float, monkeypatch) -> None:
    found, drawn = applied(images, JITTER | {"hue": hue}, TO_TENSOR)
    theirs = transforms.ColorJitter(0.4, 0.4, (0.5, 1.5), hue)
    rows = drawn[0].tolist()
    assert len({tuple(row[4:]) for row in rows}) > 10

    def jitter(picture: Image.Image, number: int) -> Image.Image:
        *factors, hue_factor = rows[number][:4]
        order = torch.tensor(rows[number][4:]).long()
        given = (order, *factors, hue_factor if hue else None)
        monkeypatch.setattr(theirs, "get_params", lambda *_: given)
        return theirs(picture)

    assert_pixels(found, images, jitter)


def test_an_order_of_another_operation_is_an_error() -> None:
    image, factors = np.zeros((1, 4, 4, 3), np.uint8), np.ones((1, 3), np.float32)
    turns, orders = np.zeros(1, np.uint8), np.array([[0, 1, 2, 4]])
    wanted, tables = np.ones(5, np.bool_), colour_kernels.hue_tables()
    with pytest.raises(ValueError, match="none of the four"):
        colour_kernels.jitter(image, factors, turns, orders, wanted, tables)


def test_factors_are_drawn_from_torchvisions_ranges() -> None:
    word, _ = words(JITTER | {"brightness": 1.4, "hue": 0.2}, TO_TENSOR)
    drawn = colours.draw_jitter(word, generator(1), 20_000)
    theirs = transforms.ColorJitter(1.4, 0.4, (0.5, 1.5), 0.2)
    ranges = [theirs.brightness, theirs.contrast, theirs.saturation, theirs.hue]
    for values, (low, high) in zip(drawn[:, :4].T, ranges, strict=True):
        assert low <= values.min() < values.max() <= high
        assert values.mean() == pytest.approx((low + high) / 2, abs=0.02)


@pytest.mark.parametrize("channels", [1, 3])
def test_gray_is_torchvisions(images, channels: int) -> None:
    gray = transforms.Grayscale(channels)
    found, _ = applied(images, {"kind": "grayscale", "channels": channels}, TO_TENSOR)
    assert_pixels(found, images, lambda picture, _: gray(picture))


def test_random_gray_is_torchvisions(images) -> None:
    found, drawn = applied(images, {"kind": "random_grayscale", "probability": 0.4}, TO_TENSOR)
    gray = transforms.Grayscale(3)
    assert 0 < drawn[0].sum() < COUNT
    assert_pixels(
        found, images, lambda picture, number: gray(picture) if drawn[0][number] else picture
    )


@pytest.mark.parametrize("turn", [0.0, 0.1, -0.37])
def test_the_hue_of_every_red_green_and_blue_is_turned_as_pil_turns_it(turn: float) -> None:
    """Every fifth value of each channel, and both ends: all cases of Convert.c."""
    values = np.unique(np.append(np.arange(0, 256, 5), [1, 254])).astype(np.uint8)
    grid = np.stack(np.meshgrid(values, values, values, indexing="ij"), -1)
    image = np.ascontiguousarray(grid.reshape(len(values), -1, 3))
    (word,) = words({"kind": "color_jitter", "hue": 0.5}, TO_TENSOR)[:1]
    drawn = torch.tensor([[1.0, 1.0, 1.0, turn, 0, 1, 2, 3]], dtype=torch.float64)
    (found,) = colours.jitter(word, torch.from_numpy(image)[None], drawn)
    expected = np.asarray(functional.adjust_hue(Image.fromarray(image), turn))
    np.testing.assert_array_equal(found.numpy(), expected)
