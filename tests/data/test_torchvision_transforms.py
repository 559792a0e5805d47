"""Transforms give the pixels of torchvision, Keras and the papers' code, with the same choices."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import ndimage
from tests.support.pictures import (
    AFFINES,
    CPU,
    applied,
    assert_pixels,
    assert_same_boxes,
    corners,
    functional,
    torchvisions_affine,
    transforms,
    words,
)
from tests.support.recipes import CROP, FLIP, NORMALIZE, TO_TENSOR

from regrade.data import affine_maps, erasing
from regrade.data.auto_augment import SIGNED, draw_rand, rand_space, rand_table
from regrade.data.generators import generator
from regrade.data.pipeline import Pipeline, Stream


@pytest.mark.parametrize("size", [32, 24])
@pytest.mark.parametrize(
    "padding",
    [
        {"padding_mode": "reflect"},
        {"padding_mode": "symmetric"},
        {"padding_mode": "edge"},
        {"padding_mode": "constant", "fill": 117},
    ],
    ids=lambda keys: keys["padding_mode"],
)
def test_padding_is_torchvisions(images, padding: dict, size: int) -> None:
    found, drawn = applied(images, CROP | padding | {"size": size}, FLIP, TO_TENSOR)
    places = corners(drawn[0], 40 - size + 1)

    def theirs(picture: Image.Image, number: int) -> Image.Image:
        padded = functional.pad(picture, [4], padding.get("fill", 0), padding["padding_mode"])
        cut = functional.crop(padded, *places[number], size, size)
        return functional.hflip(cut) if drawn[1][number] else cut

    assert_pixels(found, images, theirs)


@pytest.mark.parametrize("fill", ["nearest", "constant", "reflect", "wrap"])
@pytest.mark.parametrize("extent", [0.2, 9.0])
def test_a_shift_is_keras(images, fill: str, extent: float) -> None:
    """`apply_affine_transform` of Keras 2: scipy's affine_transform with order 1, by channel."""
    word = {
        "kind": "random_shift",
        "height": extent,
        "width": extent,
        "fill_mode": fill,
        "fill": 0.4,
    }
    found, drawn = applied(images, TO_TENSOR, word)
    pixels = drawn[1].double() * (32 if extent < 1 else 1)
    for number, image in enumerate(images):
        floats = image.numpy().astype(np.float64) / 255
        for channel in range(3):
            expected = ndimage.affine_transform(
                floats[:, :, channel],
                np.eye(2),
                pixels[number].numpy(),
                order=1,
                mode=fill,
                cval=0.4,
            )
            np.testing.assert_allclose(found[number, channel], expected, atol=2e-5)


def test_whole_shifts_are_drawn_as_keras_draws_them(images) -> None:
    """np.random.choice(4) * np.random.choice([-1, 1]): twice as often no shift as any other."""
    word = {"kind": "random_shift", "height": 4, "width": 3, "whole": True}
    drawn = Pipeline(words(TO_TENSOR, word), CPU).draw(1, 1, Stream.TRAINING, 80_000)[1]
    values, counts = drawn[:, 0].unique(return_counts=True)
    assert values.tolist() == [-3, -2, -1, 0, 1, 2, 3]
    np.testing.assert_allclose(counts / 80_000, np.array([1, 1, 1, 2, 1, 1, 1]) / 8, atol=0.006)
    assert drawn[:, 1].unique().tolist() == [-2, -1, 0, 1, 2]
    found, own = applied(images, TO_TENSOR, word)
    down, right = own[1][0].long().tolist()
    source = functional.to_tensor(Image.fromarray(images[0].numpy()))
    rows = (torch.arange(32) + down).clamp(0, 31)
    columns = (torch.arange(32) + right).clamp(0, 31)
    assert torch.equal(found[0], source[:, rows][:, :, columns])


