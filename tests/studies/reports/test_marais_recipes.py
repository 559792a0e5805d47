"""Networks, settings, counts of the Marais study are those of its report and its sources."""

from __future__ import annotations

from itertools import pairwise

import pytest

from regrade.studies.cost import rows
from regrade.studies.recipe import Recipe
from regrade.studies.resolve import ResolvedRun, trained_runs
from regrade.studies.study import Study

STUDY = "marais"
NETWORKS = ("alexnet", "vgg6", "r11", "r18")
PUBLISHED = {  # best epoch (from 0), minutes, and the four numbers of that epoch
    "alexnet_c10_base": "18 18 0.51034 82.51 0.93697 71.66",
    "alexnet_c10_drop": "17 15 0.92624 67.72 0.91852 68.57",
    "alexnet_c100_base": "309 232 0.39752 89.74 2.97470 48.09",
    "alexnet_c100_drop": "308 205 0.73422 81.26 2.17545 52.09",
    "vgg6_c10_base": "14 11 0.72636 74.95 1.23712 61.11",
    "vgg6_c10_drop": "25 19 1.20018 58.01 1.15498 59.99",
    "vgg6_c100_base": "30 20 1.72385 58.26 3.35307 30.18",
    "vgg6_c100_drop": "81 51 2.92955 30.83 3.14498 25.92",
    "r11_c10_base": "48 36 0.32812 88.68 0.63180 79.60",
    "r11_c10_drop": "47 35 0.58785 79.68 0.64036 78.32",
    "r18_c10_base": "49 72 0.30520 89.44 0.55929 82.18",
    "r18_c10_drop": "49 72 0.66167 76.95 0.75462 74.95",
    "r11_c100_base": "58 41 0.70775 81.64 1.99784 55.18",
    "r11_c100_drop": "117 94 1.02294 73.72 1.95096 55.26",
    "r18_c100_base": "65 100 0.62479 83.80 1.97357 55.92",
    "r18_c100_drop": "95 140 0.89489 77.24 2.22619 54.10",
}
COUNTS = {  # parameters and multiply-adds with 10 and with 100 classes
    "alexnet": (36_187_914, 1_432_952_832, 36_556_644, 1_433_321_472),
    "vgg6": (42_160_970, 87_105_536, 42_529_700, 87_474_176),
    "r11": (30_343_594, 531_147_944, 30_436_204, 531_240_464),
    "r18": (165_877_202, 3_492_981_416, 165_969_812, 3_493_073_936),
}
TRAIN_BELOW_TEST = "train_accuracy_below_test_accuracy"
STOPS = {  # epochs; floor of the test accuracy and whether of the best one; limit
    "alexnet_c10_base": (20, 0.5, "current", 312),
    "alexnet_c10_drop": (25, 0.5, "current", 312),
    "alexnet_c100_base": (311, None, None, None),
    "alexnet_c100_drop": (312, None, None, None),
    "vgg6_c10_base": (20, 0.5, "current", 312),
    "vgg6_c10_drop": (20, 0.5, "current", 312),
    "vgg6_c100_base": (20, 0.5, "current", 63),
    "vgg6_c100_drop": (20, 0.5, "current", 86),
    "r11_c10_base": (50, 0.55, "best", 312),
    "r11_c10_drop": (50, 0.55, "best", 312),
    "r18_c10_base": (50, 0.55, "best", 110),
    "r18_c10_drop": (50, 0.55, "best", 110),
    "r11_c100_base": (50, 0.55, "best", 312),
    "r11_c100_drop": (50, 0.55, "best", 312),
    "r18_c100_base": (50, 0.55, "best", 110),
    "r18_c100_drop": (50, 0.55, "best", 110),
}


def difference(runs: dict[str, ResolvedRun], one: str, other: str) -> int:
    return runs[one].cost.parameters - runs[other].cost.parameters


def test_number_of_runs(study: Study, runs: dict[str, ResolvedRun]) -> None:
    assert list(study.runs)[:16] == list(PUBLISHED)
    assert len(runs) == len(study.runs) == 36
    assert len(trained_runs(runs.values())) == 24, "no recipe stands twice"


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("variant", ["base", "drop"])
def test_costs_are_exact(runs: dict[str, ResolvedRun], network: str, variant: str) -> None:
    """With dropout as without."""
    ten, hundred = (runs[f"{network}_{data}_{variant}"].cost for data in ("c10", "c100"))
    found = (ten.parameters, ten.macs, hundred.parameters, hundred.macs)
    assert found == COUNTS[network]


def test_other_counts(runs: dict[str, ResolvedRun]) -> None:
    shared_norm = 2 * 4096  # which the schema cannot say of a vector
    assert runs["vgg6_committed_c10"].cost.parameters + shared_norm == 42_169_258
    assert runs["vgg6_committed_c100"].cost.parameters + shared_norm == 42_537_988
    assert runs["vgg16_style_c10"].cost.parameters == 65_243_082
    assert runs["vgg16_style_c100"].cost.parameters == 65_611_812
    original = runs["original_alexnet"].cost
    assert original.parameters + 900 * 4097 == 62_378_344
    assert original.macs + 900 * 4096 == 1_135_256_096


def test_vgg16_with_five_pools_has_fewer_parameters_than_the_authors_alexnet() -> None:
    """E19: on images of 32 pixels, which VGG-16 pools to one."""
    convolutions = [(3, 64), (64, 64), (64, 128), (128, 128), (128, 256), *[(256, 256)] * 2]
    convolutions += [(256, 512), *[(512, 512)] * 5]
    linear = [(512, 4096), (4096, 4096), (4096, 10)]
    assert len(convolutions) + len(linear) == 16
    count = sum(9 * one * other + other for one, other in convolutions)
    count += sum(one * other + other for one, other in linear)
    assert count == 33_638_218 < COUNTS["alexnet"][0]


