"""Settings of training that fit neither each other nor the run are refused before anything runs."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from tests.support.recipes import CROP, FLIP, TO_TENSOR, make_recipe
from tests.support.words import RATE

from regrade.studies.recipe_checks import recipe_mistakes
from regrade.studies.schedules import PiecewiseLinear
from regrade.studies.training_mistakes import training_mistakes

PAD = {"kind": "pad", "padding": 1}
MIDDLE = {"kind": "center_crop", "size": 32}
ROTATION = {"kind": "random_rotation", "degrees": 5}
TWO = [{"kind": "constant"}, {"kind": "constant"}]


def with_training(*transforms: dict) -> dict:
    """Change the training transforms."""
    return {"transforms": {"training": list(transforms), "evaluation": [TO_TENSOR]}}


CYCLIC = {"kind": "cyclic", "minimum": 0.01, "maximum": 0.1}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"warmup_epochs": 4}, "warmup_epochs 4 is more than the run's 3 epochs"),
        (
            {"schedule": {"kind": "plateau", "monitor": "test_accuracy"}},
            "schedule.monitor 'test_accuracy' is not measured after every epoch: it needs"
            " `evaluate: test`, or one of train_loss, train_accuracy, validation_loss",
        ),
        (
            {"schedule": {"kind": "sequence", "parts": TWO, "after": [3]}},
            "schedule.after [3]: the run ends after 3 epochs, before the second part starts",
        ),
        (
            {"schedule": {"kind": "one_cycle", "epochs": 2}},
            "torch refuses a step beyond",
        ),
        (
            {"schedule": {"kind": "one_cycle", "epochs": 3, "rising": 1e-4}},
            "schedule.rising 0.0001 of",
        ),
        (
            {"schedule": {"kind": "one_cycle", "epochs": 3, "rising": 0.5, "three_phase": True}},
            "schedule.rising 0.5 must be below 0.5 with three_phase",
        ),
        (
            {"schedule": CYCLIC, "optimizer": RATE | {"kind": "adagrad"}},
            "schedule.cycle_momentum: adagrad has neither momentum nor betas; set"
            " cycle_momentum: false",
        ),
        (
            {"schedule": CYCLIC | {"minimum": 0.2}},
            "schedule.maximum 0.1 must be above minimum 0.2",
        ),
        (
            {
                "schedule": {
                    "kind": "sequence",
                    "parts": [{"kind": "constant"}, {"kind": "one_cycle", "epochs": 1}],
                    "after": [1],
                }
            },
            "schedule.parts[1]: one_cycle ends after",
        ),
        (
            {"stop": {"epochs": 3, "steps": 5000}},
            "stop.steps 5000 of 1560 an epoch end in epoch 4, not in epoch 3: set stop.epochs: 4",
        ),
        (
            {
                "stop": {
                    "epochs": 1,
                    "steps": 9,
                    "then_while": ["train_accuracy_below_test_accuracy"],
                    "at_most": 2,
                },
                "evaluate": "test",
                "selection": "last_epoch",
            },
            "stop.steps ends a training of so many epochs: it does not go with then_while",
        ),
        (
            {"stop": {"epochs": 3, "early_stopping": {"patience": 1, "monitor": "test_loss"}}},
            "stop.early_stopping.monitor 'test_loss' is not measured after every epoch",
        ),
        (
            {"selection": {"kind": "best", "of": "test_accuracy"}},
            "selection.of 'test_accuracy' is not measured after every epoch",
        ),
        (
            {"evaluate": "test", "also_test": True, "selection": {"kind": "last_epoch"}},
            "also_test: the test set is scored already",
        ),
        (
            {
                "transforms": {
                    "training": [TO_TENSOR],
                    "evaluation": [TO_TENSOR],
                    "test": [{"kind": "resize", "size": 40}, TO_TENSOR],
                }
            },
            "transforms.test gives 40 x 40 pixels, evaluation 32 x 32",
        ),
        (
            with_training({"kind": "random_shift", "width": 0.1}, TO_TENSOR),
            "transforms.training[0]: random_shift must stand after to_tensor",
        ),
        (
            with_training(TO_TENSOR, {"kind": "color_jitter"}),
            "transforms.training[1]: color_jitter works on bytes: it must stand before to_tensor",
        ),
        (
            with_training(CROP | {"padding": 32, "padding_mode": "reflect"}, TO_TENSOR),
            "transforms.training[0]: reflect pads with at most 31 pixels of 32",
        ),
        (
            with_training({"kind": "cutout", "size": 8, "value": 0.5}, TO_TENSOR),
            "transforms.training[0].value 0.5: before to_tensor a whole number from 0 to 255",
        ),
        (
            with_training(
                {"kind": "resize", "size": 64}, {"kind": "rand_augment"}, CROP, TO_TENSOR
            ),
            "transforms.training[1]: rand_augment takes images of 32 x 32 pixels, not 64 x 64",
        ),
        (
            with_training({"kind": "gaussian_blur", "kernel": [3, 65]}, TO_TENSOR),
            "transforms.training[0].kernel 65: an image of 32 pixels takes at most 63",
        ),
        (
            with_training({"kind": "elastic_transform", "sigma": [5, 8]}, TO_TENSOR),
            "transforms.training[0].sigma 8: an image of 32 pixels takes less than 8",
        ),
        (
            with_training(TO_TENSOR, {"kind": "random_invert"}),
            "transforms.training[1]: random_invert works on bytes",
        ),
        (
            with_training(PAD | {"fill": 0.5}, MIDDLE, TO_TENSOR),
            "transforms.training[0].fill 0.5: before to_tensor a whole number",
        ),
        (
            with_training({"kind": "random_order", "transforms": [CROP, TO_TENSOR]}, TO_TENSOR),
            "transforms.training[0].transforms[1]: to_tensor stands outside of random_order",
        ),
        (
            with_training(TO_TENSOR, {"kind": "random_apply", "transforms": [FLIP, ROTATION]}),
            "transforms.training[1].transforms[1]: random_rotation works on bytes",
        ),
        (
            with_training({"kind": "random_apply", "transforms": [PAD]}, TO_TENSOR),
            "transforms.training[0]: 34 pixels of 32 for some: images of a batch are of one side",
        ),
        (
            with_training({"kind": "random_order", "transforms": [FLIP, PAD]}, TO_TENSOR),
            "transforms.training[0].transforms[1]: pad makes 34 pixels of 32",
        ),
        (
            with_training({"kind": "random_choice", "transforms": [FLIP, PAD]}, TO_TENSOR),
            "transforms.training[0]: sides of [32, 34] pixels",
        ),
        (
            {"optimizer": RATE | {"kind": "sgd", "nesterov": True}},
            "optimizer.nesterov needs a momentum",
        ),
        (
            {
                "optimizer": RATE
                | {"kind": "sgd", "momentum": 0.9, "nesterov": True, "dampening": 0.1}
            },
            "optimizer.nesterov needs dampening 0, not 0.1",
        ),
    ],
)
def test_settings_that_do_not_fit_are_told_with_their_key(changes: dict, words: str) -> None:
    found = list(recipe_mistakes(make_recipe(**changes)))
    assert len(found) == 1 and words in found[0], found


@pytest.mark.parametrize(
    "changes",
    [
        {"schedule": {"kind": "one_cycle", "epochs": 3}},
        {"schedule": {"kind": "one_cycle", "epochs": 4, "cycle_momentum": False}}
        | {"optimizer": RATE | {"kind": "adagrad"}},
        {"schedule": CYCLIC, "optimizer": RATE | {"kind": "nadam"}},
        {"schedule": {"kind": "plateau", "monitor": "train_accuracy"}},
        {"also_test": True, "selection": {"kind": "best_test_accuracy"}},
        {"schedule": {"kind": "sequence", "parts": TWO, "after": [2]}, "warmup_epochs": 3},
        with_training({"kind": "random_apply", "transforms": [PAD, CROP]}, TO_TENSOR),
        with_training({"kind": "elastic_transform", "sigma": 7.8}, TO_TENSOR),
    ],
)
def test_settings_that_fit_are_taken(changes: dict) -> None:
    assert list(recipe_mistakes(make_recipe(**changes))) == []


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ({"kind": "cosine"}, "it needs its length: either `epochs` or `steps`"),
        ({"kind": "cosine", "epochs": 3, "steps": 3}, "it needs its length"),
        ({"kind": "cosine", "per": "epoch", "steps": 3}, "needs its length in `epochs`"),
        ({"kind": "plateau", "factor": 1.0}, "less than 1"),
        ({"kind": "sequence", "parts": TWO, "after": [1, 2]}, "1 growing numbers belong here"),
        ({"kind": "sequence", "parts": [*TWO, TWO[0]], "after": [2, 1]}, "2 growing numbers"),
    ],
)
def test_schedules_that_mean_nothing_are_refused(schedule: dict, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        make_recipe(schedule=schedule)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"stop": {"epochs": 3, "early_stopping": {"patience": 0}}}, "greater than 0"),
        ({"loss": {"kind": "cross_entropy", "label_smoothing": 1.1}}, "less than or equal to 1"),
        ({"mix": {"kind": "mixup", "alpha": 0}}, "greater than 0"),
        ({"clip": {"kind": "norm", "maximum": 0}}, "greater than 0"),
        (with_training({"kind": "random_shift"}), "it needs a range above 0"),
        (
            with_training({"kind": "random_shift", "width": 2.5, "whole": True}),
            "`whole` needs whole numbers, not 0 and 2.5",
        ),
        (
            with_training({"kind": "random_erasing", "scale": [0.3, 0.1]}),
            "the smaller number belongs first",
        ),
        (with_training({"kind": "color_jitter", "hue": 0.6}), "less than or equal to 0.5"),
        (with_training({"kind": "gaussian_blur", "kernel": 4}), "a kernel that blurs must be odd"),
        (with_training({"kind": "gaussian_blur", "kernel": 3, "sigma": 0}), "greater than 0"),
        (with_training({"kind": "random_posterize", "bits": 9}), "less than or equal to 8"),
        (with_training({"kind": "random_posterize", "bits": 0}), "greater than or equal to 1"),
        (with_training({"kind": "aug_mix", "severity": 11}), "less than or equal to 10"),
        (
            with_training({"kind": "pad", "padding": [1, 2]}),
            "adds 2 pixels to the width and 4 to the height: images stay square",
        ),
        (
            with_training({"kind": "random_choice", "transforms": [FLIP], "probabilities": [1, 2]}),
            "it has 1 transforms and 2 probabilities",
        ),
        (
            with_training({"kind": "random_choice", "transforms": [FLIP], "probabilities": [0]}),
            "one of them must be above 0",
        ),
        (with_training({"kind": "random_apply", "transforms": []}), "at least 1 item"),
    ],
)
def test_values_that_mean_nothing_are_refused(changes: dict, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        make_recipe(**changes)


def test_what_came_later_stands_in_no_recipe_at_its_default() -> None:
    """The hashes of recipes that were trained before stay as they were."""
    word = {"kind": "plateau", "monitor": "validation_loss", "cooldown": 0}
    dumped = make_recipe(schedule=word).model_dump(mode="json")
    assert dumped["schedule"].keys() == {"kind", "factor", "patience", "threshold"}
    assert dumped["optimizer"].keys() == {
        *("kind", "learning_rate", "momentum", "weight_decay", "nesterov")
    }


def test_a_cycle_may_end_with_the_last_step_of_the_training() -> None:
    recipe = make_recipe(stop={"epochs": 3, "steps": 4000}, schedule={"one_cycle": {"steps": 4000}})
    assert not list(recipe_mistakes(recipe))


def test_a_point_of_a_rate_is_named_once() -> None:
    """0 and "0.0" are one point: the last would count, silently."""
    with pytest.raises(ValidationError, match="a point stands twice"):
        PiecewiseLinear.model_validate(
            {"kind": "piecewise_linear", "epochs": {"0": 0.1, "0.0": 0.2, "3": 0.3}}
        )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, ["batches.evaluation 20000 is more than the 100 validation images"]),
        ({"evaluate": "test"}, ["batches.evaluation 20000 is more than the 10000 test images"]),
        (
            {"selection": {"kind": "last_epoch", "test": True}},
            ["the 100 validation images", "the 10000 test images"],
        ),
    ],
    ids=["validation", "test", "both"],
)
def test_scores_whose_only_batch_is_dropped_are_refused(changes: dict, told: list[str]) -> None:
    batches = {"training": 32, "evaluation": 20_000, "drop_last_evaluation": True}
    recipe = make_recipe(batches=batches, **{"selection": {"kind": "last_epoch"}} | changes)
    found = list(training_mistakes(recipe))
    assert len(found) == len(told)
    for words, line in zip(told, found, strict=True):
        assert words in line and "with drop_last_evaluation there is no batch" in line
