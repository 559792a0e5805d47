"""Learning curves as somebody's own code wrote them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.support.tiny_study import write_curves

CURVES = {
    "train_loss": [1.9, 1.5, 1.2],
    "train_accuracy": [0.3, 0.5, 0.6],
    "validation_loss": [1.8, 1.6, 1.5],
    "validation_accuracy": [0.35, 0.45, 0.50],
    "seconds": [2.0, 1.0, 1.0],
}


def curve_writer(folder: Path) -> Callable[..., Path]:
    """Return what writes learning curves with some columns replaced; None leaves one out."""

    def write(name: str = "history.csv", first_epoch: int = 1, **columns: list | None) -> Path:
        found = {key: value for key, value in (CURVES | columns).items() if value is not None}
        write_curves(folder / name, first_epoch, **found)
        return folder / name

    return write
