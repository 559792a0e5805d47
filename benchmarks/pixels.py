"""The student's pixels for our random choices: what equal augmentation must come out as."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, cast

import torch
from PIL import Image

from benchmarks.student import cut, transforms
from regrade.data.auto_augment import (
    SIGNED,
    StepTable,
    auto_space,
    auto_table,
    rand_space,
    rand_table,
    trivial_space,
    trivial_table,
)
from regrade.data.colours import ADJUSTMENTS
from regrade.data.erasing import boxes
from regrade.data.pipeline import Pipeline, Stream
from regrade.data.resized_crops import windows
from regrade.studies.augmentation import Transform

functional = transforms.functional
NEAREST = transforms.InterpolationMode.NEAREST
BILINEAR = transforms.InterpolationMode.BILINEAR


def different_images(words: Sequence[Transform], images: torch.Tensor) -> int:
    """Count the images, uint8 (n, 32, 32, 3), whose pixels differ in any bit from the student's."""
    pipeline = Pipeline(words, torch.device("cpu"))
    drawn = pipeline.draw(0, 1, Stream.TRAINING, len(images))
    ours = pipeline.apply(images, drawn, slice(0, len(images)))
    theirs = [
        one_by_one(words, image, [None if d is None else cast(torch.Tensor, d)[i] for d in drawn])
        for i, image in enumerate(images)
    ]
    return sum(not torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))


def one_by_one(
    words: Sequence[Transform], image: torch.Tensor, choices: Sequence[Any]
) -> torch.Tensor:
    """Transform an image, uint8 (32, 32, 3), with PIL and torchvision, given what was drawn."""
    picture: Any = Image.fromarray(image.numpy())  # and a tensor from `to_tensor` on
    for word, choice in zip(words, choices, strict=True):
        picture = _transform(word, picture, choice)
    return picture


def _transform(word: Transform, picture: Any, choice: Any) -> Any:
    match word.kind:
        case "random_crop":
            picture = functional.pad(picture, [word.padding], padding_mode=word.padding_mode)
            _, height, width = functional.get_dimensions(picture)
            spans = torch.tensor([height - word.size + 1, width - word.size + 1])
            top, left = (choice * spans).long().tolist()
            return functional.crop(picture, top, left, word.size, word.size)
        case "random_horizontal_flip":
            return functional.hflip(picture) if choice else picture
        case "random_rotation":
            return functional.rotate(picture, float(choice))
        case "auto_augment_cifar10":
            return _steps(picture, choice, auto_table(), auto_space())
        case "trivial_augment_wide":
            return _steps(picture, choice, trivial_table(), trivial_space())
        case "rand_augment":
            return _steps(picture, choice, rand_table(), rand_space())
        case "random_affine":
            angle, across, down, scale, *shear = choice.tolist()
            width, height = picture.size
            shift = [round(across * width), round(down * height)]
            return functional.affine(picture, angle, shift, scale, shear, NEAREST, word.fill)
        case "random_resized_crop":
            width, height = picture.size
            box = windows(word, choice[None].numpy(), height, width)[0].tolist()
            return functional.resized_crop(picture, *box, [word.size] * 2, BILINEAR)
        case "color_jitter":
            for which in choice[4:].long().tolist():
                adjust = getattr(functional, f"adjust_{ADJUSTMENTS[which]}")
                picture = adjust(picture, float(choice[which]))
            return picture
        case "random_grayscale":
            return functional.rgb_to_grayscale(picture, 3) if choice else picture
        case "random_erasing":
            (box,) = boxes(choice[None], *picture.shape[1:]).tolist()
            return functional.erase(picture, *box, torch.tensor(word.value))
        case "cutout":
            ((y, x),) = (choice * torch.tensor(picture.shape[1:])).long().tolist()
            return cut(picture, y, x, word.size)
        case "to_tensor":
            return functional.to_tensor(picture)
        case "normalize":
            return functional.normalize(picture, word.mean, word.std)
    raise ValueError(f"the student has no transform {word.kind!r}")


def _steps(
    picture: Any, rows: torch.Tensor, table: StepTable, space: dict[str, torch.Tensor]
) -> Any:
    for row in rows.tolist():
        if row:  # 0 does nothing
            name, index, sign = _names(table)[row]
            strength = float(space[name][index]) * (sign if name in SIGNED else 1)
            picture = transforms.autoaugment._apply_op(picture, name, strength, NEAREST, None)
    return picture


@cache
def _by_row(kind: int) -> dict[int, tuple[str, int, int]]:
    tables = (trivial_table(), auto_table(), rand_table())
    (table,) = (one for one in tables if id(one) == kind)
    return {row: key for key, row in table.rows.items()}


def _names(table: StepTable) -> dict[int, tuple[str, int, int]]:
    return _by_row(id(table))
