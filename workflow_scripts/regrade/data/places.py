"""Where the images of a data set are read from; imports no library, so that rules can ask."""

from __future__ import annotations

import difflib
from pathlib import Path

from regrade.errors import UserError
from regrade.studies.datasets import Dataset

WORDS = ("synthetic", "torchvision")
FROM_FILES = "npz"
"""The kind of a source that is neither of these words: a file or a folder."""


def source_kind(dataset: Dataset, source: str) -> str:
    """Return whether a data set is made, downloaded, or read from files."""
    if source == "torchvision" and dataset.torchvision is None:
        return FROM_FILES
    return source if source in WORDS else FROM_FILES


def find_place(dataset: Dataset, source: str, beside: Path | None = None) -> Path:
    """Find the file or the folder with a data set's images.

    Parameters
    ----------
    dataset
        The data set, which is read from files.
    source
        A folder with `<name>.npz`, or with the folder `<name>` for one of the study's own; an npz
        file; or `torchvision`, for what is downloaded, where the study says where its own lie.
    beside
        Where the study says that its own data set lies: what counts where the source has none.

    Raises
    ------
    UserError
        When there is none, with what is there instead, or when there are two.
    """
    place = Path(source).expanduser()
    if source not in WORDS:
        own = place / dataset.name
        path = place / f"{dataset.name}.npz" if place.is_dir() else place
        if dataset.class_names and own.is_dir():
            if path.is_file():
                raise UserError(f"data: both {path} and {own}/ are there; which of them is meant?")
            return own
        if path.is_file():
            return path
    if beside is not None:
        return beside
    raise UserError(_missing(dataset, source, place))


def changed_last(folder: Path) -> Path:
    """Return the image or folder below a folder of images that was written last.

    It is newer than what was prepared before an image came, went, was renamed or was overwritten:
    a file tells of its pixels, its folder of its name.
    """
    there = (path for path in folder.rglob("*") if path.exists())
    return max(there, key=lambda path: (path.stat().st_mtime_ns, str(path)), default=folder)


def _missing(dataset: Dataset, source: str, place: Path) -> str:
    name = dataset.name
    if source in WORDS:
        return (
            f"data: {source} has no data set {name}, which is the study's own: give data=<folder"
            f" with {name}.npz or {name}/>, or its path in the study: datasets.{name}.path"
        )
    if not place.exists() and place.name == source and not place.suffix:
        close = difflib.get_close_matches(source, WORDS, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ";"
        return (
            f"data: {source!r} is neither a source nor a folder or file that exists{hint}"
            f" It can be: {', '.join(WORDS)}, a folder with {name}.npz, or an npz file"
        )
    path = place / f"{name}.npz" if place.is_dir() else place
    if not path.parent.is_dir():
        return f"data: there is no file {path}, nor the folder {path.parent}"
    if not place.exists() and place.suffix != ".npz":
        return f"data: there is no file {place}, nor such a folder"
    there = ", ".join(sorted(file.name for file in path.parent.glob("*.npz"))) or "no npz file"
    folder = f", nor a folder {name}" if dataset.class_names else ""
    return f"data: there is no file {path}{folder}; the folder {path.parent} has {there}"
