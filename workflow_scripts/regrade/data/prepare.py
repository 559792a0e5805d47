"""Preparing a data set: from any source to one checked file and the card that describes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from regrade import __version__
from regrade.data import image_folders, npz, synthetic, torchvision_source
from regrade.data.card import checksum, digests_of, read_card
from regrade.data.places import FROM_FILES, find_place, source_kind
from regrade.errors import UserError
from regrade.files import atomic_path, write_atomically
from regrade.layout import card_file
from regrade.seals import sealed
from regrade.studies.datasets import Dataset

Read = tuple[str, dict[str, NDArray]]


def prepare(
    dataset: Dataset, source: str, destination: Path, card: Path, beside: Path | None = None
) -> None:
    """Write a data set as an uncompressed npz file, and its card as JSON.

    Parameters
    ----------
    dataset
        What there is of it.
    source
        `synthetic`, `torchvision`, a folder with `<dataset>.npz`, or an npz file; a data set of
        the study's own may be the folder `<dataset>` in it.
    destination
        Gets the arrays that `regrade.data.npz` describes. Downloads are kept beside it.
    card
        Gets the data set's source, counts, classes and checksums.
    beside
        Where the study says that its own data set lies.

    Raises
    ------
    UserError
        When the source does not exist, cannot be downloaded, or holds something unusable.
    """
    kind = source_kind(dataset, source)
    downloads = destination.parent / "downloads"
    origin, found = READERS[kind](dataset, source, beside, downloads)
    arrays = {key: np.ascontiguousarray(found[key]) for key in npz.KEYS}
    # Without a card it is not prepared: whoever is killed between the two leaves nothing to take.
    card.unlink(missing_ok=True)
    with atomic_path(destination) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    described = {"dataset": dataset.name, "source": kind, "origin": origin, **describe(arrays)}
    write_atomically(card, json.dumps(sealed(described), indent=1) + "\n")


def is_prepared(path: Path) -> bool:
    """Whether a data set and its card, which is written last, are both there."""
    return path.exists() and card_file(path).exists()


def prepare_missing(
    dataset: Dataset, source: str, destination: Path, beside: Path | None = None
) -> None:
    """Prepare a data set where it is missing; of processes that want it at once, one does.

    The lock's file stays beside it: deleting it could split the lock.

    Parameters
    ----------
    dataset, source, destination, beside
        As of `prepare`.

    Raises
    ------
    UserError
        When the source does not exist, cannot be downloaded, or holds something unusable.
    """
    if is_prepared(destination):
        return
    destination.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(destination.with_suffix(".lock")):
        if not is_prepared(destination):
            prepare(dataset, source, destination, card_file(destination), beside)


def require_same_source(
    dataset: Dataset, source: str, prepared: Path, beside: Path | None = None
) -> None:
    """Refuse to take a data set that was prepared from another source than the wanted one.

    Raises
    ------
    UserError
        Naming both sources.
    """
    if not is_prepared(prepared):
        return
    card = read_card(prepared)
    wanted = source_kind(dataset, source)
    origin = _origin(find_place(dataset, source, beside)) if wanted == FROM_FILES else ""
    if card["source"] != wanted or (origin and card["origin"] != origin):
        raise UserError(
            f"{prepared} was prepared from another source ({card['source']}: {card['origin']})"
            f" than the wanted one ({source}); give these results a folder of their own"
        )


def _origin(place: Path) -> str:
    return f"The {'folder' if place.is_dir() else 'file'} {place.resolve()}."


def _make(dataset: Dataset, *_: object) -> Read:
    counts = dataset.classes, dataset.training_images, dataset.test_images
    arrays = synthetic.generate(*counts, dataset.side, dataset.channels)
    if dataset.class_names:
        arrays["classes"] = np.array(dataset.class_names)
    return f"Pictures made by regrade.data.synthetic, seed {synthetic.SEED}.", arrays


def _download(dataset: Dataset, _: str, __: Path | None, downloads: Path) -> Read:
    url, arrays = torchvision_source.read_official(dataset, downloads)
    return f"The official archive, {url}.", arrays


def _read_files(dataset: Dataset, source: str, beside: Path | None, _: Path) -> Read:
    place = find_place(dataset, source, beside)
    if not place.is_dir():
        return _origin(place), npz.read_npz(place, dataset)
    arrays = image_folders.read_folder(place, dataset)
    npz.refuse_problems(place, npz.find_problems(arrays, dataset))
    return _origin(place), arrays


READERS: dict[str, Callable[[Dataset, str, Path | None, Path], Read]] = {
    "synthetic": _make,
    "torchvision": _download,
    FROM_FILES: _read_files,
}
"""What gives a sentence about a data set's origin and its arrays, by the kind of its source."""


def describe(arrays: dict[str, NDArray]) -> dict[str, object]:
    """Count and fingerprint a data set; `regrade.data.card` says how."""
    digests = digests_of(arrays)
    return {
        "counts": {split: len(arrays[f"{split}_labels"]) for split in ("train", "test")},
        "classes": [str(name) for name in arrays["classes"]],
        "sha256": digests,
        "checksum": checksum(digests),
        "regrade_version": __version__,
    }
