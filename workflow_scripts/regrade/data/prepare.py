"""Preparing a data set: from any source to one checked file and the card that describes it."""

from __future__ import annotations

import difflib
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from regrade import __version__
from regrade.data import npz, synthetic, torchvision_source
from regrade.data.card import checksum, digests_of, read_card
from regrade.errors import UserError
from regrade.files import atomic_path, write_atomically
from regrade.seals import sealed
from regrade.studies.datasets import DATASETS

WORDS = ("synthetic", "torchvision")


def prepare(dataset: str, source: str, destination: Path, card: Path) -> None:
    """Write a data set as an uncompressed npz file, and its card as JSON.

    Parameters
    ----------
    dataset
        Its name in `regrade.studies.datasets`.
    source
        `synthetic`, `torchvision`, a folder with `<dataset>.npz`, or an npz file.
    destination
        Gets the arrays that `regrade.data.npz` describes. Downloads are kept beside it.
    card
        Gets the data set's source, counts, classes and checksums.

    Raises
    ------
    UserError
        When the source does not exist, cannot be downloaded, or holds something unusable.
    """
    kind, origin, found = _read(dataset, source, destination.parent / "downloads")
    arrays = {key: np.ascontiguousarray(found[key]) for key in npz.KEYS}
    with atomic_path(destination) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    described = {"dataset": dataset, "source": kind, "origin": origin, **describe(arrays)}
    write_atomically(card, json.dumps(sealed(described), indent=1) + "\n")


def require_same_source(dataset: str, source: str, prepared: Path) -> None:
    """Refuse to take a data set that was prepared from another source than the wanted one.

    Raises
    ------
    UserError
        Naming both sources.
    """
    if not prepared.exists():
        return
    card = read_card(prepared)
    wanted = source if source in WORDS else "npz"
    origin = "" if wanted != "npz" else f"The file {_file_of(dataset, source).resolve()}."
    if card["source"] != wanted or (origin and card["origin"] != origin):
        raise UserError(
            f"{prepared} was prepared from another source ({card['source']}: {card['origin']})"
            f" than the wanted one ({source}); give these results a folder of their own"
        )


def _file_of(dataset: str, source: str) -> Path:
    return npz.find_npz(Path(source).expanduser(), dataset)


def _read(dataset: str, source: str, downloads: Path) -> tuple[str, str, dict[str, NDArray]]:
    """Return the kind of a source, a sentence about it, and its arrays."""
    if source == "synthetic":
        origin = f"Pictures made by regrade.data.synthetic, seed {synthetic.SEED}."
        wanted = DATASETS[dataset]
        counts = wanted.classes, wanted.training_images, wanted.test_images
        return source, origin, synthetic.generate(*counts, wanted.side, wanted.channels)
    if source == "torchvision":
        url, arrays = torchvision_source.read_official(dataset, downloads)
        return source, f"The official archive, {url}.", arrays
    place = Path(source).expanduser()
    if not place.exists() and place.name == source and not place.suffix:
        close = difflib.get_close_matches(source, WORDS, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ";"
        raise UserError(
            f"data: {source!r} is neither a source nor a folder or file that exists{hint}"
            f" It can be: {', '.join(WORDS)}, a folder with {dataset}.npz, or an npz file"
        )
    path = npz.find_npz(place, dataset)
    return "npz", f"The file {path.resolve()}.", npz.read_npz(path, DATASETS[dataset])


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
