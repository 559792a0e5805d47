"""The `torchvision` source: the official archives, downloaded and checked by torchvision."""

from __future__ import annotations

import http.client
import shutil
import socket
import tarfile
import urllib.error
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from regrade.errors import UserError
from regrade.studies.datasets import DATASETS

if TYPE_CHECKING:
    from torchvision.datasets import CIFAR10

PATIENCE = 60
"""Seconds without an answer after which a download has failed."""

NETWORK_ERRORS = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError)
DAMAGES = (RuntimeError, tarfile.TarError, EOFError, zlib.error)
"""RuntimeError: how torchvision tells of a wrong checksum."""


def read_official(dataset: str, downloads: Path) -> tuple[str, dict[str, NDArray]]:
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

    kind = getattr(torchvision.datasets, DATASETS[dataset].torchvision)
    opened = {split: _open(kind, downloads, split == "train") for split in ("train", "test")}
    arrays = {"classes": np.array(opened["train"].classes)}
    for split, images in opened.items():
        arrays[f"{split}_images"] = images.data
        arrays[f"{split}_labels"] = np.array(images.targets, dtype=np.uint8)
    return kind.url, arrays


def _open(kind: type[CIFAR10], downloads: Path, train: bool) -> CIFAR10:
    archive = downloads / kind.filename
    try:
        with _impatient():
            return kind(str(downloads), train=train, download=True)
    except NETWORK_ERRORS as error:
        reason = getattr(error, "reason", None) or error
        raise UserError(
            f"cannot download {kind.url} ({reason}): no network? Give data=<folder with"
            f" {kind.__name__.lower()}.npz>, or put {kind.filename} into {downloads} by hand"
        ) from None
    except DAMAGES as error:
        # What was unpacked goes too: torchvision unpacks nothing anew for a damaged list of names.
        shutil.rmtree(downloads / kind.base_folder, ignore_errors=True)
        archive.unlink(missing_ok=True)
        raise UserError(
            f"{archive}: damaged ({error}), so it was removed; run again to download it anew"
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
