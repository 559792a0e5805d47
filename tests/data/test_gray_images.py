"""Images of one channel: transforms give the pixels that torchvision gives of gray PIL images."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from PIL import Image
from tests.support.pictures import AFFINES, JITTER, corners, torchvisions_affine, words
from tests.support.recipes import CROP, FLIP, TO_TENSOR, as_trainer_sees, make_recipe

from regrade.data import resized_crops
from regrade.data.auto_augment import auto_table, rand_table, trivial_table
from regrade.data.pipeline import Pipeline, Stream
from regrade.studies.images import image_channels
from regrade.torchvision_compat import torchvision

CPU = torch.device("cpu")
COUNT, SIDE = 40, 32
transforms = torchvision.transforms
functional = transforms.functional
Theirs = Callable[[Image.Image, int], Image.Image]
NORMALIZE = {"kind": "normalize", "mean": 0.1307, "std": [0.3081]}


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    """Smooth and noisy images without any symmetry."""
    rng = np.random.default_rng(3)
    coarse = rng.integers(0, 256, (COUNT // 2, 5, 5), np.uint8)
    smooth = [np.asarray(Image.fromarray(c).resize((SIDE, SIDE), Image.BICUBIC)) for c in coarse]
    noise = rng.integers(0, 256, (COUNT - len(smooth), SIDE, SIDE), np.uint8)
    return torch.from_numpy(np.concatenate([smooth, noise]))[..., None]


def applied(images: torch.Tensor, *given: dict) -> tuple[torch.Tensor, list]:
    """Give the network input, and what was drawn for each word."""
    pipeline = Pipeline(words(*given), CPU, 1)
    drawn = pipeline.draw(3, 1, Stream.TRAINING, len(images))
    return pipeline.apply(images, drawn, slice(0, len(images))), drawn


def assert_pixels(found: torch.Tensor, images: torch.Tensor, theirs: Theirs) -> None:
    for number, image in enumerate(images):
        picture = Image.fromarray(image[..., 0].numpy())
        assert picture.mode == "L"
        assert torch.equal(found[number], functional.to_tensor(theirs(picture, number))), number


@pytest.mark.parametrize("mode", ["constant", "reflect"])
def test_crops_and_mirror_images(images, mode: str) -> None:
    found, drawn = applied(images, CROP | {"padding_mode": mode}, FLIP, TO_TENSOR)
    places = corners(drawn[0], 9)

    def theirs(picture: Image.Image, number: int) -> Image.Image:
        padded = functional.pad(picture, [4], 0, mode)
        cut = functional.crop(padded, *places[number], SIDE, SIDE)
        return functional.hflip(cut) if drawn[1][number] else cut

    assert_pixels(found, images, theirs)


def test_rotations(images) -> None:
    found, drawn = applied(images, {"kind": "random_rotation", "degrees": 30}, TO_TENSOR)
    angles = drawn[0].tolist()
    assert_pixels(found, images, lambda picture, n: functional.rotate(picture, angles[n]))


@pytest.mark.parametrize("name", ["everything", "moved"])
def test_affine_maps(images, name: str, monkeypatch) -> None:
    keys = AFFINES[name]
    found, drawn = applied(images, {"kind": "random_affine"} | keys, TO_TENSOR)
    theirs = torchvisions_affine(keys, drawn[0].tolist(), SIDE, monkeypatch)
    assert_pixels(found, images, theirs)


@pytest.mark.parametrize("size", [48, 20])
@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic", "nearest"])
def test_other_sizes(images, size: int, interpolation: str) -> None:
    word = {"kind": "resize", "size": size, "interpolation": interpolation}
    found, _ = applied(images, word, TO_TENSOR)
    theirs = transforms.Resize(size, transforms.InterpolationMode(interpolation))
    assert_pixels(found, images, lambda picture, _: theirs(picture))


def test_resized_windows(images, monkeypatch) -> None:
    word = {"kind": "random_resized_crop", "size": SIDE, "scale": [0.2, 1.0]}
    found, drawn = applied(images, word, TO_TENSOR)
    theirs = transforms.RandomResizedCrop(SIDE, scale=(0.2, 1.0))
    (parsed,) = words(word, TO_TENSOR)[:1]
    boxes = resized_crops.windows(parsed, drawn[0].numpy(), SIDE, SIDE).tolist()

    def crop(picture: Image.Image, number: int) -> Image.Image:
        monkeypatch.setattr(theirs, "get_params", lambda *_: boxes[number])
        return theirs(picture)

    assert_pixels(found, images, crop)


def test_jitter_leaves_saturation_and_hue(images, monkeypatch) -> None:
    found, drawn = applied(images, JITTER | {"hue": 0.1}, TO_TENSOR)
    theirs = transforms.ColorJitter(0.4, 0.4, (0.5, 1.5), 0.1)
    rows = drawn[0].tolist()

    def jitter(picture: Image.Image, number: int) -> Image.Image:
        order = torch.tensor(rows[number][4:]).long()
        monkeypatch.setattr(theirs, "get_params", lambda *_: (order, *rows[number][:4]))
        return theirs(picture)

    assert_pixels(found, images, jitter)


SIDES = (SIDE, SIDE)
POLICIES = {
    "rand_augment": (rand_table, transforms.RandAugment()._augmentation_space(31, SIDES)),
    "trivial_augment_wide": (
        trivial_table,
        transforms.TrivialAugmentWide()._augmentation_space(31),
    ),
    "auto_augment_cifar10": (
        auto_table,
        transforms.AutoAugment()._augmentation_space(10, SIDES),
    ),
}


@pytest.mark.parametrize("kind", POLICIES)
def test_policies(images, kind: str) -> None:
    found, drawn = applied(images, {"kind": kind}, TO_TENSOR)
    table, space = POLICIES[kind]
    steps = {row: key for key, row in table().rows.items()}

    def augment(picture: Image.Image, number: int) -> Image.Image:
        for name, index, sign in (steps[row] for row in drawn[0][number].tolist() if row):
            strengths, _ = space[name]
            strength = sign * float(strengths[index] if strengths.ndim else 0.0)
            picture = transforms.autoaugment._apply_op(
                picture, name, strength, transforms.InterpolationMode.NEAREST, None
            )
        return picture

    assert_pixels(found, images, augment)


def test_gray_in_three_channels(images) -> None:
    found, _ = applied(images, {"kind": "grayscale"}, TO_TENSOR)
    assert found.shape == (COUNT, 3, SIDE, SIDE)
    assert_pixels(found, images, lambda picture, _: transforms.Grayscale(3)(picture))
    same, drawn = applied(images, {"kind": "random_grayscale", "probability": 0.5}, TO_TENSOR)
    assert 0 < drawn[0].sum() < COUNT
    assert_pixels(same, images, lambda picture, _: transforms.Grayscale(1)(picture))


def test_the_network_sees_the_channels_that_transforms_leave() -> None:
    plain = as_trainer_sees(make_recipe(dataset="mnist"))
    assert image_channels(plain) == 1
    both = {"training": [{"kind": "grayscale"}, TO_TENSOR], "evaluation": [TO_TENSOR]}
    gray = as_trainer_sees(make_recipe(dataset="mnist", transforms=both))
    assert image_channels(gray, gray.transforms.training) == 3


@pytest.mark.parametrize("mean", [0.1307, [0.1307]])
def test_one_mean_is_that_of_the_channel(images, mean: object) -> None:
    found, _ = applied(images, TO_TENSOR, NORMALIZE | {"mean": mean})
    plain = images.permute(0, 3, 1, 2).float() / 255
    assert torch.equal(found, functional.normalize(plain, [0.1307], [0.3081]))


def test_one_mean_is_that_of_all_channels_as_torchvision_broadcasts_it(images) -> None:
    coloured = torch.cat([images, images.flip(1), 255 - images], -1)
    pipeline = Pipeline(words(TO_TENSOR, NORMALIZE), CPU)
    found = pipeline.apply(coloured, pipeline.draw(0, 1, Stream.TRAINING, COUNT), slice(0, COUNT))
    plain = coloured.permute(0, 3, 1, 2).float() / 255
    assert torch.equal(found, functional.normalize(plain, [0.1307], [0.3081]))
