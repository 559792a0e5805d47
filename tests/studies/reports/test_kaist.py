"""The KAIST study says what its report and the handout's skeleton say."""

from __future__ import annotations

from regrade.grading.judge import judge_published
from regrade.grading.sources import PublishedSource
from regrade.layout import STUDIES
from regrade.studies.cost import rows
from regrade.studies.expressions import parse
from regrade.studies.layer_rows import Row
from regrade.studies.resolve import ResolvedRun, trained_runs
from regrade.studies.study import Study

STUDY = "kaist"
COSTS = {  # parameters, multiply-adds of convolutions and the linear layer
    "K1": (11_046_308, 549_177_344),
    "K1B": (11_050_148, 549_177_344),
    "K2": (11_220_132, 555_468_800),
    "K2N": (11_218_340, 555_468_800),
    "K2B": (11_224_868, 555_468_800),
    "K3": (1_325_988, 66_803_712),
    "K3N": (1_318_756, 66_803_712),
}
PUBLISHED = {
    ("K1", "first(train_loss)"): ("3.872", "nats"),
    ("K1", "last(train_loss)"): ("0.014", "nats"),
    ("K1", "last(test_accuracy)"): ("70.55", "percent"),
    ("K1", "parameters"): ("11.05", "million"),
    ("K1", "macs"): ("0.55", "billion"),
    ("K2", "last(train_loss)"): ("0.005", "nats"),
    ("K2", "last(test_accuracy)"): ("72.56", "percent"),
    ("K3", "last(train_loss)"): ("0.100", "nats"),
    ("K3", "last(test_accuracy)"): ("61.49", "percent"),
    ("K3", "parameters"): ("1.33", "million"),
    ("K3", "macs"): ("0.07", "billion"),
}
ON_PUBLISHED = {
    "P0": "not published",  # the layers can be counted; the report prints no count
    "P2-smooth": "not published",  # asserted; the curve is not given
    "P2-fast": "not published",
    "P1": "not published",  # end points hold; monotony is asserted, but the curve is not given
    "P1-tolerance": "not published",
    "P2": "holds",
    "P3": "holds",
    "P4": "holds",
    "P5": "not published",  # asserted; no curves
    "P6": "holds",
    "P7": "not published",  # its first half is P5
    "P7-significance": "fails",  # the author's judgement: 2.0 points are 3 standard errors
    "P8": "not published",  # asserted; no curves
    "P9": "holds",
    "P10": "holds",
    "P11": "holds",
    "P12": "undecided",  # 0.55 B over 0.07 B is 7.3 to 8.5, and the bar is at 7.5
    "P13": "holds",
    "P14": "not published",  # the formulas are given, but no counts of block convolutions
    "P14-ratio": "holds",
}
"""Verdicts on the report itself; P15 is a definition."""


def test_three_runs_are_trained(runs: dict[str, ResolvedRun]) -> None:
    assert [run.name for run in trained_runs(runs.values())] == ["K1", "K2", "K3"]


def test_costs_are_exact(runs: dict[str, ResolvedRun]) -> None:
    found = {name: (run.cost.parameters, run.cost.macs) for name, run in runs.items()}
    assert found == COSTS


def in_blocks(study: Study, architecture: str) -> list[Row]:
    layers = rows(study.architectures[architecture], 32, 100)
    return [row for row in layers if row.kind == "conv" and ".block" in row.name]


def test_sixteen_block_convolutions(study: Study) -> None:
    """Standard 10,985,472 weights, separable 1,251,136; 18 layers with stem and linear layer."""
    plain = in_blocks(study, "plain")
    assert len(plain) == 16
    assert sum(row.parameters for row in plain) == 10_985_472
    separable = in_blocks(study, "mobile_no_bias")
    assert len(separable) == 32
    assert sum(row.parameters for row in separable) == 1_251_136


def test_feature_maps_shrink_to_four_pixels(study: Study) -> None:
    for name in ("plain", "residual", "mobile"):
        sides = [
            row.output[1]
            for row in rows(study.architectures[name], 32, 100)
            if row.kind == "conv" and "shortcut" not in row.name
        ]
        assert sides == sorted(sides, reverse=True)
        assert set(sides) == {32, 16, 8, 4}


def test_common_protocol(runs: dict[str, ResolvedRun]) -> None:
    for run in runs.values():
        recipe = run.recipe
        assert recipe.dataset == "cifar100"
        assert recipe.split.kind == "none"
        assert (recipe.batches.training, recipe.stop.epochs) == (128, 100)
        assert not recipe.batches.drop_last_training
        assert recipe.optimizer.kind == "sgd"
        assert (recipe.optimizer.learning_rate, recipe.optimizer.momentum) == (0.01, 0.9)
        assert recipe.optimizer.weight_decay == 0
        assert not recipe.optimizer.nesterov
        assert recipe.schedule.kind == "constant"
        assert (recipe.evaluate, recipe.selection.kind) == ("test", "last_epoch")
        assert recipe.metrics.train_loss == "batch_mean"


def test_augmentation_stands_before_normalisation(runs: dict[str, ResolvedRun]) -> None:
    """So the padding of the crop is black."""
    transforms = runs["K1"].recipe.transforms
    crop, flip, tensor, normalize = transforms.training
    assert (crop.kind, crop.size, crop.padding) == ("random_crop", 32, 4)
    assert (flip.kind, flip.probability) == ("random_horizontal_flip", 0.5)
    assert tensor.kind == "to_tensor"
    assert normalize.std == (0.2023, 0.1994, 0.2010)
    assert list(transforms.evaluation) == [tensor, normalize]


def test_every_published_number_is_there_digit_by_digit(study: Study) -> None:
    found = {
        (name, number.quantity): (number.printed, number.unit)
        for name, run in study.runs.items()
        for number in run.published.numbers
    }
    assert found == PUBLISHED


def test_every_claim_and_erratum_is_there(study: Study) -> None:
    assert {f"P{n}" for n in range(1, 16)} <= set(study.claims)
    assert {name for name, claim in study.claims.items() if claim.untestable} == {"P15"}
    assert list(study.errata) == [f"E{n}" for n in range(1, 9)]


def test_every_comparison_is_there(study: Study) -> None:
    wanted = {"problem1": ["K1"], "problem2": ["K2", "K1"], "problem3": ["K3", "K1"]}
    for name, compared in wanted.items():
        assert study.displays[name].runs == compared
        assert study.displays[name].panels == ["train_loss", "test_accuracy"]
    assert {"results", "ratios", "sizes", "separable", "separable-share"} <= set(study.displays)


def test_verdicts_on_the_report_itself(study: Study) -> None:
    source = PublishedSource(study, STUDIES / "curves")
    found = {
        name: judge_published(parse(claim.predicate), source).verdict
        for name, claim in study.claims.items()
        if claim.predicate and name.startswith("P")
    }
    assert found == ON_PUBLISHED


def test_errata_show_in_the_published_numbers(study: Study) -> None:
    source = PublishedSource(study, STUDIES / "curves")
    for name in ("E3", "E4"):  # E2 and E8 rest on the layer lists
        assert judge_published(parse(study.errata[name].predicate), source).verdict == "holds"
