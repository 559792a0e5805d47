"""The `torchvision` source: the official archives, downloaded and checked by torchvision."""

from __future__ import annotations

import http.client
import shutil
import socket
import tarfile
import urllib.error
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from regrade.errors import UserError
from regrade.studies.datasets import DATASETS

if TYPE_CHECKING:
    from torchvision.datasets import CIFAR10, SVHN

Images = TypeVar("Images")
Arrays = dict[str, NDArray]
SPLITS = ("train", "test")

PATIENCE = 60
"""Seconds without an answer after which a download has failed."""

NETWORK_ERRORS = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError)
DAMAGES = (RuntimeError, tarfile.TarError, EOFError, zlib.error)
"""RuntimeError: how torchvision tells of a wrong checksum."""


@dataclass(frozen=True)
class Archive:
    """An official file: where it comes from, where it is kept, and the folder unpacked from it."""

    dataset: str
    url: str
    file: Path
    unpacked: Path | None = None


def read_official(dataset: str, downloads: Path) -> tuple[str, Arrays]:
    """Download a data set into a folder, unless it is there, and read it.

    Returns
    -------
    url, arrays
        Where the archive comes from, and what `regrade.data.npz` describes.

    Raises
    ------
    UserError
        When it cannot be downloaded, or what came is damaged.
    """
    from regrade.torchvision_compat import torchvision

    name = DATASETS[dataset].torchvision
    return READERS[name](getattr(torchvision.datasets, name), dataset, downloads)


def _read_cifar(kind: type[CIFAR10], dataset: str, downloads: Path) -> tuple[str, Arrays]:
    archive = Archive(dataset, kind.url, downloads / kind.filename, downloads / kind.base_folder)
    opened = {
        split: _open(kind, archive, train=split == "train", download=True) for split in SPLITS
    }
    arrays = {"classes": np.array(opened["train"].classes)}
    for split, images in opened.items():
        arrays[f"{split}_images"] = images.data
        arrays[f"{split}_labels"] = np.array(images.targets, dtype=np.uint8)
    return kind.url, arrays


def _read_svhn(kind: type[SVHN], dataset: str, downloads: Path) -> tuple[str, Arrays]:
    arrays = {"classes": np.array([str(digit) for digit in range(10)])}
    for split in SPLITS:
        url, filename, _ = kind.split_list[split]
        archive = Archive(dataset, url, downloads / filename)
        images = _open(kind, archive, split=split, download=True)
        arrays[f"{split}_images"] = images.data.transpose(0, 2, 3, 1)
        arrays[f"{split}_labels"] = images.labels.astype(np.uint8)
    return " and ".join(kind.split_list[split][0] for split in SPLITS), arrays


READERS: dict[str, Callable[[Any, str, Path], tuple[str, Arrays]]] = {
    "CIFAR10": _read_cifar,
    "CIFAR100": _read_cifar,
    "SVHN": _read_svhn,
}
"""What reads a data set, by torchvision's name of it."""


def _open(kind: Callable[..., Images], archive: Archive, **options: Any) -> Images:
    file = archive.file
    try:
        with _impatient():
            return kind(str(file.parent), **options)
    except NETWORK_ERRORS as error:
        reason = getattr(error, "reason", None) or error
        raise UserError(
            f"cannot download {archive.url} ({reason}): no network? Give data=<folder with"
            f" {archive.dataset}.npz>, or put {file.name} into {file.parent} by hand"
        ) from None
    except DAMAGES as error:
        # What was unpacked goes too: torchvision unpacks nothing anew for a damaged list of names.
        if archive.unpacked:
            shutil.rmtree(archive.unpacked, ignore_errors=True)
        file.unlink(missing_ok=True)
        raise UserError(
            f"{file}: damaged ({error}), so it was removed; run again to download it anew"
        ) from None


@contextmanager
def _impatient() -> Iterator[None]:
    """Let silent connections time out, which Python's downloads never do by themselves."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(PATIENCE)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
