"""From study files to what is trained: merging, variants, repeated recipes, hashes, budgets."""

from __future__ import annotations

import itertools
import json

import pytest
from tests.support.recipes import TO_TENSOR, as_trainer_sees, make_recipe

from regrade.fingerprint import recipe_hash
from regrade.studies.budget import PREVIEW_MACS, budget
from regrade.studies.images import scored_images, training_images
from regrade.studies.load import load_study
from regrade.studies.recipe import Recipe
from regrade.studies.resolve import (
    ResolvedRun,
    canonical,
    default_name,
    image_size,
    merge,
    resolve,
    trained_runs,
)


def resolved(path) -> dict[str, ResolvedRun]:
    return {run.name: run for run in resolve(load_study(path))}


def test_a_run_takes_from_the_protocol_what_it_does_not_change(write_study) -> None:
    changed = "recipe: {model: net, optimizer: {kind: adam, learning_rate: 0.5}}\n    published"
    runs = resolved(write_study(("recipe: {model: net}\n    published", changed)))
    assert runs["A1"].recipe.optimizer.kind == "adam"
    assert runs["A2-as-told"].recipe.optimizer.kind == "sgd"
    assert runs["A1"].recipe.batches == runs["A2-as-told"].recipe.batches
    assert runs["A1"].recipe.model.kind == "chain"


def test_a_change_replaces_a_whole_setting(write_study) -> None:
    """The momentum of the protocol does not leak into a run that gives its own optimizer."""
    runs = resolved(
        write_study(
            ("learning_rate: 0.1}", "learning_rate: 0.1, momentum: 0.9}"),
            (
                "as-run: {stop: {epochs: 5}}",
                "as-run: {optimizer: {kind: sgd, learning_rate: 0.2}}",
            ),
        )
    )
    assert runs["A2-as-told"].recipe.optimizer.momentum == 0.9
    assert runs["A2-as-run"].recipe.optimizer.momentum == 0.0


def test_the_last_layer_of_changes_wins(plain_study) -> None:
    run = plain_study.runs["A2"]
    settings = merge(plain_study, run.recipe, run.variants["as-told"], run.variants["as-run"])
    assert settings["stop"].epochs == 5


def test_variants_are_runs_of_their_own(plain_study) -> None:
    runs = resolve(plain_study)
    assert [run.name for run in runs] == ["A1", "A2-as-told", "A2-as-run"]
    assert [run.recipe.stop.epochs for run in runs] == [3, 4, 5]


@pytest.mark.parametrize(
    ("changes", "variant"),
    [
        ((), "A2-as-run"),
        ((("      as-run: {stop: {epochs: 5}}\n", ""),), "A2-as-told"),
        ((("      as-told: {stop: {epochs: 4}}\n", ""),), "A2-as-run"),
    ],
)
def test_a_bare_name_means_the_evidence(write_study, changes, variant) -> None:
    study = load_study(write_study(*changes))
    assert default_name(study, "A2") == variant
    assert default_name(study, "A1") == "A1"


def test_a_repeated_recipe_is_trained_once(write_study) -> None:
    """Under the name of the first run that has it, however the file words it."""
    runs = resolved(
        write_study(
            ("as-told: {stop: {epochs: 4}}", "as-told: {stop: {epochs: 3, then_while: []}}"),
            ("as-run: {stop: {epochs: 5}}", "as-run: {stop: {epochs: 5}}\n  A3: {title: t}"),
            ("evaluate: validation", "evaluate: validation\n  model: net"),
        )
    )
    assert {name: run.trained_as for name, run in runs.items()} == {
        "A1": "A1",
        "A2-as-told": "A1",
        "A2-as-run": "A2-as-run",
        "A3": "A1",
    }
    assert [run.name for run in trained_runs(runs.values())] == ["A1", "A2-as-run"]


def test_a_run_that_is_only_counted_is_not_trained_for_others(write_study) -> None:
    runs = resolved(
        write_study(
            ("    title: plain\n", "    title: plain\n    measure_only: too large\n"),
            ("as-told: {stop: {epochs: 4}}", "as-told: {stop: {epochs: 3}}"),
        )
    )
    assert runs["A2-as-told"].trained_as == "A2-as-told"
    assert [run.name for run in trained_runs(runs.values())] == ["A2-as-told", "A2-as-run"]


def test_canonical_json_is_the_recipe_and_nothing_else() -> None:
    recipe = make_recipe(schedule={"kind": "table", "rates": {6: 0.2, 1: 0.1, 11: 0.3}})
    text = canonical(recipe)
    assert Recipe.model_validate_json(text) == recipe
    assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))
    assert as_trainer_sees(recipe).optimizer.momentum == 0.9


