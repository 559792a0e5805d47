"""The `npz` source: a user's file of images and labels, checked before anything relies on it.

What such a file holds, for N training and M test images of K classes (here of CIFAR's side):

    train_images  uint8 (N, 32, 32, 3)   red, green, blue; height before width
    train_labels  uint8 (N,)             index into classes
    test_images   uint8 (M, 32, 32, 3)
    test_labels   uint8 (M,)
    classes       text  (K,)             the names of the classes

Images without colour have one channel, (N, 28, 28, 1), or no axis for it, (N, 28, 28).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from regrade.data.card import DAMAGES, KEYS
from regrade.errors import UserError
from regrade.studies.datasets import GRAY, Dataset

IMAGES = ("train_images", "test_images")
Arrays = dict[str, NDArray]


def read_npz(path: Path, dataset: Dataset) -> Arrays:
    """Read and check a file with the images of a data set, however many there are.

    Raises
    ------
    UserError
        When the file cannot be read, or listing everything that is wrong with its arrays.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            found = file.files
            arrays = {key: _read_array(file, key) for key in KEYS if key in found}
    except PermissionError:
        raise UserError(f"{path}: no permission to read the file") from None
    except DAMAGES:
        raise UserError(
            f"{path}: not an npz file, or a damaged one; copy it again, or make it"
            f" with numpy.savez(file, {', '.join(f'{key}=...' for key in KEYS)})"
        ) from None
    if dataset.class_names:
        arrays.setdefault("classes", np.array(dataset.class_names))
        found = list(dict.fromkeys([*found, "classes"]))
    holds = ", ".join(found) or "nothing"
    problems = [f"{key}: missing; the file holds {holds}" for key in KEYS if key not in found]
    problems += find_problems(arrays, dataset)
    refuse_problems(path, problems)
    return {key: _with_channels(array, key) for key, array in arrays.items()}


def refuse_problems(path: Path, problems: list[str]) -> None:
    """Raise one error that tells all problems of a file or folder, if there are any."""
    if problems:
        raise UserError("\n  ".join([f"{path} cannot be used:", *problems]))


def _with_channels(array: NDArray, key: str) -> NDArray:
    return array[..., None] if key in IMAGES and array.ndim == 3 else array


def _read_array(file: np.lib.npyio.NpzFile, key: str) -> NDArray:
    try:
        return file[key]
    except ValueError as error:
        if "Object arrays" not in str(error):
            raise
        return np.empty(0, dtype=object)  # Reported by its type, as any other wrong one is.


def find_problems(arrays: Arrays, dataset: Dataset) -> list[str]:
    """List what is wrong with those arrays of a data set that are there."""
    problems = []
    for split in ("train", "test"):
        images, labels = arrays.get(f"{split}_images"), arrays.get(f"{split}_labels")
        if images is not None:
            problems += _image_problems(f"{split}_images", images, dataset)
        if labels is not None:
            problems += _label_problems(f"{split}_labels", labels, dataset.classes)
        if images is None or labels is None or not images.ndim or not labels.ndim:
            continue
        if len(images) != len(labels):
            counts = f"{len(images)} images but {len(labels)} labels"
            problems.append(f"{split}_images, {split}_labels: {counts}")
    if "classes" in arrays:
        problems += _class_problems(arrays["classes"], dataset.classes)
        if not problems and dataset.class_names:
            problems += _undeclared(arrays, dataset)
    return problems


def _undeclared(arrays: Arrays, dataset: Dataset) -> list[str]:
    """List what a study declares of its own data set, and the arrays have otherwise."""
    problems = []
    for part, count in dataset.counts.items():
        found = len(arrays.get(f"{part}_images", range(count)))
        if found != count:
            key = {"train": "training_images", "test": "test_images"}[part]
            problems.append(f"{part}_images: {found} images; the study declares {key}: {count}")
    names = [str(name) for name in arrays["classes"]]
    if names != list(dataset.class_names or ()):
        declared = ", ".join(dataset.class_names or ())
        problems.append(f"classes: {', '.join(names)}; the study declares {declared}")
    return problems


def _image_problems(key: str, images: NDArray, dataset: Dataset) -> list[str]:
    problems = []
    side, channels = dataset.side, dataset.channels
    if images.dtype != np.uint8:
        problems.append(f"{key}: {images.dtype} values; must be uint8, from 0 to 255")
    shapes = [(side, side, channels), *([(side, side)] if channels == GRAY else [])]
    if not images.ndim or images.shape[1:] not in shapes:
        turned = images.shape[1:] == (channels, side, side)
        hint = "; use images.transpose(0, 2, 3, 1)" if turned else ""
        wanted = f"(images, {side}, {side}, {channels})"
        problems.append(f"{key}: shape {images.shape}; must be {wanted}{hint}")
    elif not len(images):
        problems.append(f"{key}: no images")
    return problems


def _label_problems(key: str, labels: NDArray, classes: int) -> list[str]:
    if labels.ndim != 1:
        return [f"{key}: shape {labels.shape}; must be (images,)"]
    problems = []
    if labels.dtype != np.uint8:
        problems.append(f"{key}: {labels.dtype} values; must be uint8, from 0 to {classes - 1}")
    if labels.dtype.kind not in "iu" or not len(labels):
        return problems
    if labels.min() < 0 or labels.max() >= classes:
        wrong = labels[(labels < 0) | (labels >= classes)]
        problems.append(
            f"{key}: {len(wrong)} labels out of range, such as {wrong[0]};"
            f" {classes} classes have 0 to {classes - 1}"
        )
    if labels[0] != labels[-1] and (labels[:-1] <= labels[1:]).all():
        problems.append(
            f"{key}: sorted by class, so that a part of the images would lack classes;"
            " shuffle images and labels together"
        )
    return problems


def _class_problems(names: NDArray, classes: int) -> list[str]:
    problems = []
    if names.dtype.kind != "U":
        problems.append(f"classes: {names.dtype} values; must be text, numpy.array(['cat', ...])")
    if names.shape != (classes,):
        problems.append(f"classes: shape {names.shape}; must be ({classes},), a name for each")
    return problems
