"""Uncommon transforms give torchvision's pixels, whoever does them and however many at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from tests.support.pictures import applied, assert_pixels, words
from tests.support.recipes import CROP, FLIP, NORMALIZE, TO_TENSOR

from regrade.data import library, library_workers, nested
from regrade.data.generators import generator
from regrade.data.pipeline import Pipeline, Stream
from regrade.torchvision_compat import torchvision

CPU = torch.device("cpu")
transforms = torchvision.transforms
functional = transforms.functional
TONES = {
    "random_invert": ({}, transforms.RandomInvert(1.0)),
    "random_posterize": ({"bits": 3}, transforms.RandomPosterize(3, 1.0)),
    "random_solarize": ({"threshold": 99.5}, transforms.RandomSolarize(99.5, 1.0)),
    "random_autocontrast": ({}, transforms.RandomAutocontrast(1.0)),
    "random_equalize": ({}, transforms.RandomEqualize(1.0)),
    "random_adjust_sharpness": (
        {"sharpness_factor": 1.7},
        transforms.RandomAdjustSharpness(1.7, 1.0),
    ),
}


@pytest.mark.parametrize("kind", TONES)
def test_a_tone_is_torchvisions_where_its_coin_is_true(images, kind: str) -> None:
    keys, theirs = TONES[kind]
    found, drawn = applied(images, {"kind": kind, "probability": 0.6} | keys, TO_TENSOR)
    coins = drawn[0]
    assert 0.3 < coins.double().mean() < 0.9
    assert_pixels(found, images, lambda picture, n: theirs(picture) if coins[n] else picture)


@pytest.mark.parametrize(("bits", "threshold", "factor"), [(1, 0, 0), (8, 256, 1), (7, 255, 9)])
def test_the_ends_of_ranges_are_torchvisions(images, bits, threshold, factor) -> None:
    for kind, key, value, theirs in (
        ("random_posterize", "bits", bits, transforms.RandomPosterize(bits, 1.0)),
        ("random_solarize", "threshold", threshold, transforms.RandomSolarize(threshold, 1.0)),
        (
            "random_adjust_sharpness",
            "sharpness_factor",
            factor,
            transforms.RandomAdjustSharpness(factor, 1.0),
        ),
    ):
        found, _ = applied(images, {"kind": kind, key: value, "probability": 1.0}, TO_TENSOR)
        assert_pixels(found, images, lambda picture, _, theirs=theirs: theirs(picture))


@pytest.mark.parametrize("mode", ["constant", "edge", "reflect", "symmetric"])
@pytest.mark.parametrize("padding", [3, [2, 2], [1, 5, 6, 2], 40])
def test_pads_are_torchvisions(images, mode: str, padding: Any) -> None:
    word = {"kind": "pad", "padding": padding, "padding_mode": mode, "fill": 130}
    found, _ = applied(images, word, TO_TENSOR)
    theirs = transforms.Pad(padding, 130, mode)
    assert_pixels(found, images, lambda picture, _: theirs(picture))


@pytest.mark.parametrize("mode", ["constant", "edge", "reflect", "symmetric"])
def test_pads_of_floats_are_torchvisions(images, mode: str) -> None:
    word = {"kind": "pad", "padding": [1, 2, 3, 2], "padding_mode": mode, "fill": 0.5}
    found, _ = applied(images, TO_TENSOR, NORMALIZE, word)
    plain, _ = applied(images, TO_TENSOR, NORMALIZE)
    assert torch.equal(found, functional.pad(plain, [1, 2, 3, 2], 0.5, mode))


LIBRARY = {
    "random_perspective": (
        {"distortion_scale": 0.6, "probability": 0.7, "interpolation": "nearest", "fill": 40},
        transforms.RandomPerspective(0.6, 0.7, transforms.InterpolationMode.NEAREST, 40),
    ),
    "gaussian_blur": ({"kernel": [5, 3], "sigma": 1.2}, transforms.GaussianBlur([5, 3], 1.2)),
    "elastic_transform": (
        {"alpha": 30, "sigma": [4, 3], "fill": 9},
        transforms.ElasticTransform(30.0, [4.0, 3.0], fill=9),
    ),
    "aug_mix": (
        {"severity": 5, "mixture_width": 2, "chain_depth": 2, "alpha": 0.8, "all_ops": False},
        transforms.AugMix(5, 2, 2, 0.8, False),
    ),
}
DEFAULTS = {
    "random_perspective": ({}, transforms.RandomPerspective()),
    "gaussian_blur": ({"kernel": 3}, transforms.GaussianBlur(3)),
    "elastic_transform": ({}, transforms.ElasticTransform()),
    "aug_mix": ({}, transforms.AugMix()),
}


@pytest.mark.parametrize(("kind", "given"), [*LIBRARY.items(), *DEFAULTS.items()])
def test_the_librarys_transforms_are_its_own_with_the_drawn_seed(images, kind, given) -> None:
    keys, theirs = given
    before = torch.get_rng_state()
    found, drawn = applied(images, {"kind": kind} | keys, TO_TENSOR)
    assert torch.equal(torch.get_rng_state(), before), "a network's dropout must not see it"

    def seeded(picture: Image.Image, number: int) -> Image.Image:
        torch.manual_seed(int(drawn[0][number]))
        return theirs(picture)

    assert_pixels(found, images, seeded)
    changed = (found != applied(images, TO_TENSOR)[0]).flatten(1).any(1)
    assert changed.double().mean() > 0.5
    assert len(drawn[0].unique()) == len(images)


WORDS = [{"kind": kind} | keys for kind, (keys, _) in LIBRARY.items()]


def test_workers_give_the_same_bits_whatever_their_number(images) -> None:
    """A pass over all images, in batches that workers share unevenly, or that are too small."""
    (*parsed, _) = words(*WORDS, TO_TENSOR)
    for word in parsed:
        seeds = torch.from_numpy(library.draw_seeds(word, generator(1), len(images)))
        alone = library.transform_all(word, images.numpy(), seeds.numpy())
        for workers in (1, 2, 3):
            done = library_workers.transform(word, images.numpy(), seeds.numpy(), workers)
            np.testing.assert_array_equal(done, alone)
        few = library_workers.transform(word, images[:2].numpy(), seeds[:2].numpy(), 3)
        np.testing.assert_array_equal(few, alone[:2])


def test_a_thread_beside_the_main_one_leaves_random_numbers_to_a_worker(images) -> None:
    """What draws at that time on the main thread must draw what it would without it."""
    (word, _) = words(WORDS[0], TO_TENSOR)
    seeds = torch.from_numpy(library.draw_seeds(word, generator(1), len(images)))
    expected = library.transform(word, images, seeds)
    before = len(library_workers._workers)
    with ThreadPoolExecutor(1) as beside:
        found = beside.submit(library.transform, word, images, seeds).result()
    assert torch.equal(found, expected)
    assert len(library_workers._workers) == max(before, 1)


def test_a_worker_that_died_is_told_and_not_waited_for(images, monkeypatch) -> None:
    monkeypatch.setattr(library_workers, "_workers", [])
    (word, _) = words(WORDS[0], TO_TENSOR)
    nonsense = np.zeros((2, 32, 32, 7), np.uint8)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="that transforms images ended with status 1"):
            library_workers.transform(word, nonsense, np.arange(2), 1)


JITTER = {"kind": "color_jitter", "brightness": 0.4}
INVERT = {"kind": "random_invert", "probability": 1.0}
ERASING = {"kind": "random_erasing", "probability": 1.0, "scale": [0.1, 0.3]}


def alone(images: torch.Tensor, word: dict, choices: Any) -> torch.Tensor:
    """Do a word to all images with choices that were drawn inside another word."""
    (parsed, _) = words(word, TO_TENSOR)
    return Pipeline([parsed], CPU).apply(images, [choices], slice(0, len(images)))


def test_transforms_are_applied_where_the_coin_is_true(images) -> None:
    word = {"kind": "random_apply", "transforms": [JITTER, INVERT], "probability": 0.7}
    found, (drawn, _) = applied(images, word, TO_TENSOR)
    assert 0.4 < drawn.own.double().mean() < 0.95
    both = alone(images, JITTER, drawn.inner[0]).permute(0, 2, 3, 1)
    both = 255 - both
    expected = torch.where(drawn.own[:, None, None, None], both, images).permute(0, 3, 1, 2)
    assert torch.equal(found, expected / 255)


@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_none_or_all_are_transformed_at_the_ends(images, probability: float) -> None:
    word = {"kind": "random_apply", "transforms": [INVERT], "probability": probability}
    found, _ = applied(images, word, TO_TENSOR)
    expected = (255 - images if probability else images).permute(0, 3, 1, 2)
    assert torch.equal(found, expected / 255)


def test_one_transform_is_chosen_for_each_image(images) -> None:
    two = [JITTER, CROP | {"size": 24}]
    word = {"kind": "random_choice", "transforms": [two[1], CROP | {"size": 24, "padding": 0}]}
    found, (drawn, _) = applied(images, word, TO_TENSOR)
    assert found.shape[2:] == (24, 24) and 0 < drawn.own.sum() < len(images)
    parts = [
        alone(images, part, c) for part, c in zip(word["transforms"], drawn.inner, strict=True)
    ]
    for number, chosen in enumerate(drawn.own.tolist()):
        assert torch.equal(found[number], parts[chosen][number] / 255)


def test_choices_have_their_probabilities() -> None:
    three = [JITTER, INVERT, FLIP]
    word = {"kind": "random_choice", "transforms": three, "probabilities": [1, 0, 3]}
    (parsed, _) = words(word, TO_TENSOR)
    own = nested.draw_one(parsed, generator(3), 40_000).own
    np.testing.assert_allclose(own.bincount(minlength=3) / 40_000, [0.25, 0, 0.75], atol=0.01)
    (parsed, _) = words({"kind": "random_choice", "transforms": three}, TO_TENSOR)
    own = nested.draw_one(parsed, generator(3), 40_000).own
    np.testing.assert_allclose(own.bincount() / 40_000, [1 / 3] * 3, atol=0.01)


def test_transforms_are_done_in_the_order_of_each_image(images) -> None:
    """A negative and a brighter image: one order gives other pixels than the other."""
    word = {"kind": "random_order", "transforms": [JITTER, INVERT]}
    found, (drawn, _) = applied(images, word, TO_TENSOR)
    first = drawn.own[:, 0]
    assert 0.2 < first.double().mean() < 0.8
    jittered = alone(images, JITTER, drawn.inner[0]).permute(0, 2, 3, 1)
    inverted = alone(255 - images, JITTER, drawn.inner[0]).permute(0, 2, 3, 1)
    expected = torch.where((first == 1)[:, None, None, None], inverted, 255 - jittered)
    assert torch.equal(found, expected.permute(0, 3, 1, 2) / 255)


def test_every_order_is_as_likely_as_every_other() -> None:
    word = {"kind": "random_order", "transforms": [JITTER, INVERT, FLIP]}
    (parsed, _) = words(word, TO_TENSOR)
    own = nested.draw_orders(parsed, generator(3), 60_000).own
    orders, counts = own.unique(dim=0, return_counts=True)
    assert len(orders) == 6
    np.testing.assert_allclose(counts / 60_000, [1 / 6] * 6, atol=0.01)


DEEP = {
    "kind": "random_apply",
    "transforms": [
        {"kind": "random_choice", "transforms": [CROP, WORDS[0], JITTER]},
        {"kind": "random_order", "transforms": [FLIP, INVERT]},
    ],
}


def test_batches_of_nested_transforms_are_the_pieces_of_the_whole(images) -> None:
    pipeline = Pipeline(
        words(DEEP, TO_TENSOR, {"kind": "random_apply", "transforms": [ERASING]}), CPU
    )
    drawn = pipeline.draw(1, 2, Stream.TRAINING, len(images))
    source = images.clone()
    whole = pipeline.apply(images, drawn, slice(0, len(images)))
    assert torch.equal(images, source)
    for batch in (slice(0, 1), slice(1, 30), slice(30, len(images))):
        assert torch.equal(pipeline.apply(images[batch], drawn, batch), whole[batch])
    order = torch.arange(len(images)).flip(0)
    given = [None if part is None else part[order] for part in drawn]
    again = pipeline.apply(images, given, slice(0, len(images)), order)
    assert torch.equal(again, whole.flip(0))
