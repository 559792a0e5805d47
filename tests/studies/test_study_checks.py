"""What a schema cannot say of a study: shapes, contradictions, references, files."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.mistakes import line_of, mistakes

from regrade.studies.load import load_study

STUDIES = Path(__file__).parents[2] / "studies"

TO_TENSOR = "training: [{kind: to_tensor}]"
CONV = "- {kind: conv, channels: 4, kernel: 5}"
PREDICATE = "predicate: max(A2.validation_accuracy) > max(A1.validation_accuracy)"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            (CONV, "- {kind: conv, channels: 4, kernel: 50}"),
            "layer 1 (conv) does not fit its input 3 x 32 x 32: nothing is left of the image",
        ),
        (
            ("      - {kind: flatten}\n", ""),
            "layer 2 (linear) does not fit its input 4 x 28 x 28: it takes a vector; put a flatten",
        ),
        (
            (CONV, "- {kind: residual, layers: [{kind: conv, channels: 4, kernel: 5}]}"),
            "layer 1 (residual) does not fit its input 3 x 32 x 32: its layers turn 3 x 32 x 32",
        ),
        (
            (CONV, "- {kind: residual, layers: [{kind: linear, features: 3}]}"),
            "layer 1.1 (linear) does not fit its input 3 x 32 x 32",
        ),
        (
            ("features: classes", "features: 12"),
            "the network gives 12, but the data set has 10 classes",
        ),
    ],
)
def test_layers_that_do_not_fit_are_named_with_their_input(write_study, change, words) -> None:
    path = write_study(change)
    (told,) = mistakes(path)
    assert told.startswith(f"line {line_of(path, '  net:')}: architectures.net: it does not fit")
    assert words in told


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([(TO_TENSOR, "training: []")], "transforms.training needs `to_tensor` exactly once"),
        (
            [(TO_TENSOR, "training: [{kind: to_tensor}, {kind: to_tensor}]")],
            "transforms.training needs `to_tensor` exactly once",
        ),
        (
            [(TO_TENSOR, "training: [{kind: to_tensor}, {kind: random_rotation, degrees: 3}]")],
            "transforms.training[1]: random_rotation works on bytes: it must stand before",
        ),
        (
            [
                (
                    TO_TENSOR,
                    "training: [{kind: normalize, mean: [0, 0, 0], std: [1, 1, 1]},"
                    " {kind: to_tensor}]",
                )
            ],
            "transforms.training[0]: normalize must stand after to_tensor",
        ),
        (
            [
                (
                    TO_TENSOR,
                    "training: [{kind: to_tensor}, {kind: normalize, mean: [125.3, 123.0, 113.9],"
                    " std: [63.0, 62.1, 66.7]}]",
                )
            ],
            "transforms.training[1].mean 125.3: after to_tensor images are 0 to 1; means and"
            " deviations of bytes are divided by 255: 0.4914",
        ),
        (
            [
                ("dataset: cifar10", "dataset: mnist"),
                (
                    TO_TENSOR,
                    "training: [{kind: to_tensor}, {kind: normalize, mean: [0, 0, 0], std: [1]}]",
                ),
            ],
            "transforms.training[1].mean has 3 numbers, but images have 1 channel here",
        ),
        (
            [
                ("dataset: cifar10", "dataset: mnist"),
                (TO_TENSOR, "training: [{kind: grayscale}, {kind: to_tensor}]"),
            ],
            "transforms.training gives images of 3 channels, evaluation of 1",
        ),
        (
            [
                (
                    TO_TENSOR,
                    "training: [{random_apply: {transforms: [{grayscale: {channels: 1}}]}},"
                    " to_tensor]",
                )
            ],
            "transforms.training[0].transforms[0]: grayscale changes the number of channels",
        ),
        (
            [(TO_TENSOR, "training: [{kind: random_crop, size: 33}, {kind: to_tensor}]")],
            "transforms.training[0]: random_crop cuts 33 pixels out of 32",
        ),
        (
            [("validation: 5000", "validation: 50000")],
            "split.validation 50000 leaves no images to train on",
        ),
        (
            [("evaluate: validation", "evaluate: test"), ("last_epoch", "lowest_validation_loss")],
            "selection 'lowest_validation_loss' needs `evaluate: validation`",
        ),
        (
            [("evaluate: validation", "evaluate: test"), ("kind: constant", "kind: plateau")],
            "schedule.monitor 'validation_loss' is not measured",
        ),
        (
            [("kind: constant", "kind: table, rates: {2: 0.1}")],
            "schedule.rates needs the rate of epoch 1",
        ),
        (
            [("stop: {epochs: 3}", "stop: {epochs: 9, at_most: 8}")],
            "stop.at_most 8 is below stop.ep",
        ),
        (
            [
                ("evaluate: validation", "evaluate: test"),
                (
                    "stop: {epochs: 3}",
                    "stop: {epochs: 3, then_while: [{kind: train_accuracy_below_test_accuracy}]}",
                ),
            ],
            "stop.then_while needs stop.at_most",
        ),
    ],
)
def test_settings_that_contradict_each_other_are_told(write_study, changes, words) -> None:
    setting = words.split(".")[0].split()[0]
    path = write_study(*changes)
    (told,) = [line for line in mistakes(path) if words in line]
    assert told.startswith(f"line {line_of(path, f'  {setting}:')}: protocol.{setting}")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            [(TO_TENSOR, "training: [{kind: random_crop, size: 28}, {kind: to_tensor}]")],
            "trained on images of 28 x 28 pixels and evaluated on 32 x 32",
        ),
        (
            [("{kind: random, validation: 5000, seed: 1}", "{kind: none}")],
            "it scores a validation set, but its split holds none out",
        ),
        ([("last_epoch", "best_test_accuracy")], "it needs `evaluate: test`"),
    ],
)
def test_what_several_settings_do_is_told_once_with_all_its_runs(
    write_study, changes, words
) -> None:
    path = write_study(*changes)
    (told,) = mistakes(path)
    assert told.startswith(f"line {line_of(path, 'title: plain') + 1}: runs.A1.recipe: ")
    assert words in told
    assert told.endswith("; the same of A2-as-told, A2-as-run")


def test_a_shared_setting_that_is_wrong_for_some_runs_alone_is_told_of_those(write_study) -> None:
    changes = (
        "recipe: {model: net}\n    variants",
        "recipe: {model: net, dataset: mnist}\n    variants",
    )
    normalize = "[{kind: to_tensor}, {kind: normalize, mean: [0, 0, 0], std: [1, 1, 1]}]"
    path = write_study(changes, (TO_TENSOR, f"training: {normalize}"))
    told = [line for line in mistakes(path) if "mean has 3 numbers" in line]
    start = (
        f"line {line_of(path, 'as-told')}: runs.A2.variants.as-told: transforms.training[1].mean"
    )
    assert [line.startswith(start) for line in told] == [True]
    assert told[0].endswith("; the same of A2-as-run")


@pytest.mark.parametrize("name", ["duke", "kaist", "marais", "nyu", "polito"])
def test_only_what_the_report_says_counts_as_its_claim(name: str) -> None:
    """What we count, compare or sign off ourselves is a check."""
    claims = load_study(STUDIES / f"{name}.yaml").claims
    checks = {claim for claim, told in claims.items() if told.role == "check"}
    ours = {claim for claim in claims if claim.startswith(("check-", "signature-", "ranking-"))}
    assert ours and ours <= checks
    assert checks < set(claims)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ("accuracy: 2", "tolerances.accuracy: found 2: a fraction belongs here: two points are"),
        ("accuracy: 1", "found 1: a fraction"),
        ("loss: 10", "tolerances.loss: found 10: a share of the published value belongs here"),
        ("time: 1", "tolerances.time: found 1: a share"),
    ],
)
def test_a_tolerance_in_points_or_percent_is_refused(write_study, found, words) -> None:
    """Every value would count as the published one."""
    key = found.split(":")[0]
    written = {"accuracy": "accuracy: 0.02", "loss": "loss: 0.1", "time": "time: 0.5"}[key]
    (told,) = mistakes(write_study((written, found)))
    assert words in told
