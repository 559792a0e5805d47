"""A spell-checker for results: what a report's own numbers say of one another, by arithmetic.

Nothing is measured and no predicate is written. Each rule takes the published numbers of one run
and yields what cannot be; `regrade.grading.stated` does so with what the text says of them. It is
in the spirit of GRIM and of statcheck. The docstrings of the rules, with their sources, are what
the page of methods shows.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from regrade.grading import stated
from regrade.grading.counting import COUNTS
from regrade.grading.guessing import initial_loss, is_cross_entropy
from regrade.grading.published_runs import stands_for
from regrade.grading.told_numbers import Numbers, numbers_of
from regrade.studies.images import scored_images
from regrade.studies.study import Study

COLUMNS = ("study", "run", "rule", "text")
TIME_SLACK = 0.05
"""Relative: a total time has parts beside the epochs, such as the evaluation at the end."""
ROUNDING = 1e-6
"""Of images: the error of floating-point numbers, far below one."""
_SERIES = re.compile(r"^(max|min|first|last|selected|argmax|argmin|total|mean|median)\((\w+)\)$")


@dataclass(frozen=True)
class Contradiction:
    """Something that cannot be, by arithmetic."""

    study: str
    run: str
    rule: str
    text: str


def check_study(study: Study) -> list[Contradiction]:
    """Apply every rule to every run of a study, and to what its text states."""
    of_runs = (
        Contradiction(study.study, numbers.run.run, name, text)
        for numbers in numbers_of(study)
        for name, rule in RULES.items()
        for text in rule(numbers)
    )
    of_text = (
        Contradiction(study.study, said.run, f"stated {said.kind}", text)
        for said, text in stated.contradictions(study)
    )
    return [*of_runs, *of_text]


def _of_series(numbers: Numbers) -> Iterator[tuple[str, str, str]]:
    """Yield quantity, function and series of each number that reads a learning curve."""
    for quantity in numbers.found:
        match = _SERIES.match(quantity)
        if match:
            yield quantity, match[1], match[2]


def granularity(numbers: Numbers) -> Iterator[str]:
    """Hold accuracies of n images against multiples of 1/n, unless unequal batches are averaged.

    The mean of m runs is a multiple of 1/(m n).

    Source: GRIM: Brown and Heathers (2017), Social Psychological and Personality Science 8,
    363-369.
    """
    recipe = numbers.run.recipe
    if recipe.metrics.evaluation_accuracy != "image_mean":
        return
    for quantity, function, series in _of_series(numbers):
        if series != f"{recipe.evaluate}_accuracy" or function in ("mean", "median", "argmax"):
            continue
        for printed in numbers.found[quantity]:
            images = scored_images(recipe) * (printed.number.runs or 1)
            low, high = (end * images for end in printed.ends)
            none_between = math.ceil(low - ROUNDING) > high + ROUNDING
            if printed.number.rounding != "digitised" and none_between:
                yield (
                    f"{quantity} = {printed.number.printed} is no share of {images} images; it can"
                    " be if batches of unequal size were averaged"
                )


def extremes(numbers: Numbers) -> Iterator[str]:
    """Hold the best of a curve against its first, last and selected value.

    Source: an order of numbers; statcheck: Nuijten et al. (2016), Behavior Research Methods 48,
    1205-1226.
    """
    for quantity, function, series in _of_series(numbers):
        if function not in ("max", "min"):
            continue
        extreme = numbers.get(quantity)
        for other in (f"last({series})", f"first({series})", f"selected({series})"):
            value = numbers.get(other)
            if value is None or extreme is None or not numbers.are_of_the_same(quantity, other):
                continue
            is_beaten = extreme[1] < value[0] if function == "max" else extreme[0] > value[1]
            if is_beaten:
                yield f"{numbers.shown(quantity)}, but {numbers.shown(other)}"


def loss_and_accuracy(numbers: Numbers) -> Iterator[str]:
    """Hold mean cross-entropies against (1 - accuracy) ln 2 on the same images and weights.

    A wrong image has a probability below 1/2 for its class, which costs more than ln 2.

    Source: cross-entropy: Goodfellow, Bengio and Courville (2016), Deep Learning, MIT Press,
    section 6.2.2.
    """
    recipe = numbers.run.recipe
    if not is_cross_entropy(recipe) or recipe.metrics.evaluation_accuracy != "image_mean":
        return
    for quantity, function, series in _of_series(numbers):
        if not series.endswith("_loss") or function not in ("first", "last", "selected"):
            continue
        part = series.removesuffix("_loss")
        accuracy = numbers.get(f"{function}({part}_accuracy)")
        loss = numbers.get(quantity)
        if accuracy is None or loss is None or part == "train":
            continue
        least = (1 - accuracy[1]) * math.log(2)
        if loss[1] < least:
            yield (
                f"{numbers.shown(quantity)} is less than {least:.4f}, which so many wrong images"
                f" cost at least ({numbers.shown(f'{function}({part}_accuracy)')})"
            )


def epochs(numbers: Numbers) -> Iterator[str]:
    """Hold epochs against the length of the run.

    Source: the report's own number of epochs.
    """
    last = numbers.run.recipe.stop.longest
    for quantity in numbers.found:
        if quantity == "selected_epoch" or quantity.startswith(("argmax(", "argmin(")):
            ends = numbers.get(quantity)
            if ends and (ends[0] > last or ends[1] < 1):
                yield f"{numbers.shown(quantity)}, but the run has epochs 1 to {last}"


def sizes(numbers: Numbers) -> Iterator[str]:
    """Hold parameters and multiply-adds against the layer table.

    Source: counting; a multiply-add is one of a convolution or linear layer, for one image.
    """
    for quantity in ("parameters", "macs"):
        for printed in numbers.found.get(quantity, []):
            count = COUNTS[quantity](numbers.run)
            if not printed.prints(count):
                yield f"{quantity} = {printed.told}, but the layers have {count:,}"


def times(numbers: Numbers) -> Iterator[str]:
    """Hold the total time against the number of epochs times the time of one.

    Half of all epochs take the median time or more.

    Source: a total is at least the sum of its parts; 5 % are left for what epochs exclude.
    """
    total = numbers.get("total(seconds)")
    if numbers.run.recipe.stop.early_stopping:
        return
    epochs = numbers.run.recipe.stop.epochs
    for quantity, count in (("median(seconds)", math.ceil(epochs / 2)), ("mean(seconds)", epochs)):
        each = numbers.get(quantity)
        if not total or not each or not numbers.are_of_the_same(quantity, "total(seconds)"):
            continue
        if total[1] * (1 + TIME_SLACK) < each[0] * count:
            whole = numbers.shown("total(seconds)")
            yield f"{whole}, but {count} epochs of {numbers.shown(quantity)}"


def repeats(numbers: Numbers) -> Iterator[str]:
    """Hold what is printed twice against itself, as far as the digits go.

    Source: statcheck: Nuijten et al. (2016), as above.
    """
    for quantity, values in numbers.found.items():
        first = values[0]
        for other in values[1:]:
            if stands_for(first.number) != stands_for(other.number):
                continue
            if first.low > other.high or other.low > first.high:
                yield (
                    f"{quantity} is {first.number.printed} ({first.number.source}) and"
                    f" {other.number.printed} ({other.number.source})"
                )


def split(numbers: Numbers) -> Iterator[str]:
    """Hold numbers of scored images and of steps against data set, split and batches.

    Source: the cards of the data sets: 50,000 training and 10,000 test images (Krizhevsky 2009).
    """
    for quantity in ("scored_images", "steps_per_epoch"):
        for printed in numbers.found.get(quantity, []):
            count = COUNTS[quantity](numbers.counted(printed))
            if not printed.prints(count):
                yield f"{quantity} = {printed.number.printed}, but the split gives {count:,}"


def variants(numbers: Numbers) -> Iterator[str]:
    """Hold what is printed of a run against the run as the text tells it.

    Source: counting, on the network, split and batches of the text.
    """
    if numbers.told is None:
        return
    for quantity, count in COUNTS.items():
        as_told = count(numbers.told)
        for printed in numbers.found.get(quantity, []):
            if printed.number.variant is None and not printed.prints(as_told):
                yield f"{quantity} = {printed.number.printed}, but as told it is {as_told:,}"


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
    "variants": variants,
}
"""Every rule on the numbers of a run, by its name; its docstring is what pages say of it."""
