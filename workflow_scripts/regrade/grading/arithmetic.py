"""A spell-checker for results: what a report's own numbers say of one another, by arithmetic.

Nothing is measured and no predicate is written. Each rule takes the published numbers of one run
and yields what cannot be. It is in the spirit of GRIM (Brown and Heathers 2017, Social
Psychological and Personality Science 8, 363-369: means of whole numbers are multiples of 1/n) and
of statcheck (Nuijten et al. 2016, Behavior Research Methods 48, 1205-1226).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from regrade.grading.printed import Printed, read_printed
from regrade.studies.datasets import DATASETS
from regrade.studies.images import held_out_images, scored_images
from regrade.studies.resolve import ResolvedRun, default_name, resolve
from regrade.studies.study import Study

COLUMNS = ("study", "run", "rule", "text")
INITIAL_LOSS = 0.25
"""How far, in nats, the loss before training may lie from ln(classes): default initialisation of
torch gives logits with a variance well below 1, which adds at most about half of it."""
TIME_SLACK = 0.05
"""Relative: a total time has parts beside the epochs, such as the evaluation at the end."""
ROUNDING = 1e-6
"""Of images: the error of floating-point numbers, far below one."""
_SERIES = re.compile(r"^(max|min|first|last|selected|argmax|argmin|total|mean|median)\((\w+)\)$")


@dataclass(frozen=True)
class Finding:
    """Something that cannot be, by arithmetic."""

    study: str
    run: str
    rule: str
    text: str


@dataclass(frozen=True)
class Numbers:
    """The report's own numbers of a run, by quantity, with what their digits leave open."""

    run: ResolvedRun
    found: dict[str, list[Printed]]

    def get(self, quantity: str) -> tuple[float, float] | None:
        """Return the ends of a quantity's first printed value."""
        values = self.found.get(quantity)
        return values[0].ends if values else None

    def shown(self, quantity: str) -> str:
        """Write a quantity with its digits."""
        return f"{quantity} = {self.found[quantity][0].number.printed}"


def check_study(study: Study) -> list[Finding]:
    """Apply every rule to every run of a study, in the variant that its numbers belong to."""
    return [
        Finding(study.study, numbers.run.run, name, text)
        for numbers in _numbers(study)
        for name, rule in RULES.items()
        for text in rule(numbers)
    ]


def _numbers(study: Study) -> Iterator[Numbers]:
    runs = {run.name: run for run in resolve(study)}
    for name, run in study.runs.items():
        found: dict[str, list[Printed]] = {}
        for number in run.published.numbers:
            if number.role == "primary":
                found.setdefault(number.quantity, []).append(read_printed(number, run))
        if found:
            yield Numbers(runs[default_name(study, name)], found)


def _of_series(numbers: Numbers) -> Iterator[tuple[str, str, str]]:
    """Yield quantity, function and series of each number that reads a learning curve."""
    for quantity in numbers.found:
        match = _SERIES.match(quantity)
        if match:
            yield quantity, match[1], match[2]


def granularity(numbers: Numbers) -> Iterator[str]:
    """Hold accuracies of n images against multiples of 1/n, unless unequal batches are averaged."""
    recipe = numbers.run.recipe
    if recipe.metrics.evaluation_accuracy != "image_mean":
        return
    for quantity, function, series in _of_series(numbers):
        if series != f"{recipe.evaluate}_accuracy" or function in ("mean", "median", "argmax"):
            continue
        images = scored_images(recipe)
        for printed in numbers.found[quantity]:
            low, high = (end * images for end in printed.ends)
            none_between = math.ceil(low - ROUNDING) > high + ROUNDING
            if printed.number.rounding != "digitised" and none_between:
                yield (
                    f"{quantity} = {printed.number.printed} is no share of {images} images; it can"
                    " be if batches of unequal size were averaged"
                )


def extremes(numbers: Numbers) -> Iterator[str]:
    """Hold the best of a curve against its first, last and selected value."""
    for quantity, function, series in _of_series(numbers):
        if function not in ("max", "min"):
            continue
        extreme = numbers.get(quantity)
        for other in (f"last({series})", f"first({series})", f"selected({series})"):
            value = numbers.get(other)
            if value is None or extreme is None:
                continue
            is_beaten = extreme[1] < value[0] if function == "max" else extreme[0] > value[1]
            if is_beaten:
                yield f"{numbers.shown(quantity)}, but {numbers.shown(other)}"