def test_a_recipe_has_one_hash_however_it_is_written() -> None:
    """Defaults spelled out, whole numbers for floats, keys in another order: the same recipe."""
    short = make_recipe(optimizer={"kind": "sgd", "learning_rate": 1.0})
    long = make_recipe(
        optimizer={"weight_decay": 0, "momentum": 0, "kind": "sgd", "learning_rate": 1},
        penalty=None,
        warmup_epochs=0,
    )
    assert canonical(short) == canonical(long)
    assert recipe_hash(canonical(short)) == recipe_hash(canonical(long))
    other = make_recipe(optimizer={"kind": "sgd", "learning_rate": 1.0, "nesterov": True})
    assert recipe_hash(canonical(other)) != recipe_hash(canonical(short))
    assert len(recipe_hash(canonical(other))) == 16


def test_images_of_a_recipe() -> None:
    resize, crop = {"kind": "resize", "size": 64}, {"kind": "random_crop", "size": 56}
    grown = make_recipe(transforms={"training": [], "evaluation": [resize, crop, TO_TENSOR]})
    assert (image_size(make_recipe()), image_size(grown)) == (32, 56)
    split = {"kind": "random", "validation": 5_000, "seed": 1}
    held_out = make_recipe(split=split, batches={"training": 32, "evaluation": 64})
    assert (training_images(held_out), scored_images(held_out)) == (45_000, 5_000)
    dropping = {"training": 32, "evaluation": 64, "drop_last_evaluation": True}
    assert scored_images(make_recipe(split=split, batches=dropping)) == 78 * 64
    whole = make_recipe(split={"kind": "none"}, evaluate="test")
    assert (training_images(whole), scored_images(whole)) == (50_000, 10_000)


def run_of(recipe: Recipe) -> ResolvedRun:
    return ResolvedRun("tiny", "A1", None, recipe, "A1", False)


def model_run(model: dict, size: int = 32, batch: int = 128) -> ResolvedRun:
    transforms = [{"kind": "resize", "size": size}, TO_TENSOR]
    return run_of(
        make_recipe(
            model=model,
            transforms={"training": transforms, "evaluation": transforms},
            batches={"training": batch, "evaluation": 500},
            split={"kind": "random", "validation": 5_000, "seed": 1},
            stop={"epochs": 30},
        )
    )


SMALL = {"kind": "chain", "layers": [{"kind": "flatten"}, {"kind": "linear", "features": 10}]}
MODELS = [
    SMALL,
    *({"kind": "torchvision", "name": name} for name in ("resnet18", "resnet34", "vgg16_bn")),
]


def test_the_full_scale_is_the_recipe() -> None:
    full = budget(model_run(SMALL), "full")
    assert (full.epochs, full.train_images, full.scored_images, full.share) == (
        30,
        45_000,
        5_000,
        1,
    )


def test_the_full_scale_allows_what_the_stop_rule_may_take() -> None:
    stop = {
        "epochs": 2,
        "then_while": [{"kind": "train_accuracy_below_test_accuracy"}],
        "at_most": 9,
    }
    recipe = make_recipe(stop=stop, split={"kind": "none"}, evaluate="test")
    assert budget(run_of(recipe), "full").epochs == 9
    assert budget(run_of(recipe), "preview").epochs == 2


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.get("name", "small"))
def test_a_preview_is_capped_whatever_the_network(model) -> None:
    """Else a large network would hold up the whole grid."""
    for size, batch in itertools.product((32, 64, 224), (1, 16, 128, 1024)):
        run = model_run(model, size, batch)
        found = budget(run, "preview")
        case = (size, batch, found)
        assert found.epochs * found.train_images * run.cost.macs <= PREVIEW_MACS, case
        assert found.epochs * found.scored_images * run.cost.macs <= PREVIEW_MACS, case
        assert 1 <= found.epochs <= 30, case
        assert 1 <= found.train_images <= 45_000, case
        assert 1 <= found.scored_images <= 5_000, case


def test_a_preview_of_a_small_network_shows_several_epochs() -> None:
    found = budget(model_run(SMALL), "preview")
    assert found.scale == "preview"
    assert found.epochs >= 5
    assert found.train_images >= 10 * 128
    assert found.scored_images >= 500


def test_the_share_of_a_preview_is_what_it_trains() -> None:
    found = budget(model_run(SMALL), "preview")
    assert found.share == pytest.approx(found.epochs * found.train_images / (30 * 45_000))
    assert found.share < 1


def test_a_preview_never_exceeds_its_recipe() -> None:
    recipe = make_recipe(
        model=SMALL,
        split={"kind": "random", "validation": 49_900, "seed": 1},
        stop={"epochs": 1},
        batches={"training": 8, "evaluation": 10},
    )
    found = budget(run_of(recipe), "preview")
    assert (found.epochs, found.train_images, found.share) == (1, 100, 1.0)


def test_the_first_epochs_of_a_recipe_are_those_of_the_full_scale() -> None:
    found, full = (budget(model_run(SMALL), *scale) for scale in (("preview", 2), ("full",)))
    assert (found.scale, found.epochs) == ("preview", 2)
    assert found.share == pytest.approx(2 / 30)
    images = [(one.train_images, one.scored_images, one.test_images) for one in (found, full)]
    assert images[0] == images[1]


def test_first_epochs_never_exceed_the_recipe() -> None:
    found = budget(model_run(SMALL), "preview", 31)
    assert (found.epochs, found.share) == (30, 1.0)
