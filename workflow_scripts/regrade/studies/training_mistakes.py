"""What is wrong with how a recipe trains: settings that do not fit each other, or the run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import ceil
from typing import Any

from regrade.studies.base import kinds_of
from regrade.studies.images import dataset_of, held_out_images, steps_per_epoch, training_images
from regrade.studies.measured import measured_quantities
from regrade.studies.optimization import Optimizer
from regrade.studies.recipe import Recipe
from regrade.studies.schedules import Sequence


def training_mistakes(recipe: Recipe) -> Iterator[str]:
    """Yield every mistake, with its key."""
    for check in CHECKS:
        yield from check(recipe)


def _of_the_optimizer(recipe: Recipe) -> Iterator[str]:
    word = recipe.optimizer
    if word.kind == "sgd" and word.nesterov and not word.momentum:
        yield "optimizer.nesterov needs a momentum: set momentum, or nesterov: false"
    elif word.kind == "sgd" and word.nesterov and word.dampening:
        yield f"optimizer.nesterov needs dampening 0, not {word.dampening:g}, as torch says"


def _of_the_batches(recipe: Recipe) -> Iterator[str]:
    batches, images = recipe.batches, training_images(recipe)
    if batches.drop_last_training and batches.training > images > 0:
        yield (
            f"batches.training {batches.training} is more than the {images} training images: with"
            " drop_last_training there is no batch"
        )
    if batches.drop_last_evaluation:
        yield from _of_dropped_scores(recipe)
    if recipe.split.kind != "none" and images < 1:
        yield f"split.validation {recipe.split.validation} leaves no images to train on"


def _of_dropped_scores(recipe: Recipe) -> Iterator[str]:
    """Check that there is a whole batch of every set that is scored."""
    batch, tested = recipe.batches.evaluation, dataset_of(recipe).test_images
    tests = recipe.selection.test or recipe.also_test or recipe.measures
    sets = {
        "validation": held_out_images(recipe) if recipe.evaluate == "validation" else 0,
        "test": tested if recipe.evaluate == "test" or tests else 0,
    }
    for name, images in sets.items():
        if 0 < images < batch:
            yield (
                f"batches.evaluation {batch} is more than the {images} {name} images: with"
                " drop_last_evaluation there is no batch"
            )


def _of_the_sets(recipe: Recipe) -> Iterator[str]:
    selection = recipe.selection
    kind, scored = selection.kind, measured_quantities(recipe)
    needs_validation = recipe.evaluate == "validation" or "validation" in kind
    if needs_validation and recipe.split.kind == "none":
        yield "it scores a validation set, but its split holds none out"
    if "validation" in kind and recipe.evaluate != "validation":
        yield f"selection {kind!r} needs `evaluate: validation`"
    needs_test = kind == "best_test_accuracy" or recipe.stop.then_while
    if needs_test and "test_accuracy" not in scored:
        yield "its selection or stop rule reads the test accuracy: it needs `evaluate: test`"
    if selection.kind == "best":
        yield from _of_a_monitor(recipe, "selection.of", selection.of)
    if recipe.also_test and recipe.evaluate == "test":
        yield "also_test: the test set is scored already (`evaluate: test`)"


def _of_the_stop(recipe: Recipe) -> Iterator[str]:
    stop = recipe.stop
    if stop.at_most is not None and stop.at_most < stop.epochs:
        yield f"stop.at_most {stop.at_most} is below stop.epochs {stop.epochs}"
    if stop.then_while and stop.at_most is None:
        yield "stop.then_while needs stop.at_most: training must end"
    yield from _of_the_steps(recipe)
    if stop.early_stopping:
        yield from _of_a_monitor(recipe, "stop.early_stopping.monitor", stop.early_stopping.monitor)


def _of_the_steps(recipe: Recipe) -> Iterator[str]:
    stop, each = recipe.stop, steps_per_epoch(recipe)
    if stop.steps is None:
        return
    if stop.then_while:
        yield "stop.steps ends a training of so many epochs: it does not go with then_while"
    if stop.epochs != (last := ceil(stop.steps / each)):
        yield (
            f"stop.steps {stop.steps} of {each} an epoch end in epoch {last}, not in epoch"
            f" {stop.epochs}: set stop.epochs: {last}"
        )


def _of_the_schedule(recipe: Recipe) -> Iterator[str]:
    schedule, epochs = recipe.schedule, recipe.stop.longest
    if recipe.warmup_epochs > epochs:
        yield f"warmup_epochs {recipe.warmup_epochs} is more than the run's {epochs} epochs"
    if schedule.kind == "table" and 1 not in schedule.rates:
        yield "schedule.rates needs the rate of epoch 1"
    if schedule.kind == "plateau":
        yield from _of_a_monitor(recipe, "schedule.monitor", schedule.monitor)
    if schedule.kind == "sequence":
        yield from _of_a_sequence(recipe, schedule)
    else:
        yield from _of_a_cycle(recipe, "schedule", schedule, 0)


def _of_a_sequence(recipe: Recipe, schedule: Sequence) -> Iterator[str]:
    each = steps_per_epoch(recipe)
    length = recipe.stop.longest * (each if schedule.per == "step" else 1)
    if schedule.after[0] >= length:
        yield (
            f"schedule.after {schedule.after}: the run ends after {length} {schedule.per}s, before"
            " the second part starts"
        )
    for number, (part, start) in enumerate(
        zip(schedule.parts, [0, *schedule.after], strict=True), 1
    ):
        first = start * (each if schedule.per == "epoch" else 1)
        # Only the last part has to reach to the end of the run.
        last = number == len(schedule.parts)
        place = f"schedule.parts[{number - 1}]"
        yield from _of_a_cycle(recipe, place, part, first, whole=last)


def _of_a_cycle(
    recipe: Recipe, place: str, word: Any, first: int, *, whole: bool = True
) -> Iterator[str]:
    """Check a schedule that goes up and down, from a step of the run on."""
    if word.kind not in ("one_cycle", "cyclic"):
        return
    fields = kinds_of(Optimizer)[recipe.optimizer.kind].model_fields
    if word.cycle_momentum and not {"momentum", "betas"} & fields.keys():
        yield (
            f"{place}.cycle_momentum: {recipe.optimizer.kind} has neither momentum nor betas; set"
            " cycle_momentum: false"
        )
    if word.kind == "cyclic" and word.maximum <= word.minimum:
        yield f"{place}.maximum {word.maximum:g} must be above minimum {word.minimum:g}"
    if word.kind == "one_cycle":
        yield from _of_one_cycle(recipe, place, word, first, whole=whole)


def _of_one_cycle(
    recipe: Recipe, place: str, word: Any, first: int, *, whole: bool
) -> Iterator[str]:
    each = steps_per_epoch(recipe)
    length = word.steps or word.epochs * each
    run = (recipe.stop.steps or recipe.stop.longest * each) - first
    if whole and run > length:
        yield (
            f"{place}: one_cycle ends after {length} steps, and the run has {run} from its start;"
            " torch refuses a step beyond"
        )
    if word.rising * length <= 1:
        yield f"{place}.rising {word.rising:g} of {length} steps is less than a step"
    if word.three_phase and word.rising >= 0.5:
        yield f"{place}.rising {word.rising:g} must be below 0.5 with three_phase"


def _of_the_average(recipe: Recipe) -> Iterator[str]:
    word = recipe.average_weights
    if word is None or word.kind != "swa":
        return
    if word.from_epoch > recipe.stop.longest:
        yield (
            f"average_weights.from_epoch {word.from_epoch} is after the run's"
            f" {recipe.stop.longest} epochs: nothing is averaged"
        )
    if word.learning_rate and recipe.schedule.kind == "plateau":
        yield "average_weights.learning_rate: a plateau schedule goes on; leave one of them out"
    if word.learning_rate and word.from_epoch < recipe.warmup_epochs:
        yield (
            f"average_weights.from_epoch {word.from_epoch} is within the warm-up of"
            f" {recipe.warmup_epochs} epochs, whose rate rises still"
        )


def _of_the_measures(recipe: Recipe) -> Iterator[str]:
    tests = recipe.selection.test or recipe.also_test or recipe.evaluate == "test"
    if recipe.measures and not tests:
        yield (
            "measures are taken on the test set, which this recipe never scores: it needs"
            " `selection.test: true`, `also_test: true` or `evaluate: test`"
        )
    words = recipe.transforms.test or recipe.transforms.evaluation
    crops = [name for name in recipe.measures if "crop" in name]
    if crops and all(word.kind != "center_crop" for word in words):
        yield (
            f"measures: {crops[0]} takes crops of the size that the test images' `center_crop`"
            " cuts, and there is none"
        )
    if len(set(recipe.measures)) < len(recipe.measures):
        yield "measures: each is named once"


def _of_a_monitor(recipe: Recipe, key: str, quantity: str) -> Iterator[str]:
    measured = measured_quantities(recipe)
    if quantity not in measured:
        yield (
            f"{key} {quantity!r} is not measured after every epoch: it needs"
            f" `evaluate: {quantity.split('_')[0]}`, or one of {', '.join(measured)}"
        )


CHECKS: tuple[Callable[[Recipe], Iterator[str]], ...] = (
    *(_of_the_optimizer, _of_the_batches, _of_the_sets, _of_the_stop, _of_the_schedule),
    *(_of_the_average, _of_the_measures),
)