def loss_and_accuracy(numbers: Numbers) -> Iterator[str]:
    """Hold mean cross-entropies against (1 - accuracy) ln 2 on the same images and weights.

    A wrong image has a probability below 1/2 for its class, which costs more than ln 2.
    """
    metrics, loss_word = numbers.run.recipe.metrics, numbers.run.recipe.loss
    if loss_word.kind != "cross_entropy" or loss_word.label_smoothing:
        return
    for quantity, function, series in _of_series(numbers):
        if not series.endswith("_loss") or function not in ("first", "last", "selected"):
            continue
        part = series.removesuffix("_loss")
        is_training = part == "train"
        averaged = metrics.train_accuracy if is_training else metrics.evaluation_accuracy
        accuracy = numbers.get(f"{function}({part}_accuracy)")
        loss = numbers.get(quantity)
        if accuracy is None or loss is None or averaged != "image_mean" or is_training:
            continue
        least = (1 - accuracy[1]) * math.log(2)
        if loss[1] < least:
            yield (
                f"{numbers.shown(quantity)} is less than {least:.4f}, which so many wrong images"
                f" cost at least ({numbers.shown(f'{function}({part}_accuracy)')})"
            )


def epochs(numbers: Numbers) -> Iterator[str]:
    """Hold epochs against the length of the run."""
    stop = numbers.run.recipe.stop
    last = stop.at_most or stop.epochs
    for quantity in numbers.found:
        if quantity == "selected_epoch" or quantity.startswith(("argmax(", "argmin(")):
            ends = numbers.get(quantity)
            if ends and (ends[0] > last or ends[1] < 1):
                yield f"{numbers.shown(quantity)}, but the run has epochs 1 to {last}"


def initial_loss(numbers: Numbers) -> Iterator[str]:
    """Hold the loss before training, when all classes are as likely, against ln(classes)."""
    ends = numbers.get("initial_loss")
    expected = math.log(DATASETS[numbers.run.recipe.dataset].classes)
    if ends and (ends[0] > expected + INITIAL_LOSS or ends[1] < expected - INITIAL_LOSS):
        yield f"{numbers.shown('initial_loss')} is far from ln(classes) = {expected:.4f}"


def sizes(numbers: Numbers) -> Iterator[str]:
    """Hold parameters and multiply-adds against the layer table."""
    for quantity in ("parameters", "macs"):
        for printed in numbers.found.get(quantity, []):
            counted = getattr(numbers.run.cost, quantity)
            if not printed.prints(counted):
                yield f"{quantity} = {printed.number.printed}, but the layers have {counted:,}"


def times(numbers: Numbers) -> Iterator[str]:
    """Hold the total time against the number of epochs times the time of one."""
    total = numbers.get("total(seconds)")
    if numbers.run.recipe.stop.early_stopping:
        return
    count = numbers.run.recipe.stop.epochs
    for quantity in ("median(seconds)", "mean(seconds)"):
        each = numbers.get(quantity)
        if total and each and total[1] * (1 + TIME_SLACK) < each[0] * count:
            whole = numbers.shown("total(seconds)")
            yield f"{whole}, but {count} epochs of {numbers.shown(quantity)}"


def repeats(numbers: Numbers) -> Iterator[str]:
    """Hold what is printed twice against itself, as far as the digits go."""
    for quantity, values in numbers.found.items():
        first = values[0]
        for other in values[1:]:
            if first.low > other.high or other.low > first.high:
                yield (
                    f"{quantity} is {first.number.printed} ({first.number.source}) and"
                    f" {other.number.printed} ({other.number.source})"
                )


def split(numbers: Numbers) -> Iterator[str]:
    """Hold numbers of training and scored images against data set and split."""
    recipe = numbers.run.recipe
    data = DATASETS[recipe.dataset]
    counted = {
        "scored_images": scored_images(recipe),
        "training_images": data.training_images - held_out_images(recipe),
    }
    for quantity, images in counted.items():
        for printed in numbers.found.get(quantity, []):
            if not printed.prints(images):
                yield f"{quantity} = {printed.number.printed}, but the split gives {images:,}"


RULES: dict[str, Callable[[Numbers], Iterator[str]]] = {
    "granularity": granularity,
    "extremes": extremes,
    "loss and accuracy": loss_and_accuracy,
    "epochs": epochs,
    "initial loss": initial_loss,
    "sizes": sizes,
    "times": times,
    "repeats": repeats,
    "split": split,
}
"""Every rule by its name; its docstring is what pages say of it."""
