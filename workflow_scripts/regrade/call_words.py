"""How a call names a study and the source of its real images, wherever the study's file lies."""

from __future__ import annotations

from collections.abc import Container, Iterable
from pathlib import Path

from regrade.studies.datasets import Dataset

FOLDER = "FOLDER"
"""Stands for a folder of images that nobody but the reader knows."""


def study_word(study: str, file: Path | None, folder: Path) -> str:
    """Name a study as a call must: by its name, or by its file where that lies elsewhere.

    Parameters
    ----------
    file
        Its file; without one it is taken for one of the folder.
    folder
        Where the studies lie that go by name.
    """
    if file is None or file.resolve().parent == folder.resolve():
        return study
    return str(file)


def real_source(datasets: Iterable[Dataset], places: Container[str]) -> str:
    """Name the source of real images: torchvision, where it or the studies have them all.

    Parameters
    ----------
    datasets
        Those that are wanted.
    places
        Names of those of which a study says where they lie.
    """
    has_all = all(one.torchvision is not None or one.name in places for one in datasets)
    return "torchvision" if has_all else FOLDER
