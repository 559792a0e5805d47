"""The card of a prepared data set: where it comes from, what it holds, and its checksum."""

from __future__ import annotations

import hashlib
import json
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regrade.errors import UserError
from regrade.layout import card_file
from regrade.seals import is_sealed

KEYS = ("train_images", "train_labels", "test_images", "test_labels", "classes")
"""The arrays of a prepared data set."""
DAMAGES = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ValueError,
    TypeError,
    KeyError,
    SyntaxError,
    tokenize.TokenError,
    NotImplementedError,
    RuntimeError,
    OverflowError,
    MemoryError,
    struct.error,
)
"""What reading a file raises that is no zip archive, is cut off or has changed bytes.

TypeError: the file is a single array (.npy). SyntaxError, TokenError: the header of an array is
not what numpy writes. NotImplementedError, RuntimeError: the archive claims to be of another kind,
or encrypted. MemoryError: a header claims more than there is.
"""


def digests_of(arrays: Mapping[str, NDArray]) -> dict[str, str]:
    """Return the SHA-256 of each array's bytes.

    Of the names of the classes it is that of the names in UTF-8 with line feeds between them.
    """
    return {key: hashlib.sha256(_bytes_of(key, arrays[key])).hexdigest() for key in KEYS}


def _bytes_of(key: str, array: NDArray) -> memoryview | bytes:
    if key == "classes":
        return "\n".join(map(str, array)).encode()
    return np.ascontiguousarray(array).data


def checksum(digests: Mapping[str, str]) -> str:
    """Return the digest of the lines `<key> <digest>` of all arrays."""
    lines = "".join(f"{key} {digests[key]}\n" for key in KEYS)
    return hashlib.sha256(lines.encode()).hexdigest()


def checksum_of(path: Path) -> str:
    """Return the checksum of a prepared data set as it lies on the disk."""
    with np.load(path, allow_pickle=False) as file:
        return checksum(digests_of({key: file[key] for key in KEYS}))


def read_card(path: Path) -> dict[str, Any]:
    """Read the card that lies beside a prepared data set.

    Raises
    ------
    UserError
        When it is missing or damaged.
    """
    place = card_file(path)
    try:
        card: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{place}: the card of the data set cannot be read: {error}") from None
    if not is_sealed(card):
        raise UserError(
            f"{place}: the card of the data set changed since it was written; remove it and"
            f" {path.name}, and run again"
        )
    return card
