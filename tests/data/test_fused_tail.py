"""The compiled pass gives the bits of the operations that it stands for."""

from __future__ import annotations

import pytest
import torch
from tests.support.pictures import words
from tests.support.recipes import CROP, FLIP, NORMALIZE, TO_TENSOR

from regrade.data.fused_tail import first_of_tail
from regrade.data.operations import operation_of
from regrade.data.pipeline import Pipeline, Stream

CPU = torch.device("cpu")
COUNT = 40
UPSIDE_DOWN = {"kind": "random_vertical_flip", "probability": 0.5}
CUT = {"kind": "random_crop", "size": 28, "padding": 0}
WIDE = {"kind": "random_crop", "size": 45, "padding": 9}
MIRRORED = CROP | {"padding_mode": "reflect"}
WHITE = CROP | {"fill": 255}
HOLES = {"kind": "cutout", "size": 11, "holes": 2, "value": 0.25}
ERASED = {"kind": "random_erasing", "probability": 0.7}
ROTATION = {"kind": "random_rotation", "degrees": 15.0}


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    generator = torch.Generator().manual_seed(8)
    return torch.randint(0, 256, (COUNT, 32, 32, 3), generator=generator, dtype=torch.uint8)


def one_by_one(transforms: list, images: torch.Tensor, drawn: list) -> torch.Tensor:
    """Do each word by itself: what a GPU does."""
    for transform, choices in zip(transforms, drawn, strict=True):
        given = () if choices is None else (choices,)
        images = operation_of(transform).apply(transform, images, *given)
    return images.permute(0, 3, 1, 2)


@pytest.mark.parametrize(
    "transforms",
    [
        (TO_TENSOR,),
        (TO_TENSOR, NORMALIZE),
        (CROP, FLIP, TO_TENSOR, NORMALIZE),
        (FLIP, CROP, TO_TENSOR, NORMALIZE),
        (TO_TENSOR, CROP, NORMALIZE),
        (TO_TENSOR, NORMALIZE, CROP, FLIP),
        (TO_TENSOR, NORMALIZE, UPSIDE_DOWN, CROP, FLIP, UPSIDE_DOWN),
        (FLIP, CUT, FLIP, TO_TENSOR, NORMALIZE),
        (WIDE, UPSIDE_DOWN, TO_TENSOR),
        (CROP, FLIP, CUT, FLIP, TO_TENSOR, NORMALIZE),
        (TO_TENSOR, CROP, CUT),
        (ROTATION, CROP, FLIP, TO_TENSOR, NORMALIZE),
        (CROP, ROTATION, TO_TENSOR, NORMALIZE),
        (WHITE, FLIP, TO_TENSOR, NORMALIZE),
        (TO_TENSOR, NORMALIZE, CROP | {"fill": 0.5}),
        (MIRRORED, FLIP, TO_TENSOR, NORMALIZE),
        (FLIP, CROP | {"padding_mode": "edge"}, UPSIDE_DOWN, TO_TENSOR),
        (TO_TENSOR, CROP | {"padding_mode": "symmetric", "size": 28}, FLIP, NORMALIZE),
        (CROP, FLIP, TO_TENSOR, NORMALIZE, HOLES),
        (MIRRORED, TO_TENSOR, ERASED, NORMALIZE, HOLES),
        (CROP, HOLES | {"value": 9.0}, TO_TENSOR, NORMALIZE, ERASED),
        (CROP, TO_TENSOR, HOLES, FLIP, NORMALIZE),
    ],
    ids=lambda transforms: "-".join(word["kind"].split("_")[-1] for word in transforms),
)
def test_one_pass_equals_one_word_after_the_other(images, transforms) -> None:
    parsed = words(*transforms)
    pipeline = Pipeline(parsed, CPU)
    drawn = pipeline.draw(5, 2, Stream.TRAINING, COUNT)
    expected = one_by_one(parsed, images, drawn)
    assert torch.equal(pipeline.apply(images, drawn, slice(0, COUNT)), expected)
    numbers = torch.randperm(COUNT)[:9]
    found = pipeline.apply(images, drawn, slice(3, 12), numbers)
    chosen = [None if choices is None else choices[3:12] for choices in drawn]
    assert torch.equal(found, one_by_one(parsed, images[numbers], chosen))
    assert found.is_contiguous(memory_format=torch.channels_last)


def test_a_pass_holds_one_crop_and_nothing_that_looks_at_whole_images() -> None:
    def first(*transforms: dict) -> int:
        return first_of_tail(words(*transforms))

    assert first(CROP, FLIP, TO_TENSOR, NORMALIZE) == 0
    assert first(ROTATION, CROP, TO_TENSOR) == 1
    assert first(CROP, FLIP, CUT, TO_TENSOR) == 1
    assert first(MIRRORED, FLIP, TO_TENSOR, HOLES, NORMALIZE, ERASED) == 0
    assert first(CROP, TO_TENSOR, HOLES, FLIP) == 4, "the holes are mirrored, too"
    assert first(TO_TENSOR, CROP, CUT) == 3, "floats have no table"
