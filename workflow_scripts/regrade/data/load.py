"""Loading a prepared data set: the images that a replicate trains on and is scored on."""

from __future__ import annotations

import functools
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.lib.format import read_array_header_1_0, read_magic

from regrade.data.card import DAMAGES, checksum_of, read_card
from regrade.data.subsets import chosen, wanted
from regrade.errors import UserError
from regrade.studies.images import held_out_images

if TYPE_CHECKING:
    from regrade.studies.recipe import Recipe
    from regrade.studies.splitting import IndexSplit, StratifiedSplit


_AGAIN = "delete both, and they are prepared again"


@dataclass(frozen=True)
class ImageSet:
    """Images uint8 (n, side, side, channels) and labels int64 (n,), in main memory."""

    images: torch.Tensor
    labels: torch.Tensor

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.labels)

    def first(self, count: int) -> ImageSet:
        """Return the first images, at most so many."""
        return ImageSet(self.images[:count], self.labels[:count])


@dataclass(frozen=True)
class Splits:
    """What a replicate trains on, what it is scored on after every epoch, and the test set."""

    training: ImageSet
    scored: ImageSet
    test: ImageSet
    classes: int


def split_order(images: int, validation: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Split image numbers as `torch.manual_seed(seed); torch.randperm(images)` does.

    Returns
    -------
    training, validation
        The first and the last numbers of the permutation.
    """
    order = torch.randperm(images, generator=torch.Generator().manual_seed(seed))
    return order[: images - validation], order[images - validation :]


def _in_order(images: int, held_out: slice) -> tuple[torch.Tensor, torch.Tensor]:
    numbers = np.arange(images)
    return torch.from_numpy(np.delete(numbers, held_out)), torch.from_numpy(numbers[held_out])


def _numbered(word: IndexSplit, labels: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    held_out, count = np.array(word.numbers), len(labels)
    if held_out.max() >= count:
        raise UserError(
            f"the recipe's split names the training image {held_out.max()}, but there are {count}:"
            f" 0 to {count - 1}"
        )
    return torch.from_numpy(np.delete(np.arange(count), held_out)), torch.from_numpy(held_out)


def _stratified(word: StratifiedSplit, labels: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    # Imported here so that only recipes with this split count the module.
    from regrade.data.stratified import split_by_class

    return split_by_class(labels, word.validation, word.seed)


SPLITS: dict[str, Callable[[Any, np.ndarray], tuple[torch.Tensor, torch.Tensor]]] = {
    "none": lambda _, labels: (torch.arange(len(labels)), torch.empty(0, dtype=torch.int64)),
    "random": lambda word, labels: split_order(len(labels), word.validation, word.seed),
    "stratified": _stratified,
    "first": lambda word, labels: _in_order(len(labels), slice(0, word.validation)),
    "indices": _numbered,
    "last": lambda word, labels: _in_order(len(labels), slice(-word.validation, None)),
}
"""The numbers of the images to train on and of those held out, by the kind of a split's word."""


def mapped(path: Path) -> dict[str, np.ndarray]:
    """Map the images and labels of a prepared data set into memory.

    Only what is used is read: a preview wants a small part of a file of 180 MB, and numpy maps the
    members of an archive by itself only after unpacking it. A prepared data set is not compressed.
    """
    arrays: dict[str, np.ndarray] = {}
    with zipfile.ZipFile(path) as archive, path.open("rb") as file:
        for member in archive.infolist():
            name = member.filename.removesuffix(".npy")
            if name == "classes":
                continue
            with archive.open(member) as start:
                read_magic(start)
                shape, _, dtype = read_array_header_1_0(start)
                header = start.tell()
            file.seek(member.header_offset + 26)
            name_length, extra_length = struct.unpack("<HH", file.read(4))
            first = member.header_offset + 30 + name_length + extra_length
            arrays[name] = np.memmap(path, dtype, "r", first + header, shape)
    return arrays


def require_as_prepared(path: Path) -> None:
    """Hold a data set against the checksum of its card, once a process.

    Raises
    ------
    UserError
        When the file was changed or damaged since it was prepared.
    """
    state = path.stat()
    _require_checksum(path, (state.st_size, state.st_mtime_ns, state.st_ino))


@functools.cache  # Hashing 180 MB takes a third of a second, which many previews share.
def _require_checksum(path: Path, _: tuple[int, int, int]) -> None:
    card = read_card(path)
    try:
        found = checksum_of(path)
    except DAMAGES as error:
        raise UserError(f"{path}: damaged ({error}); {_AGAIN}") from None
    if found != card["checksum"]:
        raise UserError(
            f"{path}: its checksum is {found[:16]}…, but its card {path.with_suffix('.json').name}"
            f" says {card['checksum'][:16]}…: it was changed or damaged; {_AGAIN}"
        )


def load_splits(path: Path, recipe: Recipe, train_images: int, scored_images: int) -> Splits:
    """Load a data set and split it as the recipe says, keeping at most so many images.

    Raises
    ------
    UserError
        When the data set is not what its card says, or has too few images for the recipe's split.
    """
    require_as_prepared(path)
    arrays = mapped(path)
    numbers, labels = _part(path, arrays, recipe, "train")
    test = _image_set(arrays, "test", *_part(path, arrays, recipe, "test"))
    if held_out_images(recipe) >= len(labels):
        raise UserError(
            f"{path}: it has {len(labels)} training images, but the recipe holds out"
            f" {held_out_images(recipe)} of them; give a data set with more"
        )
    training, validation = (
        found.numpy() for found in SPLITS[recipe.split.kind](recipe.split, labels)
    )

    def of(chosen: np.ndarray) -> ImageSet:
        return _image_set(arrays, "train", numbers[chosen], labels[chosen])

    validates = recipe.evaluate == "validation"
    scored = of(validation[:scored_images]) if validates else test.first(scored_images)
    return Splits(of(training[:train_images]), scored, test, _classes(path, recipe))


def _classes(path: Path, recipe: Recipe) -> int:
    if recipe.subset and recipe.subset.classes:
        return len(recipe.subset.classes)
    with np.load(path) as file:
        return len(file["classes"])


def _part(
    path: Path, arrays: dict[str, np.ndarray], recipe: Recipe, part: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers of the images of a part that a recipe uses, and their labels."""
    labels = arrays[f"{part}_labels"]
    if recipe.subset is None:
        return np.arange(len(labels)), labels
    numbers, found = chosen(recipe.subset, part, labels)
    count = wanted(recipe.subset, part)
    # Images that are made up have as many of each class, which the real ones need not have.
    if count and len(numbers) < count and read_card(path)["source"] != "synthetic":
        raise UserError(
            f"{path}: the recipe's subset wants {count} {part} images, but of its classes there are"
            f" {len(numbers)}; give a data set with more"
        )
    return numbers, found


def _image_set(
    arrays: dict[str, np.ndarray], part: str, numbers: np.ndarray, labels: np.ndarray
) -> ImageSet:
    images = torch.from_numpy(arrays[f"{part}_images"][numbers])
    return ImageSet(images, torch.from_numpy(labels.astype(np.int64)))
