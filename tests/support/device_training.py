"""Training and scoring on any device, with what crosses to and from it between two steps."""

from __future__ import annotations

import torch
from tests.support.fake_device import Transfer, transfers
from tests.support.recipes import as_trainer_sees

from regrade.data.load import ImageSet
from regrade.models.build import build_model
from regrade.studies.images import dataset_of, image_channels, image_size
from regrade.studies.recipe import Recipe
from regrade.training.evaluation import Evaluator
from regrade.training.metrics import Score
from regrade.training.optimizers import build_optimizer
from regrade.training.trainer import Trainer


def images(count: int = 60) -> ImageSet:
    generator = torch.Generator().manual_seed(1)
    pixels = torch.randint(0, 256, (count, 32, 32, 3), generator=generator, dtype=torch.uint8)
    return ImageSet(pixels, torch.randint(0, 10, (count,), generator=generator))


def run(
    recipe: Recipe,
    device: torch.device,
    precision: str = "float32",
    shown: ImageSet | None = None,
) -> tuple[list[Score], list[Transfer]]:
    """Train and score two epochs: give the scores, and what crossed between two steps."""
    word = as_trainer_sees(recipe)
    torch.manual_seed(0)
    size, channels, shown = image_size(word), image_channels(word), shown or images()
    network = build_model(word.model, dataset_of(word).classes, size, channels)
    network = network.to(device, memory_format=torch.channels_last)
    optimizer = build_optimizer(word, network)
    trainer = Trainer(word, network, optimizer, shown, 2, device, precision)
    evaluator = Evaluator(word, shown, 2, device, precision)
    scores, crossed = [], []
    for epoch in (1, 2):
        score, found = _epoch(trainer, epoch)
        crossed += found
        scores.append(score)
        scores.append(evaluator.score(network, epoch))
    return scores, crossed


def _epoch(trainer: Trainer, epoch: int) -> tuple[Score, list[Transfer]]:
    with transfers() as found:
        steps: list[int] = []
        score = trainer.train_epoch(epoch, lambda _: steps.append(len(found)))
    # What is made once for all, or once an epoch, is made by the end of the first step.
    return score, found[steps[0] : steps[-1]]
