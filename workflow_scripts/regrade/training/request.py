"""What a workflow asks a training process for, as plain data."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from regrade.studies.images import dataset_of

if TYPE_CHECKING:
    from regrade.studies.augmentation import Transform
    from regrade.studies.datasets import Dataset


@dataclass(frozen=True)
class Request:
    """A replicate to train, and where its files and its log go."""

    study: str
    run: str
    recipe_json: str
    budget: dict
    seed: int
    data: str
    output: str
    state: str
    device: str
    """What is wanted: `auto`, `cpu`, or an accelerator by its kind or number."""
    runs_per_gpu: int
    precision: str
    weights: str | None
    log: str

    def to_json(self) -> str:
        """Write the request on one line."""
        return json.dumps(asdict(self))

    def images(self) -> tuple[Dataset, list[list[Transform]]]:
        """Return the data set, and the transforms of training, evaluation and test."""
        from regrade.studies.recipe import Recipe

        recipe = Recipe.model_validate_json(self.recipe_json)
        words = recipe.transforms
        lists = [words.training, words.evaluation, *filter(None, [words.test])]
        return dataset_of(recipe), lists

    @classmethod
    def from_json(cls, text: str) -> Request:
        """Read what `to_json` wrote."""
        return cls(**json.loads(text))


def execute(request: Request, threads: int) -> None:
    """Train the replicate that is asked for, on a device of its own, in this process."""
    from regrade.training.device_lease import lease_device
    from regrade.training.job import Job
    from regrade.training.replicate import train_replicate

    device = lease_device(request.device, runs=request.runs_per_gpu)
    train_replicate(
        Job.from_dict(
            asdict(request) | {"recipe": request.recipe_json},
            data=Path(request.data),
            output=Path(request.output),
            state=Path(request.state),
            device=device,
            threads=threads,
            weights=Path(request.weights) if request.weights else None,
            keep=True,
        )
    )
