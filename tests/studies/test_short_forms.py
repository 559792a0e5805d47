"""Words without keys stand alone, and a kind may be the only key: both are the whole form."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from tests.support.recipes import make_recipe
from tests.support.words import TRAINED, recipe_with

from regrade.studies.mistakes import dotted, mistakes_of
from regrade.studies.recipe import RecipeChanges
from regrade.studies.reference import KINDS

SECTIONS = (*TRAINED, "splits", "selections", "stop rules")
WORDS = [(section, kind) for section in SECTIONS for kind in KINDS[section]]


def shortened(value: Any) -> Any:
    """Write a setting, and all inside of it, in the shortest form; networks keep their `kind`."""
    if isinstance(value, list):
        return [shortened(part) for part in value]
    if not isinstance(value, dict):
        return value
    rest = {key: shortened(part) for key, part in value.items() if key != "kind"}
    if "kind" not in value or value["kind"] in KINDS["networks"]:
        return rest | {"kind": value["kind"]} if "kind" in value else rest
    return {value["kind"]: rest} if rest else value["kind"]


@pytest.mark.parametrize(("section", "kind"), WORDS)
def test_a_short_form_is_the_same_recipe(section: str, kind: str) -> None:
    whole = recipe_with(section, kind)
    assert shortened(whole) != whole
    assert make_recipe(**shortened(whole)) == make_recipe(**whole)


def test_the_settings_of_a_run_have_the_short_forms_of_the_protocol() -> None:
    changes = RecipeChanges.model_validate(
        {"split": "none", "schedule": {"step": {"every": 2, "factor": 0.5}}, "loss": "nll"}
    )
    assert changes.split and changes.split.kind == "none"
    assert changes.schedule and changes.schedule.kind == "step"
    assert changes.loss and changes.loss.kind == "nll"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (
            {"schedule": {"step": {"every": 2, "gamma": 0.5}}},
            "schedule.step.gamma: unknown key; did you mean 'factor'?",
        ),
        ({"schedule": {"StepLR": {"every": 2}}}, "schedule: found 'StepLR'; did you mean 'step'?"),
        ({"schedule": "StepLR"}, "schedule: found 'StepLR'; did you mean 'step'?"),
        ({"loss": {"focal": {"gamma": 2}}}, "loss: found 'focal'; allowed: cross_entropy"),
        ({"schedule": {"step": None, "every": 2}}, "schedule: step is empty: indent its keys"),
        (
            {"split": {"random": {"validation": 0.1, "seed": 0}}},
            "split.random.validation: found 0.1: a number of images belongs here: 0.1 of 50,",
        ),
        (
            {"split": {"random": {"validation": "10%", "seed": 0}}},
            "split.random.validation: found 10%: a number of images belongs here: 0.1 of 50,",
        ),
        ({"schedule": {"rates": {1: 0.1}}}, "schedule: the key 'kind' is missing"),
        ({"split": "random"}, "split: the key 'validation' is missing"),
        ({"loss": {"cross_entropy": None}}, "loss: cross_entropy without keys stands alone"),
        (
            {"schedule": {"step": 30}},
            "schedule: found 30 in step: its keys stand there: `every`",
        ),
    ],
)
def test_a_mistake_in_a_short_form_is_told_at_its_place(settings: dict, expected: str) -> None:
    with pytest.raises(ValidationError) as raised:
        RecipeChanges.model_validate(settings)
    found = mistakes_of(raised.value, settings)
    assert any(f"{dotted(one.keys)}: {one.text}".startswith(expected) for one in found), found
