"""The image pipeline: torchvision's pixels, a batch at a time, chosen by keys alone."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
import torch
from PIL import Image
from tests.support.pictures import corners, words
from tests.support.recipes import CROP, FLIP, NORMALIZE, TO_TENSOR, as_trainer_sees, make_recipe

from regrade.data.load import load_splits, mapped, split_order
from regrade.data.pipeline import Pipeline, Stream, evaluation_batch
from regrade.errors import UserError
from regrade.torchvision_compat import torchvision

CPU = torch.device("cpu")
COUNT = 60
EVERYTHING = slice(0, COUNT)
functional = torchvision.transforms.functional


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    """Bytes without any symmetry: a shift or mirror by mistake cannot go unseen."""
    generator = torch.Generator().manual_seed(5)
    return torch.randint(0, 256, (COUNT, 32, 32, 3), generator=generator, dtype=torch.uint8)


@pytest.mark.parametrize("size", [32, 28])
def test_crop_and_flip_on_bytes_give_torchvisions_pixels(images, size) -> None:
    crop = CROP | {"size": size}
    pipeline = Pipeline(words(crop, FLIP, TO_TENSOR), CPU)
    drawn = pipeline.draw(3, 1, Stream.TRAINING, COUNT)
    found = pipeline.apply(images, drawn, EVERYTHING)
    for number, (top, left) in enumerate(corners(drawn[0], 40 - size + 1)):
        picture = functional.pad(Image.fromarray(images[number].numpy()), [4])
        picture = functional.crop(picture, top, left, size, size)
        if drawn[1][number]:
            picture = functional.hflip(picture)
        assert torch.equal(found[number], functional.to_tensor(picture)), number


def test_a_vertical_flip_gives_torchvisions_pixels(images) -> None:
    flip = {"kind": "random_vertical_flip", "probability": 1.0}
    found = Pipeline(words(flip, TO_TENSOR), CPU)
    drawn = found.draw(0, 1, Stream.TRAINING, COUNT)
    expected = functional.vflip(images.permute(0, 3, 1, 2)).float() / 255
    assert torch.equal(found.apply(images, drawn, EVERYTHING), expected)


def test_a_crop_after_normalisation_pads_with_the_mean_colour(images) -> None:
    pipeline = Pipeline(words(TO_TENSOR, NORMALIZE, CROP), CPU)
    drawn = pipeline.draw(3, 1, Stream.TRAINING, COUNT)
    found = pipeline.apply(images, drawn, EVERYTHING)
    normalised = evaluation_batch(images, words(TO_TENSOR, NORMALIZE))
    padded = torch.zeros(COUNT, 3, 40, 40)
    padded[:, :, 4:36, 4:36] = normalised
    for number, (top, left) in enumerate(corners(drawn[2], 9)):
        window = padded[number, :, top : top + 32, left : left + 32]
        assert torch.equal(found[number], window), number
        if top == 0:
            assert not found[number, :, :4].any()


def test_a_crop_before_normalisation_pads_with_black(images) -> None:
    pipeline = Pipeline(words(CROP, TO_TENSOR, NORMALIZE), CPU)
    drawn = pipeline.draw(3, 1, Stream.TRAINING, COUNT)
    found = pipeline.apply(images, drawn, EVERYTHING)
    number = next(n for n, (top, _) in enumerate(corners(drawn[0], 9)) if top == 0)
    black = -torch.tensor(NORMALIZE["mean"]) / torch.tensor(NORMALIZE["std"])
    assert torch.allclose(found[number, :, 0, 0], black)


def test_normalisation_is_torchvisions(images) -> None:
    found = evaluation_batch(images, words(TO_TENSOR, NORMALIZE))
    tensors = images.permute(0, 3, 1, 2).float() / 255
    expected = functional.normalize(tensors, NORMALIZE["mean"], NORMALIZE["std"])
    assert torch.equal(found, expected)


def test_network_input_is_channels_last_and_the_source_is_untouched(images) -> None:
    before = images.clone()
    for transforms in ((TO_TENSOR, NORMALIZE), (CROP, FLIP, TO_TENSOR, NORMALIZE)):
        pipeline = Pipeline(words(*transforms), CPU)
        drawn = pipeline.draw(0, 1, Stream.TRAINING, COUNT)
        found = pipeline.apply(images, drawn, EVERYTHING)
        assert found.shape == (COUNT, 3, 32, 32)
        assert found.dtype == torch.float32
        assert found.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(images, before)


def test_batches_are_the_pieces_of_the_whole(images) -> None:
    """So that a batch can be made ahead of time, and whatever the size of the others."""
    pipeline = Pipeline(words(CROP, FLIP, TO_TENSOR, NORMALIZE), CPU)
    drawn = pipeline.draw(1, 2, Stream.TRAINING, COUNT)
    whole = pipeline.apply(images, drawn, EVERYTHING)
    for batch in (slice(0, 7), slice(7, 50), slice(50, COUNT)):
        assert torch.equal(pipeline.apply(images[batch], drawn, batch), whole[batch])


def test_choices_depend_on_seed_epoch_stream_and_position_alone() -> None:
    pipeline = Pipeline(words(CROP, CROP, TO_TENSOR), CPU)
    first, second, fixed = pipeline.draw(1, 2, Stream.TRAINING, COUNT)
    assert fixed is None
    assert not torch.equal(first, second)
    assert torch.equal(first, pipeline.draw(1, 2, Stream.TRAINING, COUNT)[0])
    for keys in ((2, 2, Stream.TRAINING), (1, 3, Stream.TRAINING), (1, 2, Stream.EVALUATION)):
        assert not torch.equal(first, pipeline.draw(*keys, COUNT)[0])


def test_every_window_is_as_likely_as_every_other() -> None:
    drawn = Pipeline(words(CROP, TO_TENSOR), CPU).draw(0, 1, Stream.TRAINING, 81_000)[0]
    counts = np.zeros((9, 9), int)
    np.add.at(counts, tuple(np.array(corners(drawn, 9)).T), 1)
    assert counts.min() > 1000 - 5 * 32  # five standard deviations
    assert counts.max() < 1000 + 5 * 32


@pytest.mark.parametrize("probability", [0.0, 0.2, 0.5, 1.0])
def test_mirror_images_have_their_probability(probability) -> None:
    flip = FLIP | {"probability": probability}
    coins = Pipeline(words(flip, TO_TENSOR), CPU).draw(0, 1, Stream.TRAINING, 10_000)[0]
    assert float(coins.float().mean()) == pytest.approx(probability, abs=0.025)


def test_the_drawn_numbers_stay_what_they_are() -> None:
    """A change here changes every trained number: it must be meant."""
    pipeline = Pipeline(words(CROP, FLIP, TO_TENSOR), CPU)
    offsets, coins, _ = pipeline.draw(7, 3, Stream.TRAINING, 1000)
    digest = hashlib.sha256(offsets.numpy().tobytes() + coins.numpy().tobytes()).hexdigest()
    assert digest[:16] == "c20f4c623e3f2643"


def test_what_a_network_sees_without_luck(images) -> None:
    found = evaluation_batch(images, words(CROP, FLIP, TO_TENSOR, NORMALIZE))
    assert torch.equal(found, evaluation_batch(images, words(TO_TENSOR, NORMALIZE)))


def test_the_split_is_that_of_torchs_random_split() -> None:
    """The NYU report's own split, which torch's global generator decided right after seeding."""
    training, validation = split_order(50_000, 5_000, 1234)
    assert training[:8].tolist() == [19775, 41921, 43688, 136, 26732, 13494, 44252, 29508]
    assert validation[:8].tolist() == [18565, 21590, 23866, 22031, 24392, 7535, 25755, 46481]
    assert (len(training), len(validation)) == (45_000, 5_000)
    numbers = np.sort(validation.numpy()).astype("<i8")
    assert hashlib.sha256(numbers.tobytes()).hexdigest() == (
        "afe4ad7d990627cbe982eda9a3e5081b9785d61b4b764b0958019def8a30e18e"
    )


def test_the_split_leaves_the_global_generator_alone() -> None:
    torch.manual_seed(1234)
    expected = torch.randperm(50)
    state = torch.get_rng_state()
    training, validation = split_order(50, 10, 1234)
    assert torch.equal(torch.cat([training, validation]), expected)
    assert torch.equal(torch.get_rng_state(), state)


def test_a_data_set_is_split_as_the_recipe_says(tiny_data) -> None:
    recipe = as_trainer_sees(make_recipe())
    splits = load_splits(tiny_data, recipe, 500, 100)
    with np.load(tiny_data) as file:
        labels = torch.from_numpy(file["train_labels"].astype(np.int64))
        pixels = torch.from_numpy(file["train_images"])
    training, validation = split_order(600, 100, 7)
    assert torch.equal(splits.training.labels, labels[training])
    assert torch.equal(splits.training.images, pixels[training])
    assert torch.equal(splits.scored.images, pixels[validation])
    assert (len(splits.test), splits.classes) == (200, 10)


def test_a_preview_takes_the_first_images_of_each_set(tiny_data) -> None:
    recipe = as_trainer_sees(make_recipe(split={"kind": "none"}, evaluate="test"))
    whole = load_splits(tiny_data, recipe, 600, 200)
    few = load_splits(tiny_data, recipe, 50, 20)
    assert (len(whole.training), len(whole.scored)) == (600, 200)
    assert (len(few.training), len(few.scored)) == (50, 20)
    assert torch.equal(few.training.images, whole.training.images[:50])
    assert torch.equal(few.scored.images, whole.test.images[:20])


def test_a_data_set_too_small_for_the_split_is_told(tiny_data) -> None:
    recipe = as_trainer_sees(make_recipe(split={"kind": "random", "validation": 600, "seed": 1}))
    with pytest.raises(UserError, match="600 training images, but the recipe holds out 600"):
        load_splits(tiny_data, recipe, 500, 100)


def test_a_prepared_data_set_is_mapped_with_every_bit(tiny_data) -> None:
    found = mapped(tiny_data)
    with np.load(tiny_data) as file:
        assert set(found) == set(file.files) - {"classes"}
        for name, array in found.items():
            assert array.dtype == file[name].dtype
            np.testing.assert_array_equal(array, file[name])
