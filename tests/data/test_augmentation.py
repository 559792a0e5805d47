"""Augmentation on bytes has the pixels of torchvision's transforms on PIL images.

The choices are made here, and given to both sides: every operation at every strength and sign.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from regrade.data import auto_augment, kernels, resample_kernels
from regrade.data.generators import generator
from regrade.data.pil_transforms import resize_weights
from regrade.torchvision_compat import torchvision

autoaugment = torchvision.transforms.autoaugment
functional = torchvision.transforms.functional
NEAREST = torchvision.transforms.InterpolationMode.NEAREST
BICOLOUR = np.zeros((32, 32, 3), np.uint8)
BICOLOUR[::2] = (255, 3, 77)


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    """Smooth, noisy, flat and two-coloured images: what histograms and borders stumble over."""
    rng = np.random.default_rng(7)
    coarse = rng.integers(0, 256, (4, 4, 4, 3), np.uint8)
    smooth = [np.asarray(Image.fromarray(c).resize((32, 32), Image.BICUBIC)) for c in coarse]
    noise = rng.integers(0, 256, (2, 32, 32, 3), np.uint8)
    flat = np.stack([np.full((32, 32, 3), value, np.uint8) for value in (0, 255, 131)])
    return np.concatenate([smooth, noise, flat, BICOLOUR[None]])


def cases() -> list[tuple[auto_augment.StepTable, str, int, int]]:
    tables = (auto_augment.trivial_table(), auto_augment.auto_table())
    return [(table, *key) for table in tables for key in table.rows]


@pytest.mark.parametrize("name", sorted({case[1] for case in cases()}))
def test_every_strength_and_sign_of_an_operation_is_pils(name: str, images: np.ndarray) -> None:
    spaces = {
        id(auto_augment.trivial_table()): auto_augment.trivial_space(),
        id(auto_augment.auto_table()): auto_augment.auto_space(),
    }
    for table, operation, index, sign in cases():
        if operation != name:
            continue
        strength = sign * float(spaces[id(table)][name][index])
        steps = np.full((len(images), 1), table.rows[name, index, sign], np.int16)
        ours = kernels.apply_steps(
            images, steps, table.codes, table.coefficients, table.factors, table.tables
        )
        for image, done in zip(images, ours, strict=True):
            theirs = autoaugment._apply_op(Image.fromarray(image), name, strength, NEAREST, None)
            np.testing.assert_array_equal(done, np.asarray(theirs), f"{name} {strength}")


def test_a_step_that_no_operation_has_is_an_error(images: np.ndarray) -> None:
    table = auto_augment.trivial_table()
    steps, codes = np.ones((len(images), 1), np.int16), np.full_like(table.codes, 99)
    with pytest.raises(ValueError, match="none of the operations"):
        kernels.apply_steps(images, steps, codes, table.coefficients, table.factors, table.tables)


def test_the_spaces_are_torchvisions() -> None:
    ours = auto_augment.trivial_space()
    theirs = autoaugment.TrivialAugmentWide()._augmentation_space(31)
    assert set(ours) == set(theirs)
    for name, (strengths, signed) in theirs.items():
        assert signed == (name in auto_augment.SIGNED), name
        if strengths.ndim:
            assert torch.equal(ours[name].double(), strengths.double()), name
    ours = auto_augment.auto_space()
    theirs = autoaugment.AutoAugment()._augmentation_space(10, (32, 32))
    for name in ours:
        if theirs[name][0].ndim:
            assert torch.equal(ours[name].double(), theirs[name][0].double()), name


def test_the_policy_is_torchvisions() -> None:
    theirs = autoaugment.AutoAugment(autoaugment.AutoAugmentPolicy.CIFAR10).policies
    free = {"Invert", "AutoContrast", "Equalize"}
    ours = [
        tuple((name, chance, None if name in free else index) for name, chance, index in policy)
        for policy in auto_augment.CIFAR10_POLICY
    ]
    assert ours == theirs


def test_rotations_by_any_angle_are_pils(images: np.ndarray) -> None:
    angles = np.concatenate([np.random.default_rng(3).uniform(-180, 180, 300), [0, 90, -5, 5]])
    many = np.resize(images, (len(angles), 32, 32, 3))
    ours = kernels.apply_affine(many, auto_augment.rotation_matrices(angles, 32))
    for image, angle, done in zip(many, angles, ours, strict=True):
        theirs = functional.rotate(Image.fromarray(image), float(angle))
        np.testing.assert_array_equal(done, np.asarray(theirs), str(angle))


@pytest.mark.parametrize("size", [20, 40, 48, 224])
def test_resizing_is_pils(size: int, images: np.ndarray) -> None:
    ours = resample_kernels.resample(images, *resize_weights(32, size))
    for image, done in zip(images, ours, strict=True):
        theirs = functional.resize(Image.fromarray(image), [size, size])
        np.testing.assert_array_equal(done, np.asarray(theirs))


def test_trivial_augment_draws_operations_strengths_and_signs_evenly() -> None:
    table = auto_augment.trivial_table()
    rows = auto_augment.draw_trivial(generator(1), 140_000)[:, 0]
    names = {row: key for key, row in table.rows.items()}
    drawn = [names[row] for row in rows.tolist()]
    for operation in auto_augment.trivial_space():
        share = sum(name == operation for name, _, _ in drawn) / len(drawn)
        assert share == pytest.approx(1 / 14, abs=0.004), operation
    signs = [sign for name, _, sign in drawn if name in auto_augment.SIGNED]
    assert np.mean(np.array(signs) < 0) == pytest.approx(0.5, abs=0.01)
    assert {index for _, index, _ in drawn} == set(range(31))


def test_auto_augment_does_each_operation_with_its_probability() -> None:
    steps = auto_augment.draw_auto(generator(2), 100_000)
    expected = np.mean(
        [[chance for _, chance, _ in pair] for pair in auto_augment.CIFAR10_POLICY], 0
    )
    np.testing.assert_allclose((steps > 0).mean(axis=0), expected, atol=0.006)
