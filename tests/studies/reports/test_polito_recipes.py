"""Networks, settings, counts of the PoliTo study are those of its report and its sources."""

from __future__ import annotations

from regrade.studies.architectures import Torchvision
from regrade.studies.cost import cost, rows
from regrade.studies.images import image_size, scored_images, training_images
from regrade.studies.recipe import Recipe
from regrade.studies.resolve import ResolvedRun, trained_runs
from regrade.studies.study import Study

STUDY = "polito"
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
