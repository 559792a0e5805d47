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
from regrade.studies.datasets import Dataset

if TYPE_CHECKING:
    from torchvision.datasets import CIFAR10, MNIST, STL10, SVHN

Images = TypeVar("Images")
Arrays = dict[str, NDArray]
SPLITS = ("train", "test")

PATIENCE = 60
"""Seconds without an answer after which a download has failed."""

NETWORK_ERRORS = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError)
DAMAGES = (RuntimeError, tarfile.TarError, EOFError, zlib.error, ValueError, AssertionError)
"""RuntimeError: how torchvision tells of a wrong checksum. ValueError, AssertionError: a file of
MNIST that was unpacked, and cut off since."""
UNREACHED, DAMAGED = "Error downloading", "corrupted"
"""What torchvision says, as a RuntimeError too, where no mirror of MNIST gives a file."""


@dataclass(frozen=True)
class Archive:
    """Official files: where they come from, where they are kept, and what is unpacked from them."""

    dataset: str
    url: str
    root: Path
    """The folder that torchvision is given."""
    files: tuple[str, ...]
    folder: Path
    """Where it keeps the files."""
    unpacked: Path | None = None
    """The folder that it unpacks them into."""

    @property
    def place(self) -> Path:
        """What a message names: the file, or the folder of several."""
        return self.folder / self.files[0] if len(self.files) == 1 else self.folder

    def remove(self) -> None:
        """Remove the files and what was unpacked from them.

        torchvision unpacks nothing anew for a damaged list of names.
        """
        if self.unpacked:
            shutil.rmtree(self.unpacked, ignore_errors=True)
        for name in self.files:
            (self.folder / name).unlink(missing_ok=True)


def read_official(dataset: Dataset, downloads: Path) -> tuple[str, Arrays]:
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

    kind = str(dataset.torchvision)
    return READERS[kind](getattr(torchvision.datasets, kind), dataset.name, downloads)


def _read_cifar(kind: type[CIFAR10], dataset: str, downloads: Path) -> tuple[str, Arrays]:
    archive = _packed(kind, dataset, downloads)
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
        archive = Archive(dataset, url, downloads, (filename,), downloads)
        images = _open(kind, archive, split=split, download=True)
        arrays[f"{split}_images"] = images.data.transpose(0, 2, 3, 1)
        arrays[f"{split}_labels"] = images.labels.astype(np.uint8)
    return " and ".join(kind.split_list[split][0] for split in SPLITS), arrays


def _read_mnist(kind: type[MNIST], dataset: str, downloads: Path) -> tuple[str, Arrays]:
    raw = downloads / kind.__name__ / "raw"
    files = tuple(name for name, _ in kind.resources)
    archive = Archive(dataset, kind.mirrors[0], downloads, files, raw, raw)
    arrays = {"classes": np.array([name.split(" - ")[0] for name in kind.classes])}
    for split in SPLITS:
        images = _open(kind, archive, train=split == "train", download=True)
        arrays[f"{split}_images"] = images.data.numpy()[..., None]
        arrays[f"{split}_labels"] = images.targets.numpy().astype(np.uint8)
    return archive.url, arrays


def _read_stl10(kind: type[STL10], dataset: str, downloads: Path) -> tuple[str, Arrays]:
    archive = _packed(kind, dataset, downloads)
    arrays: Arrays = {}
    for split in SPLITS:
        images = _open(kind, archive, split=split, download=True)
        arrays["classes"] = np.array(images.classes)
        arrays[f"{split}_images"] = images.data.transpose(0, 2, 3, 1)
        arrays[f"{split}_labels"] = np.asarray(images.labels, dtype=np.uint8)
    return archive.url, arrays


def _packed(kind: type[CIFAR10 | STL10], dataset: str, downloads: Path) -> Archive:
    """Return the one archive of a data set, unpacked into a folder beside it."""
    unpacked = downloads / kind.base_folder
    return Archive(dataset, kind.url, downloads, (kind.filename,), downloads, unpacked)


READERS: dict[str, Callable[[Any, str, Path], tuple[str, Arrays]]] = {
    "CIFAR10": _read_cifar,
    "CIFAR100": _read_cifar,
    "SVHN": _read_svhn,
    **dict.fromkeys(("MNIST", "FashionMNIST", "KMNIST"), _read_mnist),
    "STL10": _read_stl10,
}
"""What reads a data set, by torchvision's name of it."""


def _open(kind: Callable[..., Images], archive: Archive, **options: Any) -> Images:
    try:
        with _impatient():
            return kind(str(archive.root), **options)
    except NETWORK_ERRORS as error:
        raise _out_of_reach(archive, getattr(error, "reason", None) or error) from None
    except DAMAGES as error:
        told = " ".join(str(error).split())
        if UNREACHED in told and DAMAGED not in told:
            raise _out_of_reach(archive, told) from None
        archive.remove()
        raise UserError(
            f"{archive.place}: damaged ({told}), so it was removed; run again to download it anew"
        ) from None


def _out_of_reach(archive: Archive, reason: object) -> UserError:
    return UserError(
        f"cannot download {archive.url} ({reason}): no network? Give data=<folder with"
        f" {archive.dataset}.npz>, or put {', '.join(archive.files)} into {archive.folder} by hand"
    )


@contextmanager
def _impatient() -> Iterator[None]:
    """Let silent connections time out, which Python's downloads never do by themselves."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(PATIENCE)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
