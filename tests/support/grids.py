"""Grids of the shipped studies."""

from __future__ import annotations

from pathlib import Path

from regrade.config import Config
from regrade.grid import Grid

ROOT = Path(__file__).parents[2]


def grid(
    scale: str = "full",
    studies: tuple[str, ...] = ("duke", "kaist", "marais"),
    records: str = "ignore",
    root: Path = ROOT,
    results: str = "results",
    device_speed: float | str | None = None,
) -> Grid:
    config = Config(
        studies=list(studies),
        scale=scale,
        epochs=None,
        seeds=2,
        data="synthetic",
        weights=None,
        device="cpu",
        runs_per_gpu=1,
        device_speed=device_speed,
        precision="float32",
        results=results,
        records=records,
    )
    return Grid.read(config, root)
