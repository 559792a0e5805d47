"""A replicate: a run trained with one seed, from the resolved recipe to the files of its folder."""

from __future__ import annotations

import copy
import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from regrade import layout
from regrade.data.load import Splits, load_splits
from regrade.models.build import build_model
from regrade.models.pretrained import UnavailableWeightsError
from regrade.seals import is_whole
from regrade.studies.images import image_channels, image_size
from regrade.training import checkpoints, history, kept_outputs, measures
from regrade.training.devices import prepare_device, to_channels_last
from regrade.training.evaluation import Evaluator
from regrade.training.identity import (
    differences,
    identity_key,
    machine_identity,
    replicate_identity,
)
from regrade.training.job import Job, Progressed
from regrade.training.losses import penalty
from regrade.training.optimizers import build_optimizer
from regrade.training.outputs import write_not_measured, write_outputs
from regrade.training.precision import allow_tf32, usable_precision
from regrade.training.progress import Progress
from regrade.training.replicate_lock import locked
from regrade.training.stop_rules import is_finished, stalled_for
from regrade.training.trainer import Trainer

if TYPE_CHECKING:
    from regrade.studies.recipe import Recipe


def train_replicate(job: Job) -> None:
    """Train a replicate to its end and write its files.

    Continues from a checkpoint where there is one, with the same numbers to the bit (same
    machine, same threads).

    Where the recipe wants pretrained weights that cannot be had, the files say that the
    replicate was not measured, and why.

    Raises
    ------
    UserError
        When the data set does not fit the recipe, the device does not exist, or another process
        is training the same replicate.
    """
    with locked(job.state, job.study, job.run, job.seed):
        _train_locked(job)


def _train_locked(job: Job) -> None:
    started = datetime.now(UTC)
    recipe, card = job.recipe, job.card()
    device = prepare_device(job.device, job.threads)
    state = state_folder(job, card["checksum"], device)
    if kept_outputs.restore(state, job.output):
        print("finished before: its files were kept, and are back", flush=True)
        return
    splits = load_splits(job.data, recipe, job.budget.train_images, job.budget.scored_images)
    splits = replace(splits, test=splits.test.first(job.budget.test_images))
    torch.manual_seed(job.seed)
    channels = image_channels(recipe)
    try:
        network = build_model(
            recipe.model, splits.classes, image_size(recipe), channels, weights=job.weights
        )
    except UnavailableWeightsError as reason:
        print(f"not measured: {reason}", flush=True)
        write_not_measured(job, str(reason), card, device, started)
        return
    network = to_channels_last(network, device)
    usable = usable_precision(job.precision, network, device)
    job = replace(job, precision=usable, wanted_precision=job.precision)
    allow_tf32(job.precision)
    optimizer = build_optimizer(recipe, network)
    trainer = Trainer(recipe, network, optimizer, splits.training, job.seed, device, job.precision)
    done = _resume(state, trainer)
    with Progress(job, done.rows, len(splits.training)) as progress:
        _train(job, trainer, splits, done, state, progress)
    tested = _test_selected(recipe, trainer, splits, done, job.seed)
    tested |= _take_measures(recipe, trainer, splits, done, job.seed)
    write_outputs(job, recipe, splits, trainer.scored, done, tested, card, device, started)
    if job.keep:
        kept_outputs.keep(job.output, state)
    checkpoints.remove(state)


def identity_of(job: Job, data_checksum: str, device: torch.device) -> dict[str, object]:
    """Name everything that decides the bits of a job's result on a device."""
    machine = machine_identity(device, job.threads, job.precision)
    budget = vars(job.budget)
    return replicate_identity(job.recipe_json, budget, job.seed, data_checksum, machine)


def is_complete(job: Job, device: torch.device) -> bool:
    """Whether the folder of a job holds a finished replicate of its whole identity.

    A replicate that could not be trained for want of weights is not finished: they may be there
    now. The precision is that which was wanted, whatever the network then allowed.
    """
    try:
        summary, provenance = (
            json.loads((job.output / name).read_text(encoding="utf-8"))
            for name in (layout.SUMMARY, layout.PROVENANCE)
        )
    except (OSError, ValueError):
        return False
    # The weights are written last.
    is_written = (job.output / layout.WEIGHTS).exists() and is_whole(job.output)
    if "not_measured" in summary or not is_written:
        return False
    wanted = {**provenance, "precision": provenance.get("wanted_precision")}
    return not differences(wanted, identity_of(job, job.card()["checksum"], device))


def state_folder(job: Job, data_checksum: str, device: torch.device) -> Path:
    """Return the folder of a replicate's checkpoints: another for whatever may change its bits."""
    key = identity_key(identity_of(job, data_checksum, device))
    return job.state / f"{layout.replicate_name(job.study, job.run, job.seed)}-{key}"


