"""What a training is asked for, and how far it has come; imports nothing of this room but rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from regrade.data.card import read_card
from regrade.studies.execution import Budget
from regrade.studies.recipe import Recipe
from regrade.training import history


@dataclass(frozen=True)
class Job:
    """What to train, how much of it, where it reads and writes."""

    study: str
    run: str
    """Name of the resolved run."""
    recipe_json: str
    budget: Budget
    seed: int
    data: Path
    """The prepared data set; its card lies beside it."""
    output: Path
    """Folder of the replicate's files."""
    state: Path
    """Folder under which checkpoints are kept until the replicate is complete."""
    device: str = "auto"
    threads: int = 1
    precision: str = "float32"
    """What is wanted; see `regrade.training.precision`."""
    wanted_precision: str | None = None
    """What was wanted, once `precision` is what the network allows."""
    weights: Path | None = None
    """torchvision's weight file, or a folder of them, where the recipe wants pretrained weights."""
    keep: bool = False
    """Keep the finished files under `state` too, because a workflow may delete the others."""

    @classmethod
    def from_dict(
        cls,
        settings: Mapping[str, Any],
        *,
        data: Path,
        output: Path,
        state: Path,
        device: str,
        threads: int,
        weights: Path | None,
        keep: bool = False,
    ) -> Job:
        """Read what a request or a list of jobs says, and add what the machine adds.

        Parameters
        ----------
        settings
            Plain data: study, run, recipe (canonical JSON), budget, seed, precision.
        """
        return cls(
            study=settings["study"],
            run=settings["run"],
            recipe_json=settings["recipe"],
            budget=Budget(**settings["budget"]),
            seed=settings["seed"],
            precision=settings["precision"],
            data=data,
            output=output,
            state=state,
            device=device,
            threads=threads,
            weights=weights,
            keep=keep,
        )

    @cached_property
    def recipe(self) -> Recipe:
        """The recipe, read and checked once."""
        return Recipe.model_validate_json(self.recipe_json)

    def card(self) -> dict[str, Any]:
        """Read the card of the data set: its origin and checksum."""
        return read_card(self.data)


@dataclass
class Progressed:
    """How far a replicate has come: what a checkpoint holds beside network and optimizer."""

    rows: list[history.Epoch] = field(default_factory=list)
    selected: dict | None = None
    """Weights of the selected epoch so far, where the recipe tests them afterwards."""
    best: dict | None = None
    """Weights of the best epoch so far, where early stopping restores them."""
    resumed_at: list[int] = field(default_factory=list)

    @property
    def epoch(self) -> int:
        """Completed epochs."""
        return len(self.rows)
