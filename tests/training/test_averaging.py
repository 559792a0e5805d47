"""Averaged weights are those of torch.optim.swa_utils, which is held beside them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load
from tests.support.device_training import images
from tests.support.fake_device import DEVICE, transfers
from tests.support.recipes import FLIP, NORMALIZE, TO_TENSOR, as_trainer_sees, make_recipe
from tests.support.replicates import history_of, read_json, weights_of
from torch import nn
from torch.optim.swa_utils import (
    SWALR,
    AveragedModel,
    get_ema_multi_avg_fn,
    get_swa_multi_avg_fn,
    update_bn,
)

from regrade.models.build import build_model
from regrade.planning.device_speed import sustained
from regrade.studies.execution import Budget
from regrade.studies.recipe import Recipe
from regrade.studies.resolve import ResolvedRun
from regrade.studies.training_mistakes import training_mistakes
from regrade.studies.training_time import statistics_passes
from regrade.training.averaging import AveragedNetwork, count_statistics
from regrade.training.job import Job
from regrade.training.learning_rates import Position
from regrade.training.optimizers import build_optimizer
from regrade.training.replicate import train_replicate
from regrade.training.schedules import scheduled_learning_rate
from regrade.training.trainer import Trainer

EMA = {"kind": "ema", "decay": 0.9}
SWA = {"kind": "swa", "from_epoch": 2}
STEPS = 3


def network() -> nn.Module:
    torch.manual_seed(3)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.5), nn.ReLU())


def change(trained: nn.Module, seed: int) -> None:
    """Do what a step does: other weights, other statistics."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for value in trained.state_dict().values():
            noise = torch.rand(value.shape, generator=generator)
            value.add_(noise.to(value.dtype) if value.is_floating_point() else 1)


def averaged_by_both(word: dict, theirs: Callable[[nn.Module], AveragedModel]) -> tuple[dict, dict]:
    """Average twelve steps of four epochs as we do, and those that are due as torch does."""
    average = make_recipe(average_weights=word).average_weights
    trained = network()
    ours, reference = AveragedNetwork(average, trained), theirs(trained)
    for done in range(4 * STEPS):
        change(trained, done)
        before = ours.updates
        ours.finish_step(Position(*divmod(done, STEPS), STEPS), STEPS)
        if ours.updates > before:
            reference.update_parameters(trained)
    assert int(reference.n_averaged) == ours.updates
    return ours.network.state_dict(), reference.module.state_dict()


@pytest.mark.parametrize("buffers", [False, True])
def test_a_moving_average_is_torchs_to_the_bit(buffers: bool) -> None:
    def theirs(trained: nn.Module) -> AveragedModel:
        return AveragedModel(trained, multi_avg_fn=get_ema_multi_avg_fn(0.9), use_buffers=buffers)

    ours, expected = averaged_by_both(EMA | {"buffers": buffers}, theirs)
    for name, value in expected.items():
        # A count of batches has no average, whatever torch makes of one.
        assert name.endswith("num_batches_tracked") or torch.equal(ours[name], value), name


def test_the_mean_of_epochs_is_torchs_to_the_bit() -> None:
    def theirs(trained: nn.Module) -> AveragedModel:
        return AveragedModel(trained, multi_avg_fn=get_swa_multi_avg_fn())

    ours, expected = averaged_by_both(SWA, theirs)
    assert all(torch.equal(ours[name], value) for name, value in expected.items())


@pytest.mark.parametrize(
    ("word", "due"),
    [(EMA, range(12)), (EMA | {"every": 4}, (3, 7, 11)), (SWA, (5, 8, 11))],
    ids=["each step", "every fourth", "after epochs 2 to 4"],
)
def test_an_average_is_updated_when_its_word_says(word: dict, due: range | tuple) -> None:
    ours = AveragedNetwork(make_recipe(average_weights=word).average_weights, network())
    found = []
    for done in range(4 * STEPS):
        before = ours.updates
        ours.finish_step(Position(*divmod(done, STEPS), STEPS), STEPS)
        found += [done] if ours.updates > before else []
    assert found == list(due)


def test_statistics_of_batch_norms_are_those_of_update_bn() -> None:
    batches = torch.randn(5, 8, 3, 8, 8, generator=torch.Generator().manual_seed(5)).unbind()
    ours = network()
    change(ours, 1)
    reference = copy.deepcopy(ours)
    torch.manual_seed(11)
    with torch.no_grad():
        count_statistics(ours, (lambda batch=batch: ours(batch) for batch in batches))
    torch.manual_seed(11)
    update_bn(batches, reference)
    for name, value in reference.state_dict().items():
        assert torch.equal(ours.state_dict()[name], value), name
    assert [m.momentum for m in ours.modules() if isinstance(m, nn.BatchNorm2d)] == [0.1]


@pytest.mark.parametrize("anneal", ["cosine", "linear"])
@pytest.mark.parametrize("epochs", [0, 1, 4])
def test_the_own_learning_rate_is_that_of_swalr(anneal: str, epochs: int) -> None:
    word = SWA | {"learning_rate": 0.01, "anneal_epochs": epochs, "anneal": anneal}
    recipe = make_recipe(average_weights=word, schedule={"kind": "exponential", "factor": 0.5})
    ours = [scheduled_learning_rate(recipe, Position(epoch, 1, STEPS)) for epoch in range(9)]
    assert ours[:2] == [0.05, 0.025]
    weights = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weights], lr=0.025)
    strategy = "cos" if anneal == "cosine" else "linear"
    scheduler = SWALR(optimizer, 0.01, anneal_epochs=epochs, anneal_strategy=strategy)
    for rate in ours[2:]:
        optimizer.step()
        scheduler.step()
        assert rate == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-12)


