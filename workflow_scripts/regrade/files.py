"""Writing files whole or not at all."""

from __future__ import annotations

import errno
import json
import math
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from regrade.errors import UserError

FULL_BYTES = 2**16
"""A file system with less free space than this is full: what failed to be written needed more."""

SYNCED_AT_ONCE = 16
_NO_SYNC = (errno.EINVAL, errno.EBADF, errno.ENOTSUP)
"""What file systems answer that cannot sync a folder, as some shared and network ones."""
OWN_FOLDERS = frozenset(
    {
        ".ci", ".git", ".venv", "benchmarks", "config", "docs", "envs", "profiles", "records",
        "report", "rules", "studies", "tests", "workflow", "workflow_scripts",
    }
)  # fmt: skip
"""Folders that the project ships or is made of."""


@contextmanager
def atomic_path(path: Path, *, synced: bool = True) -> Iterator[Path]:
    """Yield a path to write to; when the block ends well, it becomes `path` in one step.

    The file and its folder are synced, so that a crash leaves the old file or the new one. Whoever
    writes a folder of many files leaves that out, and ends with `sync_folder`.

    Raises
    ------
    OSError
        Naming `path`, whatever name the system knew the failure by.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            temporary.chmod(0o666 & ~_umask())
            if synced:
                sync_to_disk(temporary)
            temporary.replace(path)
            if synced:
                sync_to_disk(path.parent)
        except Exception as error:
            _tell_full_disk(error, path.parent)
            raise
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        # A full disk has no name at all, and a temporary file's would tell the user nothing.
        if error.filename is None or Path(error.filename).name.startswith(f".{path.name}."):
            error.filename = os.fspath(path)
        raise


def write_atomically(path: Path, content: str | bytes, *, synced: bool = True) -> None:
    """Write text (UTF-8) or bytes."""
    with atomic_path(path, synced=synced) as temporary:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)


def json_text(content: Mapping[str, Any]) -> str:
    """Write an object as JSON; NaN and infinities, which JSON lacks, are refused."""
    return json.dumps(content, indent=1, allow_nan=False) + "\n"


def finite(value: float) -> float | None:
    """Return a value that JSON can hold: None in the place of what is not finite."""
    return value if math.isfinite(value) else None


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON file that holds an object.

    Raises
    ------
    UserError
        For a file that cannot be read, or holds something else.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read: {error}") from None
    if not isinstance(content, dict):
        raise UserError(f"{path}: must be a JSON object, found {type(content).__name__}")
    return content


def require_results_folder(path: Path, project: Path) -> None:
    """Refuse a place where the results can neither lie nor be put, or would mix with the project.

    Parameters
    ----------
    path
        The folder of results, which need not exist.
    project
        The project's own folder.

    Raises
    ------
    UserError
        Naming the file that is in the way, the folder without permission, or the project's own.
    """
    inside = _own_folder(path.resolve(), project.resolve())
    if inside:
        raise UserError(
            f"results: {path} is {inside}, whose files results would replace; name a folder of"
            " their own, such as results/mine"
        )
    existing = next(place for place in (path, *path.parents) if place.exists())
    if not existing.is_dir():
        raise UserError(f"results: {existing} is a file; {path} must be a folder, or not exist")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise UserError(f"results: no permission to write in the folder {existing}")


def _own_folder(path: Path, project: Path) -> str | None:
    """Tell what of the project a folder of results would mix with."""
    if path == project or path in project.parents:
        return "the project's folder or one around it"
    if project not in path.parents:
        return None
    own = path.relative_to(project).parts[0]
    return f"in the project's own folder {own}/" if own in OWN_FOLDERS else None


def _tell_full_disk(error: Exception, folder: Path) -> None:
    """Turn what libraries raise that write files themselves, such as torch, into what it is."""
    if not isinstance(error, OSError) and shutil.disk_usage(folder).free < FULL_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error


def sync_to_disk(path: Path) -> None:
    """Write what the system still holds of a file, or the names in a folder, to the disk.

    A file system that cannot do that for folders keeps them as it does.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NO_SYNC or not path.is_dir():
            raise
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Sync all that a folder holds, several files at once: a disk takes them together."""
    with ThreadPoolExecutor(SYNCED_AT_ONCE) as pool:
        list(pool.map(sync_to_disk, [folder, *folder.rglob("*")]))


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