@pytest.mark.parametrize("holes", [1, 3])
def test_cutout_is_the_papers(images, holes: int) -> None:
    """uoguelph-mlrg/Cutout, util/cutout.py, on tensors after the normalisation."""
    word = {"kind": "cutout", "size": 11, "holes": holes}
    found, drawn = applied(images, TO_TENSOR, NORMALIZE, word)
    plain, _ = applied(images, TO_TENSOR, NORMALIZE)
    for number, middles in enumerate(drawn[2].tolist()):
        mask = np.ones((32, 32), np.float32)
        for y, x in ((int(down * 32), int(across * 32)) for down, across in middles):
            y1, y2 = np.clip(y - 11 // 2, 0, 32), np.clip(y + 11 // 2, 0, 32)
            x1, x2 = np.clip(x - 11 // 2, 0, 32), np.clip(x + 11 // 2, 0, 32)
            mask[y1:y2, x1:x2] = 0.0
        assert torch.equal(found[number], plain[number] * torch.from_numpy(mask)), number


@pytest.mark.parametrize("value", [0.0, 0.5])
def test_erased_boxes_are_torchvisions(images, value: float) -> None:
    word = {"kind": "random_erasing", "probability": 0.7, "value": value}
    found, drawn = applied(images, TO_TENSOR, word)
    plain, _ = applied(images, TO_TENSOR)
    boxes = erasing.boxes(drawn[1], 32, 32).tolist()
    for number, (top, left, tall, wide) in enumerate(boxes):
        expected = functional.erase(plain[number], top, left, tall, wide, torch.tensor(value))
        assert torch.equal(found[number], expected), number
    assert 0.4 < np.mean([tall > 0 for _, _, tall, _ in boxes]) < 0.95


def test_boxes_to_erase_are_drawn_as_torchvision_draws_them() -> None:
    (word,) = words(TO_TENSOR, {"kind": "random_erasing", "probability": 1.0})[1:]
    ours = erasing.boxes(torch.from_numpy(erasing.draw_boxes(word, generator(5), 4000)), 32, 32)
    image = torch.zeros(3, 32, 32)
    torch.manual_seed(0)
    get = transforms.RandomErasing.get_params
    theirs = [get(image, word.scale, word.ratio, [0.0])[:4] for _ in range(4000)]
    assert_same_boxes(ours.numpy(), np.array(theirs))


def test_a_box_whose_place_is_rounded_up_stays_in_the_image() -> None:
    """Places below 1 in double precision may be 1 in single precision, where they are kept."""

    class Highest:
        def random(self, shape: tuple[int, int]) -> np.ndarray:
            return np.full(shape, np.nextafter(1.0, 0.0))

        def uniform(self, low: float, high: float, shape: tuple[int, int]) -> np.ndarray:
            return np.full(shape, (low + high) / 2)

    (word,) = words(TO_TENSOR, {"kind": "random_erasing", "probability": 1.0})[1:]
    drawn = torch.from_numpy(erasing.draw_boxes(word, Highest(), 3))  # type: ignore[arg-type]
    for top, left, tall, wide in erasing.boxes(drawn, 32, 28).tolist():
        assert tall > 0 and (top + tall, left + wide) == (32, 28)


@pytest.mark.parametrize("name", AFFINES)
def test_an_affine_map_is_torchvisions(images, name: str, monkeypatch) -> None:
    keys = AFFINES[name]
    found, drawn = applied(images, {"kind": "random_affine"} | keys, TO_TENSOR)
    theirs = torchvisions_affine(keys, drawn[0].tolist(), 32, monkeypatch)
    assert_pixels(found, images, theirs)
    assert not torch.equal(found, applied(images, TO_TENSOR)[0])


@pytest.mark.parametrize("name", AFFINES)
def test_affine_maps_are_drawn_from_torchvisions_ranges(name: str) -> None:
    keys = AFFINES[name]
    word, _ = words({"kind": "random_affine"} | keys, TO_TENSOR)
    drawn = affine_maps.draw_affine(word, generator(2), 3000)
    ours = np.concatenate([drawn[:, :1], np.rint(drawn[:, 1:3] * 32), drawn[:, 3:]], axis=1)
    t = transforms.RandomAffine(**keys)
    torch.manual_seed(0)
    found = [t.get_params(t.degrees, t.translate, t.scale, t.shear, [32, 32]) for _ in range(3000)]
    theirs = np.array([[angle, *shift, scale, *shear] for angle, shift, scale, shear in found])
    error = theirs.std(0) * np.sqrt(2 / 3000) + 1e-9
    assert (np.abs(ours.mean(0) - theirs.mean(0)) < 4 * error).all()
    np.testing.assert_allclose(ours.std(0), theirs.std(0), rtol=0.06, atol=1e-9)


def test_rand_augment_does_torchvisions_operations(images) -> None:
    word = {"kind": "rand_augment", "num_ops": 2, "magnitude": 14}
    found, drawn = applied(images, word, TO_TENSOR)
    steps = {row: key for key, row in rand_table().rows.items()}
    space = transforms.RandAugment()._augmentation_space(31, (32, 32))

    def augment(picture: Image.Image, number: int) -> Image.Image:
        for name, index, sign in (steps[row] for row in drawn[0][number].tolist()):
            strengths, signed = space[name]
            assert index == 14 and signed == (name in SIGNED)
            strength = sign * float(strengths[14] if strengths.ndim else 0.0)
            picture = transforms.autoaugment._apply_op(
                picture, name, strength, transforms.InterpolationMode.NEAREST, None
            )
        return picture

    assert list(space) == list(rand_space())
    assert_pixels(found, images, augment)


def test_rand_augment_draws_operations_and_signs_evenly() -> None:
    steps = {row: key for key, row in rand_table().rows.items()}
    drawn = [steps[row] for row in draw_rand(generator(1), 70_000, 2, 9).ravel().tolist()]
    for operation in rand_space():
        share = sum(name == operation for name, _, _ in drawn) / len(drawn)
        assert share == pytest.approx(1 / 14, abs=0.004), operation
    signs = [sign for name, _, sign in drawn if name in SIGNED]
    assert np.mean(np.array(signs) < 0) == pytest.approx(0.5, abs=0.01)