def test_what_single_blocks_add(runs: dict[str, ResolvedRun]) -> None:
    assert difference(runs, "r11_c10_base", "r11_plain") == 0
    assert difference(runs, "r11_c10_base", "r11_without_r128") == 295_424
    assert difference(runs, "r11_two_r128", "r11_c10_base") == 295_424
    assert difference(runs, "r11_c10_base", "r11_without_r512") == 4_720_640
    assert difference(runs, "r11_c10_base", "r11_without_r1028") == 19_026_224
    heads = 10 * (1028 - 512)
    assert difference(runs, "r11_c10_base", "r11_up_to_512") == 19_026_224 + 4_739_080 + heads
    assert difference(runs, "r18_c10_base", "r18_without_r2056") == 76_096_672
    heads = 10 * (1028 - 2056)
    assert difference(runs, "r18_c10_base", "r18_up_to_2056") == 19_026_224 + 19_024_168 + heads


def test_resnet14_is_resnet18_without_four_blocks(runs: dict[str, ResolvedRun]) -> None:
    blocks = (4_739_080, 19_026_224, 19_026_224, 76_096_672)
    assert runs["r18_c100_base"].cost.parameters - sum(blocks) == 47_081_612


@pytest.mark.parametrize(
    ("architecture", "convolutions"),
    [("alexnet", 5), ("vgg6", 3), ("resnet11", 11), ("resnet18", 18), ("vgg16_style", 14)],
)
def test_number_of_convolutions(study: Study, architecture: str, convolutions: int) -> None:
    found = rows(study.architectures[architecture], 32, 10)
    assert sum(row.kind == "conv" for row in found) == convolutions


@pytest.mark.parametrize("architecture", ["alexnet", "vgg6", "resnet11", "resnet18"])
def test_dropout_is_all_that_the_variants_add(study: Study, architecture: str) -> None:
    plain, dropout = (
        [(row.kind, row.output) for row in rows(study.architectures[name], 32, 10)]
        for name in (architecture, f"{architecture}_dropout")
    )
    drops = ("dropout", "channel_dropout")
    assert [row for row in dropout if row[0] not in drops] == plain
    before = {"conv": {"channel_dropout"}, "linear": {"flatten", "dropout"}}
    for (kind, _), (following, _) in pairwise(dropout):
        assert kind in before.get(following, {kind}), "every block and hidden layer ends in dropout"


def test_stop_rules(runs: dict[str, ResolvedRun]) -> None:
    for name, (epochs, floor, of, at_most) in STOPS.items():
        stop = runs[name].recipe.stop
        assert (stop.epochs, stop.at_most) == (epochs, at_most), name
        if floor is None:
            assert not stop.then_while
        else:
            below_test, below = stop.then_while
            assert below_test.kind == TRAIN_BELOW_TEST
            assert (below.floor, below.of) == (floor, of), name


def test_common_protocol(runs: dict[str, ResolvedRun]) -> None:
    for name in PUBLISHED:
        recipe = runs[name].recipe
        assert recipe.dataset == ("cifar100" if "c100" in name else "cifar10")
        assert recipe.split.kind == "none"
        assert recipe.evaluate == "test"
        assert (recipe.batches.training, recipe.batches.evaluation) == (32, 32)
        assert not recipe.batches.drop_last_training and not recipe.batches.drop_last_evaluation
        optimizer = recipe.optimizer
        assert (optimizer.kind, optimizer.learning_rate) == ("sgd", 0.15)
        assert optimizer.momentum == optimizer.weight_decay == 0
        assert recipe.schedule.kind == "constant"
        assert recipe.metrics.train_loss == recipe.metrics.evaluation_loss == "batch_mean"
        assert recipe.metrics.train_accuracy == recipe.metrics.evaluation_accuracy == "image_mean"


def test_test_images_are_augmented_like_training_images(runs: dict[str, ResolvedRun]) -> None:
    for name in PUBLISHED:
        transforms = runs[name].recipe.transforms
        assert [word.kind for word in transforms.training] == ["trivial_augment_wide", "to_tensor"]
        assert transforms.evaluation == transforms.training


def test_floors_of_the_selection(runs: dict[str, ResolvedRun]) -> None:
    """AlexNet's on CIFAR-100 must lie below its best, 48.09 %."""
    for name in PUBLISHED:
        low = name.startswith("vgg6") or name == "alexnet_c100_base"
        assert runs[name].recipe.selection.kind == "best_test_accuracy"
        assert runs[name].recipe.selection.floor == (0.25 if low else 0.5), name


def test_extra_runs_differ_in_one_setting(runs: dict[str, ResolvedRun]) -> None:
    def changed(name: str, base: str) -> set[str]:
        one, other = runs[name].recipe, runs[base].recipe
        return {key for key in Recipe.model_fields if getattr(one, key) != getattr(other, key)}

    for data in ("c10", "c100"):
        for optimizer in ("adam", "sgd005"):
            assert changed(f"vgg6_{data}_{optimizer}", f"vgg6_{data}_base") == {"optimizer"}
    for name in ("vgg16_style_c100", "vgg5_c100", "vgg7_c100"):
        assert changed(name, "vgg6_c100_base") == {"model", "stop"}
    adam = runs["vgg6_c10_adam"].recipe.optimizer
    assert (adam.learning_rate, adam.betas, adam.weight_decay) == (0.001, (0.9, 0.999), 0)
    assert runs["vgg6_c10_sgd005"].recipe.optimizer.learning_rate == 0.05
