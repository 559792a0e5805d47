"""Checkpoints: the state of a replicate after an epoch, in a folder that no workflow deletes.

The folder is keyed by recipe, budget, data, code and seed, so that a checkpoint is never
continued by a replicate it does not belong to.
"""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import torch

from regrade.files import atomic_path

NAME = "checkpoint.pt"


def save(folder: Path, state: dict) -> None:
    """Write a checkpoint whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    with atomic_path(folder / NAME) as path:
        torch.save(state, path)


def load(folder: Path) -> dict | None:
    """Read the checkpoint, or nothing where there is none that can be read."""
    path = folder / NAME
    try:
        return torch.load(path, weights_only=True, map_location="cpu")
    except FileNotFoundError:
        return None
    except (RuntimeError, EOFError, pickle.UnpicklingError, OSError) as error:
        print(f"{path}: damaged, training starts anew ({error})", flush=True)
        return None


def remove(folder: Path) -> None:
    """Delete the state of a replicate that is complete."""
    shutil.rmtree(folder, ignore_errors=True)