def trained(make_job: Callable[..., Job], name: str, **changes: object) -> Job:
    job = make_job(make_recipe(stop={"epochs": 3}, **changes), name)
    train_replicate(job)
    return job


def test_the_average_is_scored_and_kept_and_training_goes_on_without_it(
    make_job: Callable[..., Job],
) -> None:
    plain = trained(make_job, "plain")
    average = trained(make_job, "average", average_weights=EMA)
    for one, other in zip(history_of(plain), history_of(average), strict=True):
        assert one["train_loss"] == other["train_loss"]
        assert one["validation_loss"] != other["validation_loss"]
    assert weights_of(plain) != weights_of(average)


def test_before_the_first_average_the_trained_network_is_scored(
    make_job: Callable[..., Job],
) -> None:
    plain = history_of(trained(make_job, "plain"))
    average = history_of(trained(make_job, "average", average_weights=SWA | {"from_epoch": 3}))
    assert average[:2] == plain[:2]
    # An average of one is the last network, but for the statistics, which are counted anew.
    assert average[2]["validation_loss"] != plain[2]["validation_loss"]
    assert average[2]["train_loss"] == plain[2]["train_loss"]


def test_an_epoch_that_the_steps_of_a_run_cut_short_is_averaged(
    make_job: Callable[..., Job],
) -> None:
    """Its weights are those of the end of training, which the mean of epochs must hold."""
    changes = {"stop": {"epochs": 3, "steps": 40}, "schedule": {"kind": "constant"}}
    average = SWA | {"from_epoch": 3, "update_batch_norm": False}
    for first in (2, 3):
        word = average | {"from_epoch": first}
        job = make_job(make_recipe(**changes, average_weights=word), str(first))
        train_replicate(job)
        before, last = history_of(job)[1:]
        assert last["validation_loss"] != before["validation_loss"], first
        name = "2.num_batches_tracked"
        assert int(load(weights_of(job))[name]) == 40, "the buffers of the last update"


def test_the_selected_network_is_the_averaged_one(make_job: Callable[..., Job]) -> None:
    job = trained(
        make_job, "job", average_weights=SWA, selection={"kind": "last_epoch", "test": True}
    )
    summary = read_json(job, "summary.json")
    assert summary["selected_test_accuracy"] == summary["last_test_accuracy"]
    counts = [v for k, v in load(weights_of(job)).items() if k.endswith("num_batches_tracked")]
    assert counts == [16]  # The batches of one pass over 500 images, and not of three epochs.


def test_neither_averaging_nor_counting_waits_for_the_device() -> None:
    scored = []
    for device in (DEVICE, torch.device("cpu")):
        recipe = as_trainer_sees(
            make_recipe(
                average_weights=SWA | {"from_epoch": 1},
                transforms={"training": [FLIP, TO_TENSOR, NORMALIZE], "evaluation": [TO_TENSOR]},
            )
        )
        torch.manual_seed(0)
        built = build_model(recipe.model, 10, 32).to(device, memory_format=torch.channels_last)
        optimizer = build_optimizer(recipe, built)
        trainer = Trainer(recipe, built, optimizer, images(), 2, device)
        trainer.train_epoch(1, lambda _: None)
        trainer.finish_average(1)
        with transfers() as crossed:
            assert trainer.averaged
            trainer.averaged.finish_step(Position(0, 1, 2), 2)
        assert crossed == []
        scored.append(trainer.scored.state_dict())
    for name, value in scored[1].items():
        assert torch.equal(scored[0][name].cpu(), value), name


def test_a_pass_that_counts_statistics_costs_a_forward_pass() -> None:
    recipe = make_recipe(average_weights=SWA)
    assert [statistics_passes(recipe, epochs) for epochs in (1, 2, 5)] == [0, 1, 4]
    for plain in (EMA, SWA | {"update_batch_norm": False}):
        assert statistics_passes(make_recipe(average_weights=plain), 5) == 0
    run = ResolvedRun("study", "A", None, recipe, "A", False)
    limits = Budget("full", 5, 500, 100, 200, 1.0)
    without = replace(run, recipe=make_recipe())
    more = sustained(1e-6).seconds(run, limits) - sustained(1e-6).seconds(without, limits)
    assert more == pytest.approx(4 * 500 * 2 * run.cost.macs / 1e6)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"average_weights": SWA | {"from_epoch": 9}}, "is after the run's 4 epochs"),
        (
            {
                "average_weights": SWA | {"learning_rate": 0.1},
                "schedule": {"kind": "plateau", "factor": 0.5, "patience": 1},
            },
            "a plateau schedule goes on",
        ),
        (
            {"average_weights": SWA | {"learning_rate": 0.1}, "warmup_epochs": 3},
            "is within the warm-up of 3 epochs",
        ),
    ],
)
def test_averages_that_cannot_be_are_refused(changes: dict, told: str) -> None:
    recipe: Recipe = make_recipe(**{"stop": {"epochs": 4}} | changes)
    assert any(told in mistake for mistake in training_mistakes(recipe))
