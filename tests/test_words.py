"""Every kind of the schema has all its parts: a word added to the schema alone fails here."""

from __future__ import annotations

from collections.abc import Collection
from math import isfinite

import pytest
from tests.support.device_training import run
from tests.support.fake_device import DEVICE
from tests.support.recipes import make_recipe
from tests.support.words import KEYS, TRAINED, example, recipe_with

from regrade.data import load, operations
from regrade.grading.functions import IMPLEMENTATIONS
from regrade.models import build, chain, initialization, stages
from regrade.models.layer_table import layer_table
from regrade.report import picture
from regrade.report.figures import draw
from regrade.report.recipe_text import setting_text
from regrade.studies import chain_rows, cost, images, layer_rows, residual_shortcuts, stage_rows
from regrade.studies.functions import FUNCTIONS
from regrade.studies.reference import KINDS, reference
from regrade.studies.vocabulary import ATTRIBUTES, CURVES
from regrade.training import (
    averaging,
    history,
    learning_rates,
    losses,
    mixing,
    optimizers,
    stop_rules,
)

pytestmark = pytest.mark.usefixtures("repeatable")

ALL = [(section, kind) for section, kinds in KINDS.items() for kind in kinds]
BUILDERS: dict[str, Collection[str]] = {
    "networks": build.BUILDERS,
    "layers": chain.BUILDERS,
    "residual shortcuts": residual_shortcuts.LAYERS,
    "initializations": initialization.RULES,
    "blocks": stages.BLOCKS,
    "shortcuts": stages.SHORTCUTS,
    "transforms": operations.OPERATIONS,
    "splits": load.SPLITS,
    "losses": losses.LOSSES,
    "penalties": losses.PENALTIES,
    "mixes": mixing.MIXES,
    "clips": losses.CLIPS,
    "averages": averaging.RULES,
    "optimizers": optimizers.FORMULAS,
    "schedules": learning_rates.LEARNING_RATES,
    "stop rules": stop_rules.GOES_ON,
    "selections": history.SELECTIONS,
    "displays": draw.DRAWERS.keys() | picture.WRITTEN,
}
COSTS: dict[str, Collection[str]] = {
    "networks": cost.WALKS.keys() | {"torchvision", "timm"},
    "layers": layer_rows.ROWS.keys() | chain_rows.COMPOUNDS.keys(),
    "residual shortcuts": residual_shortcuts.LAYERS,
    "blocks": stage_rows.BLOCKS,
    "shortcuts": stage_rows.SHORTCUTS,
    "splits": images.HELD_OUT,
}


@pytest.mark.parametrize(("section", "kind"), ALL)
def test_a_kind_of_the_schema_has_all_its_parts(section: str, kind: str) -> None:
    parts = {
        "a builder": kind in BUILDERS[section],
        "a cost": kind in COSTS.get(section, [kind]),
        "a line in the reference of words": f"`{kind}`" in reference(),
    }
    missing = " and ".join(part for part, is_there in parts.items() if not is_there)
    assert not missing, f"{kind!r} of the {section} lacks {missing}"
    if section in ("displays", "stop rules", "selections"):
        return
    fields = KINDS[section][kind].model_fields.items()
    needed = {name for name, field in fields if field.is_required()} - {"kind"}
    given = KEYS.get((section, kind), {}).keys()
    assert needed <= given, f"tests/support/words.py lacks an example of {kind!r} with its keys"
    text = setting_text(example(section, kind))
    assert text and "_" not in text, f"{kind!r} has no line on the page of a run"


@pytest.mark.parametrize(
    ("section", "kind"), [key for key in ALL if key[0] in ("layers", "residual shortcuts")]
)
def test_a_layer_has_a_row_in_the_layer_table(section: str, kind: str) -> None:
    """The arithmetic and the built network list the same; a layer of layers lists those inside."""
    recipe = make_recipe(**recipe_with(section, kind))
    rows = layer_table(build.build_network(recipe.model, 10, 32), 32)
    keys = ("name", "kind", "output", "parameters", "macs")
    expected = [
        (row.name, row.kind, list(row.output), row.parameters, row.macs)
        for row in cost.rows(recipe.model, 32, 10)
    ]
    assert [tuple(row[key] for key in keys) for row in rows] == expected
    written = [layer.kind for layer in recipe.model.layers]
    if section == "layers" and kind in layer_rows.ROWS:
        assert [row["kind"] for row in rows] == written, f"{kind!r} has no row in the layer table"


@pytest.mark.parametrize(
    ("section", "kind"),
    [key for key in ALL if key[0] in TRAINED or key[1] in ("chain", "stages")],
)
def test_a_kind_trains_on_a_strict_device(section: str, kind: str) -> None:
    scores, crossed = run(make_recipe(**recipe_with(section, kind)), DEVICE)
    assert all(isfinite(score.loss) for score in scores) and crossed == []


def test_a_kind_without_a_builder_is_refused_and_never_taken_for_another() -> None:
    for builders in (
        chain.BUILDERS,
        optimizers.FORMULAS,
        learning_rates.LEARNING_RATES,
        load.SPLITS,
    ):
        with pytest.raises(KeyError, match="unheard_of"):
            builders["unheard_of"]


def test_every_function_has_a_unit_and_an_implementation() -> None:
    missing = FUNCTIONS.keys() - IMPLEMENTATIONS.keys() - {"selected", "spread"}
    assert not missing, f"functions without an implementation: {', '.join(sorted(missing))}"
    with pytest.raises(TypeError, match="'unit'"):
        type(FUNCTIONS["last"])((), FUNCTIONS["last"].gives, "without a unit")


def test_columns_of_histories_are_those_of_the_vocabulary() -> None:
    assert history.to_csv([]).split() == [
        "epoch,lr,train_loss,train_accuracy,validation_loss,validation_accuracy,test_loss,"
        "test_accuracy,seconds"
    ]
    assert ATTRIBUTES.keys() >= set(CURVES)
