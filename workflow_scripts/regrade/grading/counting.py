"""What layer tables and settings count to, by arithmetic alone."""

from __future__ import annotations

from collections.abc import Callable

from regrade.studies.images import scored_images, steps_per_epoch
from regrade.studies.resolve import ResolvedRun

COUNTS: dict[str, Callable[[ResolvedRun], int]] = {
    "parameters": lambda run: run.cost.parameters,
    "macs": lambda run: run.cost.macs,
    "steps_per_epoch": lambda run: steps_per_epoch(run.recipe),
    "scored_images": lambda run: scored_images(run.recipe),
}
"""How to count a quantity of a run."""


def counted(run: ResolvedRun, quantity: str) -> int | None:
    """Count a quantity of a run; None for what takes a network or its training."""
    count = COUNTS.get(quantity)
    return count(run) if count else None
