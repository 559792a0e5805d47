"""The files of finished replicates, kept where no workflow deletes them.

Snakemake deletes the outputs of all members of a group of which one fails, finished or not. A
second name for each file, in a folder beside the replicate's checkpoints, brings them back in a
moment and takes no space. The names are forgotten when the study is graded, which happens after
all its jobs are complete.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from regrade.files import atomic_path, sync_to_disk
from regrade.layout import replicate_name
from regrade.seals import is_whole

SUFFIX = ".finished"


def keep(output: Path, state: Path) -> None:
    """Keep all files of a finished replicate, whole or not at all.

    Parameters
    ----------
    output
        Folder of the replicate's files.
    state
        Folder of its checkpoints, which names it and everything that decides its bits.
    """
    kept, partial = _folder(state), _folder(state).with_suffix(".partial")
    for leftover in (kept, partial):
        shutil.rmtree(leftover, ignore_errors=True)
    partial.mkdir(parents=True)
    for path in output.iterdir():
        _link(path, partial / path.name)
    sync_to_disk(partial)
    partial.rename(kept)
    sync_to_disk(kept.parent)


def restore(state: Path, output: Path) -> bool:
    """Bring the files of a finished replicate back; false where none are kept."""
    kept = _folder(state)
    if not kept.is_dir() or not is_whole(kept):
        return False
    output.mkdir(parents=True, exist_ok=True)
    for path in kept.iterdir():
        target = output / path.name
        target.unlink(missing_ok=True)
        _link(path, target)
        os.utime(target)  # Younger than their inputs, as if they had been made now.
    return True


def forget(states: Path, study: str, seeds: Mapping[str, Iterable[int]]) -> None:
    """Forget what is kept of a study whose jobs are all complete.

    Parameters
    ----------
    states
        Folder under which replicates keep their state.
    study, seeds
        Name of the study, and the seeds of each of its trained runs.
    """
    for run, numbers in seeds.items():
        for seed in numbers:
            for kept in states.glob(f"{replicate_name(study, run, seed)}-*{SUFFIX}"):
                shutil.rmtree(kept, ignore_errors=True)


def _folder(state: Path) -> Path:
    return state.with_name(state.name + SUFFIX)


def _link(source: Path, target: Path) -> None:
    """Give a file a second name, or copy it where the file system knows no second names."""
    try:
        target.hardlink_to(source)
    except OSError:
        with atomic_path(target) as path:
            shutil.copyfile(source, path)