def _resume(state: Path, trainer: Trainer) -> Progressed:
    saved = checkpoints.load(state)
    if saved is None:
        return Progressed()
    trainer.network.load_state_dict(saved["network"])
    trainer.optimizer.load_state_dict(saved["optimizer"])
    trainer.schedule.restore(saved["schedule"])
    if trainer.averaged:
        trainer.averaged.restore(saved["averaged"])
    done = Progressed(saved["rows"], saved["selected"], saved["best"], saved["resumed_at"])
    done.resumed_at.append(done.epoch)
    return done


def _train(
    job: Job,
    trainer: Trainer,
    splits: Splits,
    done: Progressed,
    state: Path,
    progress: Progress,
) -> None:
    evaluators = _evaluators(trainer, splits, job.seed)
    while not is_finished(trainer.recipe, job.budget, done.rows):
        began = time.perf_counter()
        row = _epoch(trainer, evaluators, done.epoch + 1, progress)
        row["seconds"] = time.perf_counter() - began
        done.rows.append(row)
        progress.finish_epoch(row)
        _keep_selected(trainer, done)
        if not is_finished(trainer.recipe, job.budget, done.rows):
            checkpoints.save(state, _state(trainer, done), done.epoch)
    if done.best is not None:
        trainer.scored.load_state_dict(done.best)


def _state(trainer: Trainer, done: Progressed) -> dict:
    return {
        "network": trainer.network.state_dict(),
        "optimizer": trainer.optimizer.state_dict(),
        "schedule": trainer.schedule.state(),
        "averaged": trainer.averaged.state() if trainer.averaged else None,
        "rows": done.rows,
        "selected": done.selected,
        "best": done.best,
        "resumed_at": done.resumed_at,
    }


def _evaluators(trainer: Trainer, splits: Splits, seed: int) -> dict[str, Evaluator]:
    """Return what scores each set that is scored after every epoch."""
    recipe = trainer.recipe
    sets = {recipe.evaluate: splits.scored} | ({"test": splits.test} if recipe.also_test else {})
    return {
        name: Evaluator(recipe, images, seed, trainer.device, trainer.precision, which=name)
        for name, images in sets.items()
    }


def _epoch(
    trainer: Trainer, evaluators: dict[str, Evaluator], epoch: int, progress: Progress
) -> history.Epoch:
    recipe = trainer.recipe
    train = trainer.train_epoch(epoch, progress.step)
    row: history.Epoch = {
        "epoch": epoch,
        "learning_rate": trainer.schedule.learning_rate,
        "train_loss": train.loss,
        "train_accuracy": train.accuracy,
    }
    trainer.finish_average(epoch)
    added = _penalty(recipe, trainer.scored)
    for name, evaluator in evaluators.items():
        scored = evaluator.score(trainer.scored, epoch)
        row |= {f"{name}_loss": scored.loss + added, f"{name}_accuracy": scored.accuracy}
    trainer.schedule.finish_epoch(row)
    return row


def _penalty(recipe: Recipe, network: torch.nn.Module) -> float:
    """Return what a recipe's penalty adds to the losses of a network."""
    if not recipe.penalty:
        return 0.0
    with torch.no_grad():
        return float(penalty(recipe.penalty, network))


def _keep_selected(trainer: Trainer, done: Progressed) -> None:
    selection, stopping = trainer.recipe.selection, trainer.recipe.stop.early_stopping
    if selection.test or trainer.recipe.measures:
        words = selection.model_dump(), trainer.recipe.stop.model_dump()
        chosen = history.selected_epoch(done.rows, *words)
        if chosen == done.epoch:
            # Of a network that diverged too: what it scores is its result.
            done.selected = copy.deepcopy(trainer.scored.state_dict())
    if stopping and stopping.restore_best and stalled_for(stopping, done.rows) == 0:
        done.best = copy.deepcopy(trainer.scored.state_dict())


def _test_selected(
    recipe: Recipe, trainer: Trainer, splits: Splits, done: Progressed, seed: int
) -> dict[str, Any]:
    """Score the last and the selected network on the test set, where the recipe tests at all."""
    if not recipe.selection.test or done.selected is None:
        return {}
    evaluator = Evaluator(
        recipe, splits.test, seed, trainer.device, trainer.precision, which="test"
    )
    network = copy.deepcopy(trainer.scored)
    last = evaluator.score(network, done.epoch)
    network.load_state_dict(done.selected)
    selected = evaluator.score(network, done.epoch)
    return {
        "last_test_accuracy": last.accuracy,
        "selected_test_loss": selected.loss + _penalty(recipe, network),
        "selected_test_accuracy": selected.accuracy,
        "selected_test_image_accuracy": selected.image_accuracy,
    }


def _take_measures(
    recipe: Recipe, trainer: Trainer, splits: Splits, done: Progressed, seed: int
) -> dict[str, Any]:
    """Take the measures that the recipe asks for, of the selected network on the test set."""
    if not recipe.measures or done.selected is None:
        return {}
    evaluator = Evaluator(
        recipe, splits.test, seed, trainer.device, trainer.precision, which="test"
    )
    network = copy.deepcopy(trainer.scored)
    network.load_state_dict(done.selected)
    return measures.take(evaluator, network, done.epoch, recipe.measures)
