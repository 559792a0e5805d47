"""What no single word of ours answers is answered with how it is written here."""

from __future__ import annotations

import json

import pytest

from regrade.studies.base import kinds_of
from regrade.studies.compositions import Layer
from regrade.studies.foreign_advice import ADVICE
from regrade.studies.functions import FUNCTIONS
from regrade.studies.layers import BatchNorm, Conv
from regrade.studies.mixing import Mix
from regrade.studies.recipe import Recipe
from regrade.studies.spelling import suggest
from regrade.studies.stopping import Stop
from regrade.studies.study import Run, Study
from regrade.studies.vocabulary import ATTRIBUTES, CURVES, PRINTED_UNITS

SETTINGS = [*Recipe.model_fields]
LAYERS = [*kinds_of(Layer)]


@pytest.mark.parametrize(
    ("word", "known", "told"),
    [
        ("weight_decay", SETTINGS, "a key of `optimizer`"),
        ("label_smoothing", SETTINGS, "a key of `loss`"),
        ("epochs", SETTINGS, "a key of `stop`"),
        ("seed", SETTINGS, "--config seeds=3"),
        ("Activation", LAYERS, "- relu"),
        ("nn.Identity()", LAYERS, "left out"),
        ("DepthwiseConv2D", LAYERS, "groups: inputs"),
        ("Add", LAYERS, "`residual`"),
        ("activation", [*Conv.model_fields], "a layer of its own"),
        ("in_channels", [*Conv.model_fields], "leave it out"),
        ("num_features", [*BatchNorm.model_fields], "leave it out"),
        ("iterations", [*Stop.model_fields], "did you mean 'steps'"),
        ("none", [*kinds_of(Mix)], "leave the key out"),
        ("test_error", ATTRIBUTES, "1 - last(test_accuracy)"),
        ("accuracy", ATTRIBUTES, "of which images"),
        ("FLOPs", ATTRIBUTES, "`macs`"),
        ("best", FUNCTIONS, "`max`"),
        ("accuracy", PRINTED_UNITS, "`percent`"),
        ("points", PRINTED_UNITS, "`percent`"),
        ("optimizer", [*Run.model_fields], "in its `recipe`"),
        ("optimizer", [*Study.model_fields], "in `protocol`"),
    ],
)
def test_a_foreign_way_is_answered_with_ours(word: str, known: list[str], told: str) -> None:
    assert told in suggest(word, known)


@pytest.mark.parametrize("model", [Run, Study])
def test_every_setting_is_known_where_none_stands(model: type[Run | Study]) -> None:
    known = [*model.model_fields]
    silent = [name for name in SETTINGS if "in a run's" not in suggest(name, known)]
    assert [name for name in silent if "its `recipe`" not in suggest(name, known)] == []


def test_words_that_are_little_alike_are_not_suggested() -> None:
    assert suggest("pints", PRINTED_UNITS) == ""
    assert suggest("sdg", ["sgd", "adam"]) == "; did you mean 'sgd'?"


def test_advice_is_given_only_where_its_place_is() -> None:
    """A `momentum` that is no key of the recipe may be the name of an optimizer."""
    assert suggest("momentum", ["sgd", "adam"]) == "; did you mean 'sgd'?"
    assert suggest("accuracy", CURVES) == "; did you mean 'train_accuracy'?"


def test_no_advice_is_given_for_a_word_that_is_allowed() -> None:
    assert suggest("epochs", [*Stop.model_fields]) == "; did you mean 'epochs'?"


def test_the_places_of_advice_exist() -> None:
    schema = json.dumps(Study.model_json_schema())
    elsewhere = ATTRIBUTES.keys() | FUNCTIONS.keys()
    assert [
        place for place in ADVICE if f'"{place}"' not in schema and place not in elsewhere
    ] == []


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_setting_beside_a_recipe_is_sent_into_it(setting: str) -> None:
    assert "in its `recipe`" in suggest(setting, Run.model_fields)
