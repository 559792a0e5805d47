"""The files of finished replicates, kept where no workflow deletes them.

Snakemake deletes the outputs of all members of a group of which one fails, finished or not. A
second name for each file, in a folder beside the replicate's checkpoints, brings them back in a
moment and takes no space. The names are forgotten when the study is graded, which happens after
all its jobs are complete.

It deletes them, too, before a job that makes them again, though it may be for no other cause than
a folder of images that was moved. What was there before is kept as well, and comes back where its
whole identity is the wanted one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from regrade.errors import UserError
from regrade.files import atomic_path, read_json, sync_to_disk
from regrade.layout import PROVENANCE, replicate_name
from regrade.seals import is_whole

SUFFIX = ".finished"
FORMER = "former"
"""Stands for the key of an identity in the name of what was there before a call."""


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


def keep_former(output: Path, states: Path, study: str, run: str, seed: int) -> None:
    """Keep the files of a replicate that is about to be made again, if it was finished.

    Parameters
    ----------
    output
        Folder of its files.
    states
        Folder under which replicates keep their state.
    study, run, seed
        Which replicate it is.
    """
    if (output / PROVENANCE).is_file():
        keep(output, states / f"{replicate_name(study, run, seed)}-{FORMER}")


def restore(state: Path, output: Path) -> bool:
    """Bring the files of a finished replicate back; false where none of its identity are kept."""
    kept = next((folder for folder in _candidates(state) if is_whole(folder)), None)
    if kept is None:
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


def _candidates(state: Path) -> Iterator[Path]:
    """Yield where the files of a replicate may be kept that has the identity of a state."""
    if (folder := _folder(state)).is_dir():
        yield folder
    name, _, key = state.name.rpartition("-")
    former = _folder(state.with_name(f"{name}-{FORMER}"))
    if (former / PROVENANCE).is_file() and _key_of(former) == key:
        yield former


def _key_of(folder: Path) -> str | None:
    # Reads torch, which the process that starts the jobs does without.
    from regrade.training.identity import identity_key, identity_then

    try:
        return identity_key(identity_then(read_json(folder / PROVENANCE)))
    except UserError:
        return None


def _folder(state: Path) -> Path:
    return state.with_name(state.name + SUFFIX)


def _link(source: Path, target: Path) -> None:
    """Give a file a second name, or copy it where the file system knows no second names."""
    try:
        target.hardlink_to(source)
    except OSError:
        with atomic_path(target) as path:
            shutil.copyfile(source, path)
