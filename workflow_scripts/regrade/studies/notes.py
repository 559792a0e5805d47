"""What is worth a second look in a study without mistakes: it may be meant so, but seldom is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from regrade.studies.recipe import Recipe
from regrade.studies.resolve import ResolvedRun, resolve
from regrade.studies.schedules import Cosine, MultiStepDecay, OneCycle
from regrade.studies.study import Study

_AS_REPEAT = re.compile(r"\b(again|repeat\w*|repetition|same|second|once more)\b", re.IGNORECASE)
"""How a study tells that a run is another one trained once more."""


@dataclass(frozen=True)
class Note:
    """Something to look at again, and the first run that has it."""

    run: str
    text: str


def notes_of(study: Study) -> list[Note]:
    """Return the notes on a study that has passed `regrade.studies.load`, each once."""
    runs = resolve(study)
    found: dict[str, Note] = {}
    for run in runs:
        for rule in RULES:
            for text in rule(run.recipe):
                found.setdefault(text, Note(run.name, text))
    return [*found.values(), *_same_recipes(study, runs)]


def _softmax_twice(recipe: Recipe) -> Iterator[str]:
    """Tell of a softmax before a loss that has one: Keras' networks end with it, torch's do not."""
    if recipe.model.kind != "chain" or recipe.loss.kind != "cross_entropy":
        return
    last = recipe.model.layers[-1]
    while last.kind == "sequence":
        last = last.layers[-1]
    if last.kind == "softmax":
        yield (
            "cross_entropy takes logits: the last softmax of Keras' networks is a part of it; leave"
            " it out unless the report's code has both"
        )


def _long_schedule(recipe: Recipe) -> Iterator[str]:
    """Tell of a schedule that is not over when training is."""
    schedule, last = recipe.schedule, recipe.stop.longest
    ends = f"but training ends after {last}"
    if isinstance(schedule, Cosine | OneCycle) and (schedule.epochs or 0) > last:
        yield f"schedule: {schedule.kind} over {schedule.epochs} epochs, {ends}"
    if isinstance(schedule, MultiStepDecay) and schedule.per == "epoch":
        for epoch in schedule.after:
            if epoch >= last:
                yield f"schedule: the rate changes after epoch {epoch}, {ends}"


def _unlike_images(recipe: Recipe) -> Iterator[str]:
    """Tell of images that are normalized in training alone."""
    training, evaluation = (
        {word.kind for word in words}
        for words in (recipe.transforms.training, recipe.transforms.evaluation)
    )
    if "normalize" in training - evaluation:
        yield "transforms: `normalize` stands in training and not in evaluation"


RULES: tuple[Callable[[Recipe], Iterator[str]], ...] = (
    _softmax_twice,
    _long_schedule,
    _unlike_images,
)
"""What is held against every recipe."""


def _same_recipes(study: Study, runs: list[ResolvedRun]) -> Iterator[Note]:
    """Tell of runs that differ in nothing, where the study does not say that one is a repeat."""
    of_name = {run.name: run.run for run in runs}
    for run in runs:
        first = of_name[run.trained_as]
        told = " ".join([study.runs[run.run].title, *study.runs[run.run].notes])
        is_told = _AS_REPEAT.search(told) or re.search(rf"\b{first}\b", told)
        if first != run.run and not is_told:
            yield Note(run.name, f"it has the recipe of {run.trained_as}, and is trained once")
