"""The path of a GPU, on a strict device without hardware: nothing fails, and no step waits.

Import `fake_device` in conftest.py, before any backward pass of the process.
"""

from __future__ import annotations

import pytest
import torch
from tests.support.fake_device import DEVICE, Transfer, transfers
from tests.support.recipes import CROP, FLIP, NORMALIZE, TO_TENSOR, as_trainer_sees, make_recipe
from tests.support.replicates import ADAM, DROPOUT_NET

from regrade.data.load import ImageSet
from regrade.models.build import build_model
from regrade.studies.images import dataset_of, image_channels, image_size
from regrade.studies.recipe import Recipe
from regrade.training.evaluation import Evaluator
from regrade.training.metrics import Score
from regrade.training.optimizers import build_optimizer
from regrade.training.trainer import Trainer

FIXED = [TO_TENSOR, NORMALIZE]
NESTED = {
    "kind": "random_choice",
    "transforms": [{"kind": "random_apply", "transforms": [CROP]}, {"kind": "random_invert"}],
}
TRANSFORMS = {
    "fixed": (FIXED, FIXED),
    "on_device": ([CROP, FLIP, *FIXED], FIXED),
    "after_normalize": ([*FIXED, CROP, FLIP], FIXED),
    "cpu_then_device": ([{"kind": "trivial_augment_wide"}, FLIP, *FIXED], FIXED),
    "nested_then_device": ([NESTED, FLIP, *FIXED], FIXED),
    "by_the_library": ([{"kind": "gaussian_blur", "kernel": 3}, FLIP, *FIXED], FIXED),
    "both_on_cpu": ([{"kind": "trivial_augment_wide"}, *FIXED],) * 2,
}


@pytest.fixture(autouse=True)
def repeatable():
    """Demand determinism, as `prepare_device` does."""
    before = torch.get_deterministic_debug_mode()
    torch.set_deterministic_debug_mode("error")
    yield
    torch.set_deterministic_debug_mode(before)


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
    optimizer = build_optimizer(word, network.parameters())
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


@pytest.mark.parametrize("precision", ["float32", "bf16"])
@pytest.mark.parametrize("word", [None, ADAM], ids=["sgd", "adam"])
@pytest.mark.parametrize("name", TRANSFORMS)
def test_no_step_waits_for_the_device(name: str, word: dict | None, precision: str) -> None:
    training, evaluation = TRANSFORMS[name]
    changes = {"optimizer": word} if word else {}
    recipe = make_recipe(
        model=DROPOUT_NET,
        transforms={"training": training, "evaluation": evaluation},
        batches={"training": 8, "evaluation": 10},
        **changes,
    )
    scores, crossed = run(recipe, DEVICE, precision)
    assert crossed == []
    if precision == "float32":
        assert scores == run(recipe, torch.device("cpu"))[0]
