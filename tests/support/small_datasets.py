"""Small data sets for tests of preparing them, and the preparing itself."""

import json
from pathlib import Path

import numpy as np
import pytest

from regrade.data import prepare
from regrade.errors import UserError
from regrade.studies.datasets import DATASETS


def make_arrays(classes: int = 10) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(0)
    arrays = {"classes": np.array([f"name {index}" for index in range(classes)])}
    for split, count in (("train", 40), ("test", 20)):
        arrays[f"{split}_images"] = generator.integers(0, 256, (count, 32, 32, 3), np.uint8)
        arrays[f"{split}_labels"] = (np.arange(count) % classes).astype(np.uint8)
    return arrays


def save(folder: Path, arrays: dict[str, np.ndarray], name: str = "cifar10.npz") -> Path:
    np.savez(folder / name, **arrays)
    return folder / name


def run(tmp_path: Path, source: str | Path, dataset: str = "cifar10") -> tuple[Path, dict]:
    """Prepare into tmp_path/out; give the file and the card."""
    data, card = (tmp_path / "out" / f"{dataset}{suffix}" for suffix in (".npz", ".json"))
    prepare.prepare(DATASETS[dataset], str(source), data, card)
    return data, json.loads(card.read_text())


def message(tmp_path: Path, source: str | Path, dataset: str = "cifar10") -> str:
    """Prepare from a bad source; give the message and make sure that nothing was written."""
    with pytest.raises(UserError) as caught:
        run(tmp_path, source, dataset)
    assert not list((tmp_path / "out").glob("*.*")), "a file was left behind"
    return str(caught.value)
