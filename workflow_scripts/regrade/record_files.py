"""Writing records and their list of digests together, so that no interruption leaves half a record.

Files that belong together leave the list before they are written and enter it when all of them lie
there. A record that is in no list counts as not there, and recording again writes it anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path

from regrade import layout
from regrade.errors import UserError
from regrade.files import write_atomically
from regrade.seals import SUMS, file_digest, read_sums

UNLISTED = {SUMS, "README.md"}


class RecordFiles:
    """The files of records, as their list of digests has them.

    Parameters
    ----------
    records
        The folder of the records, which need not exist. Records without a list, which older
        versions wrote, get one of what lies there.
    """

    def __init__(self, records: Path) -> None:
        self._records = records
        self._has_list = (records / SUMS).exists()
        self._sums = read_sums(records) if self._has_list else sums_of(records)

    def require_unchanged(self, but: Collection[Path] = ()) -> None:
        """Refuse records of which a file is not what the list says: writing would hide it.

        What somebody removed whole, a replicate or a measured network, is no record any more.

        Parameters
        ----------
        but
            Replicates and networks that are written anew, whatever lies there.

        Raises
        ------
        UserError
            Naming each such file, and the way out.
        """
        gone = self._removed()
        found = [
            path
            for name, digest in self._sums.items()
            if (whole := _whole(path := self._records / name)) not in gone and whole not in but
            if not path.is_file() or file_digest(path) != digest
        ]
        if found:
            raise UserError(
                f"{self._records}: not what was recorded (the digests stand in {SUMS}):"
                f" {', '.join(str(path.relative_to(self._records)) for path in found)}; nothing was"
                " written: bring the files back, for instance with `git checkout`, or remove the"
                " whole replicate or network"
            )

    def put(self, files: Mapping[Path, bytes | None]) -> None:
        """Write files that belong together, and list them; None removes one."""
        names = {path: path.relative_to(self._records).as_posix() for path in files}
        was_listed = [self._sums.pop(name, None) for name in names.values()]
        if any(was_listed) or not self._has_list:
            self._write_list()
        for path, content in files.items():
            _sweep(path)
            if content is None:
                path.unlink(missing_ok=True)
            else:
                write_atomically(path, content)
        for path, content in files.items():
            if content is not None:
                self._sums[names[path]] = hashlib.sha256(content).hexdigest()
        self._write_list()

    def forget_removed(self) -> list[Path]:
        """Take what was removed whole from the list: replicates and networks; return which."""
        gone = self._removed()
        if gone:
            kept = self._sums.items()
            self._sums = {n: digest for n, digest in kept if _whole(self._records / n) not in gone}
            self._write_list()
        return sorted(gone)

    def _removed(self) -> set[Path]:
        return {
            whole for name in self._sums if not (whole := _whole(self._records / name)).exists()
        }

    def _write_list(self) -> None:
        _sweep(self._records / SUMS)
        write_list(self._records, self._sums)
        self._has_list = True


def record_files(records: Path) -> list[Path]:
    """Return the files that a list of digests is about, in its order."""
    found = (path for path in records.rglob("*") if path.is_file())
    return sorted(path for path in found if path.name not in UNLISTED)


def sums_of(records: Path) -> dict[str, str]:
    """Return the digest of every file that lies there, by its path below the records."""
    return {
        path.relative_to(records).as_posix(): file_digest(path) for path in record_files(records)
    }


def write_list(records: Path, sums: Mapping[str, str]) -> None:
    """Write a list of digests, in the form that `sha256sum --check` reads."""
    lines = [f"{sums[name]}  {name}\n" for name in sorted(sums, key=lambda name: name.split("/"))]
    write_atomically(records / SUMS, "".join(lines))


def _sweep(path: Path) -> None:
    """Remove what a killed process left of a file that it was writing."""
    for leftover in path.parent.glob(f".{path.name}.*"):
        leftover.unlink()


def _whole(path: Path) -> Path:
    """Return what a file is a part of and goes with: a replicate's folder, or the file itself."""
    place = layout.place_of(path)
    return path.parent if place is not None and place / "runs" in path.parents else path
