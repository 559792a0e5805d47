"""Folders of images: `train/<class>/...` and `test/<class>/...`, as torchvision's ImageFolder.

The images are square and of the side that the study declares. They are put in an order of their
own, drawn once for all: in that of the folders, the first images would all be of one class.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from regrade.data.synthetic import Draws
from regrade.errors import UserError
from regrade.studies.datasets import GRAY, Dataset

ENDINGS = {".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp"}
"""Of image files, as torchvision knows them."""
MOST_TOLD = 5
"""Wrong images that a message names."""


def read_folder(folder: Path, dataset: Dataset) -> dict[str, NDArray]:
    """Read the images of both parts, with the labels that the names of their folders give.

    Raises
    ------
    UserError
        Naming folders that are missing or unknown, and images that cannot be read, have other
        sides, or are in colour where the study declares one channel.
    """
    names = dataset.class_names or ()
    problems = [text for part in dataset.counts for text in _wrong_folders(folder / part, names)]
    _refuse(folder, problems)
    arrays: dict[str, NDArray] = {"classes": np.array(names)}
    for stream, part in enumerate(dataset.counts):
        files = [
            (file, label)
            for label, name in enumerate(names)
            for file in _images_below(folder / part / name)
        ]
        order = Draws(len(names), stream).words(len(files)).argsort(kind="stable")
        images, labels = _read(folder, [files[number] for number in order], dataset)
        arrays[f"{part}_images"], arrays[f"{part}_labels"] = images, labels
    return arrays


def _wrong_folders(part: Path, names: tuple[str, ...]) -> Iterator[str]:
    if not part.is_dir():
        yield f"{part.name}: there is no such folder; it must have a folder for each class"
        return
    there = {path.name for path in part.iterdir() if path.is_dir()}
    for name in sorted(set(names) - there):
        yield f"{part.name}/{name}: there is no such folder, but the study declares the class"
    for name in sorted(there - set(names)):
        yield f"{part.name}/{name}: the study declares no such class; it has {', '.join(names)}"


def _images_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS)


def _read(
    folder: Path, files: list[tuple[Path, int]], dataset: Dataset
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    side, channels = dataset.side, dataset.channels
    images = np.empty((len(files), side, side, channels), np.uint8)
    problems: list[str] = []
    for number, (file, _) in enumerate(files):
        try:
            with Image.open(file) as picture:
                in_colour = channels == GRAY and _has_colour(picture)
                pixels = np.asarray(picture.convert("L" if channels == GRAY else "RGB"))
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            problems.append(f"{file.relative_to(folder)}: no image, or a damaged one: {error}")
            continue
        if pixels.shape[:2] != (side, side):
            height, width = pixels.shape[:2]
            found = f"{width} x {height} pixels; the study declares {side} x {side}"
            problems.append(f"{file.relative_to(folder)}: {found}")
            continue
        if in_colour:
            found = "in colour; the study declares 1 channel"
            problems.append(f"{file.relative_to(folder)}: {found}")
            continue
        images[number] = pixels.reshape(side, side, channels)
    _refuse(folder, problems)
    return images, np.array([label for _, label in files], np.uint8)


def _has_colour(picture: Image.Image) -> bool:
    """Whether an image would lose something as a gray one; files of gray images may be in RGB."""
    if picture.mode in ("1", "L", "LA"):
        return False
    pixels = np.asarray(picture.convert("RGB"))
    return bool((pixels != pixels[:, :, :1]).any())


def _refuse(folder: Path, problems: list[str]) -> None:
    if problems:
        more = len(problems) - MOST_TOLD
        told = problems[:MOST_TOLD] + ([f"and {more} more"] if more > 0 else [])
        raise UserError("\n  ".join([f"{folder} cannot be used:", *told]))
