"""Seals: the digests by which a result is known that was changed after it was written.

`provenance.json` and a measured network hold the digest of their own content; `provenance.json`
lists those of the files beside it; `SHA256SUMS` lists those of all records. Whoever takes a number
from one of these files asks first whether it is still what was written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from regrade import layout
from regrade.errors import UserError
from regrade.files import json_text, read_json
from regrade.fingerprint import canonical_json

SUMS = "SHA256SUMS"
"""The digests of all records, in the form that `sha256sum --check` reads."""
DIGEST = "digest"
"""The key of a JSON file that holds the digest of all its other keys."""


def sealed(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of a JSON file, as it will be read, with the digest of itself."""
    bare = {key: value for key, value in json.loads(json.dumps(content)).items() if key != DIGEST}
    return {**bare, DIGEST: _digest_of(bare)}


def sealed_provenance(provenance: Mapping[str, Any], files: Mapping[str, bytes]) -> str:
    """Return the text of a provenance, with the digests of the files beside it and of itself."""
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    return json_text(sealed({**provenance, "files": digests}))


def is_sealed(content: Mapping[str, Any]) -> bool:
    """Whether a JSON file's content has its digest, or none at all, as older versions wrote it."""
    bare = {key: value for key, value in content.items() if key != DIGEST}
    return DIGEST not in content or content[DIGEST] == _digest_of(bare)


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_sums(place: Path) -> dict[str, str]:
    """Return the digest of every file that the records list, by its path below them."""
    lines = (place / SUMS).read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


class Seals:
    """Holds files of results and records against their digests; reads each list once."""

    def __init__(self) -> None:
        self._sums = cache(read_sums)
        self._beside = cache(_files_listed_in)

    def require(self, path: Path) -> None:
        """Refuse a file that is not what was written.

        Raises
        ------
        UserError
            Naming the file, where its digest stands, and the way out.
        """
        if (place := _records_of(path)) is not None:
            wanted = self._sums(place).get(path.relative_to(place).as_posix())
            if wanted != _digest_or_nothing(path):
                raise UserError(
                    f"{path}: not what was recorded (its digest stands in {place / SUMS}); bring"
                    " it back, for instance with `git checkout`, or record it again with"
                    " `--replace`"
                )
            return
        listed = self._beside(path.parent / layout.PROVENANCE)
        if path.name in listed and listed[path.name] != _digest_or_nothing(path):
            raise _changed(path, path.parent / layout.PROVENANCE)

    def is_unlisted(self, path: Path) -> bool:
        """Whether a file of records is in no list: an interruption left it; it is not there."""
        place = _records_of(path)
        return place is not None and path.relative_to(place).as_posix() not in self._sums(place)

    def is_there(self, path: Path) -> bool:
        """Whether a file lies there, and is no leftover of an interrupted recording."""
        return path.exists() and not self.is_unlisted(path)

    def read_json(self, path: Path) -> dict[str, Any]:
        """Read a JSON file that must be what was written.

        Raises
        ------
        UserError
            For a file that is missing, damaged or changed.
        """
        self.require(path)
        content = read_json(path)
        if not is_sealed(content):
            raise _changed(path, path)
        return content

    def require_graded(self, replicate: Path) -> None:
        """Refuse a replicate if a file that is graded and recorded is not what was written.

        Raises
        ------
        UserError
            Naming the first such file.
        """
        for name in layout.REPLICATE_FILES:
            self.require(replicate / name)


def is_whole(folder: Path) -> bool:
    """Whether a replicate's files are all there, and what was written."""
    try:
        require_whole(folder)
    except UserError:
        return False
    return True


def require_whole(folder: Path) -> None:
    """Refuse a replicate of which a file is missing or not what was written.

    Raises
    ------
    UserError
        Naming the first such file.
    """
    seals = Seals()
    for name in seals.read_json(folder / layout.PROVENANCE).get("files", {}):
        seals.require(folder / name)


def _changed(path: Path, where: Path) -> UserError:
    made_at_once = path.parent if (path.parent / layout.PROVENANCE).exists() else path
    place = "it" if where == path else where.name
    return UserError(
        f"{path}: changed since it was written (its digest stands in {place}): a damaged disk, or"
        f" an edit; remove {made_at_once} and run again"
    )


def _records_of(path: Path) -> Path | None:
    """Return the folder of records that a file lies in: one with their list of digests.

    A folder further up may have a list by this common name that is of something else.
    """
    place = layout.place_of(path)
    return place if place is not None and (place / SUMS).is_file() else None


def _files_listed_in(provenance: Path) -> dict[str, str]:
    try:
        files = json.loads(provenance.read_text(encoding="utf-8")).get("files", {})
    except (OSError, ValueError, AttributeError):
        return {}  # Whoever reads the provenance itself is told.
    return dict(files)


def _digest_or_nothing(path: Path) -> str | None:
    return file_digest(path) if path.is_file() else None


def _digest_of(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()
