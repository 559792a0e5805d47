"""Networks, settings, counts of the Marais study are those of its report and its sources."""

from __future__ import annotations

from itertools import pairwise

import pytest
from tests.support.marais import COUNTS, NETWORKS, PUBLISHED

from regrade.studies.cost import rows
from regrade.studies.recipe import Recipe
from regrade.studies.resolve import ResolvedRun, trained_runs
from regrade.studies.study import Study

STUDY = "marais"
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
