"""The PoliTo study says what its report, its logs and the course's template say."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from regrade.grading.judge import judge_published
from regrade.grading.sources import PublishedSource
from regrade.studies.architectures import Torchvision
from regrade.studies.cost import cost, rows
from regrade.studies.expressions import parse
from regrade.studies.images import image_size, scored_images, training_images
from regrade.studies.load import load_study
from regrade.studies.recipe import Recipe
from regrade.studies.resolve import ResolvedRun, resolve, trained_runs
from regrade.studies.study import Study

STUDIES = Path(__file__).parents[2] / "studies"
CURVES = STUDIES / "curves"

COSTS = {  # parameters, multiply-adds
    "P1": (29_778_020, 29_769_728),
    "P1R": (29_778_020, 29_769_728),
    "P2": (4_647_524, 8_502_656),
    **dict.fromkeys(("P3", "P3H", "P9", "P10a", "P10b"), (17_791_076, 73_922_048)),
    "P4": (36_348_004, 257_141_760),
    "P5": (77_000_804, 952_702_976),
    **dict.fromkeys(("P6", "P6N", "P6H", "P8", "P12"), (17_792_356, 73_922_048)),
    "P7": (34_983_268, 91_108_864),
    "P11": (11_227_812, 1_813_612_544),
    # 128 filters to 256 and 512 with two more batch-norm parameters a channel: P4 and P5 and these
    "P12M": (36_348_004 + 2 * (3 * 256 + 512), 257_141_760),
    "P12L": (77_000_804 + 2 * (3 * 512 + 1024), 952_702_976),
    "P12W": (34_983_268, 91_108_864),
}
LAYERS = {  # parameters of convolutions and linear layers in order
    "cnn32": [2_432, 9_248, 9_248, 18_496, 4_198_400, 409_700],
    "cnn128": [9_728, 147_584, 147_584, 295_168, 16_781_312, 409_700],
    "cnn256": [19_456, 590_080, 590_080, 1_180_160, 33_558_528, 409_700],
    "cnn512": [38_912, 2_359_808, 2_359_808, 4_719_616, 67_112_960, 409_700],
    "mlp": [12_587_008, 16_781_312, 409_700],
}
MACS = {
    "cnn32": [470_400, 1_327_104, 921_600, 1_179_648, 4_194_304, 409_600],
    "cnn128": [1_881_600, 21_233_664, 14_745_600, 18_874_368, 16_777_216, 409_600],
}
PUBLISHED = {  # losses (first, last), accuracies (last, best), minutes, steps, a peer's accuracy
    "P1": ("4.224", "2.676 2.67", "26", "26", "4", "195 196", ""),
    "P2": ("4.240", "2.055 2.0", "29", "29", "3", "195", ""),
    "P3": ("4.062", "0.168", "33", "34", "6", "195", "31"),
    "P4": ("", "0.071", "34", "", "14", "", ""),
    "P5": ("", "0.053", "36", "", "42", "", ""),
    "P6": ("3.484", "0.012", "40", "41", "7", "195", "42"),
    "P7": ("3.238", "0.109", "38", "42", "", "390", "43"),
    "P10a": ("4.036", "0.982", "36", "36", "7", "195", "36"),
    "P10b": ("4.009", "1.065", "38", "38", "8", "195", "39"),
    "P11": ("1.883", "0.067", "72", "79", "", "390", "74"),
    "P12": ("3.992", "0.968", "52", "52", "", "390", ""),
}
BEST_EPOCHS = {"P1": 19, "P2": 17, "P3": 12, "P6": 7, "P7": 8}
BEST_EPOCHS |= {"P10a": 13, "P10b": 15, "P11": 5, "P12": 16}
ON_PUBLISHED = {
    **{f"c{n}": "holds" for n in (1, 2, 3, 4, 6, 7, 8, 11, 12, 18, 19, 20, 21, 22, 23, 24, 26)},
    "c5": "not published",  # true of the layers, but the report gives no counts
    "c5-overfitting": "not published",  # no training accuracies
    "c8-macs": "not published",  # likewise
    "c11-time": "holds",
    "c18-cost": "not published",  # no time of 4b
    "c9": "not published",  # the logs of P4 and P5 are lost
    "c10": "not published",  # likewise
    "c13": "fails",  # the loss is lower with batch norm
    "c13-gap": "not published",  # no training accuracies
    "c14": "not published",
    "c14-change": "not published",
    "c14-seeds": "not published",  # one run each
    "c15": "not published",  # 4c and 4d: text only
    "c16": "not published",
    "c17": "not published",
    "c18-best": "fails",  # 42 against 41
    "c23-unprinted": "not published",
    "c24-dropout": "not published",
    "c24-best": "fails",  # 41 against 42
    "c25": "fails",  # 7 minutes against 3
    "c27": "fails",  # 195
}
"""Verdicts on the report itself."""


@pytest.fixture(scope="module")
def study() -> Study:
    """The loaded study, which passes every check of the schema."""
    return load_study(STUDIES / "polito.yaml")


@pytest.fixture(scope="module")
def runs(study: Study) -> dict[str, ResolvedRun]:
    return {run.name: run for run in resolve(study)}


def read_curve(run: str) -> list[dict[str, str]]:
    with (CURVES / "polito" / f"{run}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_number_of_runs(study: Study, runs: dict[str, ResolvedRun]) -> None:
    assert len(study.runs) == 20
    assert len(trained_runs(runs.values())) == len(runs) == 23


def test_costs_are_exact(runs: dict[str, ResolvedRun]) -> None:
    for run in runs.values():
        assert (run.cost.parameters, run.cost.macs) == COSTS[run.run], run.name


def test_costs_of_every_layer(study: Study) -> None:
    for name, parameters in LAYERS.items():
        found = rows(study.architectures[name], 32, 100)
        assert [row.parameters for row in found if row.macs] == parameters, name
        if name in MACS:
            assert [row.macs for row in found if row.macs] == MACS[name], name


def test_resnet_with_a_thousand_classes_has_the_well_known_size() -> None:
    found = cost(Torchvision(kind="torchvision", name="resnet18"), 224, 1000)
    assert (found.parameters, found.macs) == (11_689_512, 1_814_073_344)


def test_feature_maps_and_flattened_values(study: Study) -> None:
    for name, flattened in [("cnn32", 1024), ("cnn128", 4096), ("cnn256", 8192), ("cnn512", 16384)]:
        found = rows(study.architectures[name], 32, 100)
        sides = [row.output[1] for row in found if row.kind in ("conv", "max_pool")]
        assert sides == [14, 12, 10, 8, 4]
        assert [row.output for row in found if row.kind == "flatten"] == [(flattened,)]


def test_batch_norm_follows_relu_at_the_last_convolution_after_the_pooling(study: Study) -> None:
    def words(name: str) -> list[str]:
        return [layer.kind for layer in study.architectures[name].layers]

    inner = ["conv", "relu", "batch_norm"] * 3
    tail = ["flatten", "linear", "relu"]
    assert words("norm128") == [*inner, "conv", "max_pool", "relu", "batch_norm", *tail, "linear"]
    assert words("norm128_early") == [
        *inner, "conv", "batch_norm", "max_pool", "relu", *tail, "linear",
    ]  # fmt: skip
    for name in ("norm128_dropout", "cnn128_dropout", "free128"):
        assert words(name)[-3:] == ["relu", "dropout", "linear"]
    assert study.architectures["norm128_dropout"].layers[-2].probability == 0.5
    assert study.architectures["free128"].layers[-2].probability == 0.8


def test_common_protocol(runs: dict[str, ResolvedRun]) -> None:
    for name, run in runs.items():
        recipe = run.recipe
        assert recipe.dataset == "cifar100"
        assert recipe.split.kind == "none"
        assert recipe.batches.drop_last_training and recipe.batches.drop_last_evaluation
        assert recipe.batches.training == recipe.batches.evaluation
        assert (recipe.optimizer.kind, recipe.optimizer.betas) == ("adam", (0.9, 0.999))
        assert recipe.optimizer.weight_decay == 0
        assert recipe.schedule.kind == "constant"
        assert recipe.stop.epochs == (10 if name == "P11-as-run" else 20)
        assert (recipe.evaluate, recipe.selection.kind) == ("test", "last_epoch")
        assert recipe.transforms.evaluation[-1].mean == (0.5, 0.5, 0.5)


def test_learning_rates(runs: dict[str, ResolvedRun]) -> None:
    fast = {"P12", "P12M", "P12L", "P12W", "P3H", "P6H"}
    for run in runs.values():
        assert run.recipe.optimizer.learning_rate == (1e-3 if run.run in fast else 1e-4)


def test_batches_are_those_of_the_logs(runs: dict[str, ResolvedRun]) -> None:
    """The text fixes 256 (and 12 for the best network); three logs count the steps of 128."""
    of_128 = {"P7-as-run", "P11-as-run", "P12-as-run", "P12M", "P12L", "P12W"}
    for name, run in runs.items():
        expected = 128 if name in of_128 else 12 if name == "P12-as-told" else 256
        assert run.recipe.batches.training == expected, name
        assert training_images(run.recipe) == 50_000
        if expected != 12:
            assert training_images(run.recipe) // expected == {256: 195, 128: 390}[expected]
            assert scored_images(run.recipe) == 9_984


def test_transforms(runs: dict[str, ResolvedRun]) -> None:
    plain = ["to_tensor", "normalize"]
    others = {
        "P10a": ["random_horizontal_flip", *plain],
        "P10b": ["resize", "random_crop", *plain],
        "P11": ["resize", *plain],
        **{f"P12{size}": ["random_horizontal_flip", *plain] for size in ("", "M", "L", "W")},
    }
    for run in runs.values():
        transforms = run.recipe.transforms
        assert [word.kind for word in transforms.training] == others.get(run.run, plain), run.name
        assert image_size(run.recipe) == (224 if run.run == "P11" else 32)
    resize, crop, *_ = runs["P10b"].recipe.transforms.training
    assert (resize.size, crop.size, crop.padding) == (40, 32, 0)


def test_diagnostics_differ_in_one_setting(runs: dict[str, ResolvedRun]) -> None:
    def changed(name: str, base: str) -> set[str]:
        one, other = runs[name].recipe, runs[base].recipe
        return {key for key in Recipe.model_fields if getattr(one, key) != getattr(other, key)}

    for name, base, setting in [
        ("P1R", "P1", "model"),
        ("P6", "P3", "model"),
        ("P6N", "P6", "model"),
        ("P7-as-told", "P6", "model"),
        ("P8", "P6", "model"),
        ("P9", "P3", "model"),
        ("P10a", "P3", "transforms"),
        ("P10b", "P3", "transforms"),
        ("P3H", "P3", "optimizer"),
        ("P6H", "P6", "optimizer"),
        ("P12M", "P12-as-run", "model"),
        ("P12L", "P12-as-run", "model"),
        ("P12W", "P12-as-run", "model"),
        ("P12-as-told", "P12-as-run", "batches"),
        ("P7-as-told", "P7-as-run", "batches"),
    ]:
        assert changed(name, base) == {setting}, name
    resnet = runs["P11-as-run"].recipe.model
    assert (resnet.name, resnet.pretrained) == ("resnet18", True)


def test_every_published_number_is_there_digit_by_digit(study: Study) -> None:
    for name, run in study.runs.items():
        numbers = run.published.numbers
        own = [number for number in numbers if number.role == "primary"]

        def printed(start: str, own: list = own) -> str:
            return " ".join(number.printed for number in own if number.quantity.startswith(start))

        found = (
            printed("first(train_loss"),
            printed("last(train_loss"),
            printed("last(test_accuracy"),
            printed("max(test_accuracy"),
            " ".join(number.printed for number in own if number.unit == "minutes"),
            printed("steps"),
            " ".join(number.printed for number in numbers if number.role == "peer"),
        )
        assert found == PUBLISHED.get(name, ("",) * 7), name
        accuracies = [number for number in numbers if "accuracy" in number.quantity]
        assert {number.rounding for number in accuracies} <= {"truncated"}


def test_curves_are_the_logs(study: Study) -> None:
    used = [curve.file for run in study.runs.values() for curve in run.published.curves]
    assert sorted(used) == sorted(f"polito/{f.name}" for f in (CURVES / "polito").glob("*.csv"))
    assert used == [f"polito/{run}.csv" for run in BEST_EPOCHS]
    for run, best_epoch in BEST_EPOCHS.items():
        points = read_curve(run)
        length = 10 if run == "P11" else 20
        assert [int(point["epoch"]) for point in points] == list(range(1, length + 1))
        loss, final_loss, accuracy, best = PUBLISHED[run][:4]
        assert points[0]["train_loss"] == loss
        assert points[-1]["train_loss"] == final_loss.split()[0]
        assert points[-1]["test_accuracy"] == f"0.{accuracy}"
        accuracies = [point["test_accuracy"] for point in points]
        assert max(accuracies) == f"0.{best}"
        assert accuracies.index(max(accuracies)) + 1 == best_epoch


def test_what_the_scan_of_the_logs_lost_stays_empty() -> None:
    lost = {
        (run, point["epoch"], column)
        for run in BEST_EPOCHS
        for point in read_curve(run)
        for column, value in point.items()
        if value == ""
    }
    assert lost == {
        ("P10b", "7", "train_loss"),
        ("P10b", "7", "test_accuracy"),
        ("P10b", "10", "train_loss"),
    }


def test_every_claim_and_erratum_is_there(study: Study) -> None:
    assert {f"c{n}" for n in range(1, 28)} <= set(study.claims)
    untestable = {name for name, claim in study.claims.items() if claim.untestable}
    assert untestable == {"check-data"}
    assert list(study.errata) == [f"E{n}" for n in range(1, 15)]


def test_every_comparison_is_there(study: Study) -> None:
    plots = {
        display.runs[0]
        for display in study.displays.values()
        if display.kind == "loss_and_accuracy"
    }
    assert plots == {f"P{n}" for n in (1, 2, 3, 4, 5, 6, 7, 8, "10a", "10b", 11, 12)}
    wanted = {
        "nn-and-cnn": "P1 P2",
        "filters": "P2 P3 P4 P5",
        "batch-norm": "P3 P6",
        "neurons": "P6 P7",
        "dropout": "P6 P8 P9",
        "augmentation": "P3 P10a P10b",
        "resnet": "P11 P2 P3 P4 P5 P6 P7 P8 P9 P10a P10b P12",
        "best-networks": "P6 P12",
    }
    for name, compared in wanted.items():
        assert study.displays[name].runs == compared.split()


def test_verdicts_on_the_report_itself(study: Study) -> None:
    source = PublishedSource(study, CURVES)
    found = {
        name: judge_published(parse(claim.predicate), source).verdict
        for name, claim in study.claims.items()
        if claim.predicate and name.startswith("c") and not name.startswith("check")
    }
    assert found == ON_PUBLISHED


def test_errata_show_in_the_published_numbers(study: Study) -> None:
    """All but E9, whose 9,984 images are the template's and not printed."""
    source = PublishedSource(study, CURVES)
    found = {
        name: judge_published(parse(erratum.predicate), source).verdict
        for name, erratum in study.errata.items()
        if erratum.predicate
    }
    assert found.pop("E9") == "not published"
    assert found.pop("E7") == "undecided"  # a fall of 0.04, in percents that are cut off
    assert set(found) == {"E1", "E2", "E3", "E4", "E5", "E6", "E10"}
    assert set(found.values()) == {"holds"}


def test_assumption_about_sizes_compares_with_the_published_losses(study: Study) -> None:
    losses = [float(point["train_loss"]) for point in read_curve("P12")]
    assert f"{sum(losses) / 20:.5f}" in study.claims["widths"].predicate
