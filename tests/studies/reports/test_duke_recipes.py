"""Networks, settings, counts of the Duke study are those of its report and its sources."""

from __future__ import annotations

import pytest

from regrade.studies.cost import rows
from regrade.studies.recipe import Recipe
from regrade.studies.resolve import ResolvedRun, trained_runs
from regrade.studies.study import Study

STUDY = "duke"
FROM_01 = [0.1] * 5 + [r for r in (9e-3, 8.1e-3, 7.29e-3, 6.561e-3, 5.9049e-3) for _ in range(5)]
FROM_001 = [0.01] * 5 + [r for r in (9e-4, 8.1e-4, 7.29e-4, 6.561e-4, 5.9049e-4) for _ in range(5)]


def decayed(initial: float, factor: float = 0.9, every: int = 5) -> list[float]:
    """Thirty learning rates of a step decay."""
    return [initial * factor ** (epoch // every) for epoch in range(30)]


RESNET = [0.1] * 50 + [0.01] * 50 + [0.001] * 50 + [0.0001] * 50
RATES = {
    "D01": [0.01] * 30,
    "D02-as-told": decayed(0.01, 0.9, 10),
    "D02-as-run": decayed(0.01, 0.8, 10),
    "D03": [0.01] * 30,
    "D04": decayed(0.01),
    **{f"D{n}-as-told": decayed(0.1) for n in ("05", "06", "07")},
    **{f"D{n}-as-run": FROM_01 for n in ("05", "06", "07")},
    **{f"D{n:02}": decayed(r) for n, r in enumerate((1, 0.1, 0.05, 0.01, 0.005, 0.001), 8)},
    **{f"D{n}-as-told": decayed(0.01) for n in (14, 15, 16, 17, 18, 19, 20, "19N")},
    **{f"D{n}-as-run": FROM_001 for n in (14, 15, 16, 17, 18, 20)},
    **{name: decayed(0.01) for name in ("D19-as-run", "D19N-as-run", "D20N")},
    "D21-as-told": RESNET,
    "D21-as-run": RESNET,
}
"""The learning rate of every epoch."""


def applied_rates(recipe: Recipe) -> list[float]:
    """Learning rate of every epoch, spelt out from the schedule."""
    rate, schedule, found = recipe.optimizer.learning_rate, recipe.schedule, []
    for epoch in range(1, recipe.stop.epochs + 1):
        match schedule.kind:
            case "table":
                rate = schedule.rates.get(epoch, rate)
            case "step" if epoch > 1 and (epoch - 1) % schedule.every == 0:
                rate *= schedule.factor
            case "multi_step" if epoch - 1 in schedule.after:
                rate *= schedule.factor
        found.append(rate)
    return found


def test_number_of_runs(study: Study, runs: dict[str, ResolvedRun]) -> None:
    assert len(study.runs) == 30
    assert len(runs) == 43
    assert len(trained_runs(runs.values())) == 36
    assert [name for name, run in runs.items() if run.measure_only] == ["R20"]


def test_costs_are_exact(runs: dict[str, ResolvedRun]) -> None:
    costs = {name: (run.cost.parameters, run.cost.macs) for name, run in runs.items()}
    assert costs["D01"] == (82_030, 716_328)
    assert costs["D04"] == costs["D07-as-run"] == (82_078, 716_328)
    assert costs["D21-as-told"] == costs["D21-as-run"] == (270_410, 40_551_040)
    assert costs["R20"] == (269_722, 40_551_040)


def test_block_convolutions_of_the_resnet(study: Study) -> None:
    """Eighteen 3 x 3 convolutions; depthwise separable ones would save a factor of 6.74."""
    layers = rows(study.architectures["resnet20"], 32, 10)
    found = [row for row in layers if row.kind == "conv" and ".block" in row.name]
    assert len(found) == 18
    assert sum(row.macs for row in found) == 40_108_032
    # A k x k convolution to C channels costs k^2 C / (k^2 + C) times its separable form.
    assert sum(row.macs * (9 + row.output[0]) // (9 * row.output[0]) for row in found) == 5_949_440


def test_which_runs_repeat_a_recipe(runs: dict[str, ResolvedRun]) -> None:
    assert {name: run.trained_as for name, run in runs.items() if run.trained_as != name} == {
        "D09": "D06-as-told",
        "D11": "D04",
        "D16-as-told": "D04",
        "D20-as-told": "D04",
        "D20-as-run": "D16-as-run",
        "D20N": "D15-as-told",
    }


def test_learning_rate_of_every_epoch(runs: dict[str, ResolvedRun]) -> None:
    assert set(RATES) == {name for name in runs if name.startswith("D")}
    for name, rates in RATES.items():
        assert applied_rates(runs[name].recipe) == pytest.approx(rates, rel=1e-9), name


def test_weight_decays(runs: dict[str, ResolvedRun]) -> None:
    """Given by run, or by name where the variants differ; 1e-4 elsewhere."""
    other = {"D14": 1e-2, "D15": 1e-3, "D17": 1e-5, "D18": 0, "D19": 0, "D19N": 0, "D20N": 1e-3}
    other |= {"D21-as-run": 1e-3, "TF15N": 0, "TF15D": 0, "TF110": 1e-3}
    for name, run in runs.items():
        expected = other.get(name, other.get(run.run, 1e-4))
        assert run.recipe.optimizer.weight_decay == expected, name
        assert run.recipe.optimizer.momentum == 0.9, name


def test_only_the_l1_runs_have_a_penalty(runs: dict[str, ResolvedRun]) -> None:
    """As told with its gradient, as run without; the notebook's is ten times the PDF's."""
    penalties = {
        name: (run.recipe.penalty.strength, run.recipe.penalty.differentiated)
        for name, run in runs.items()
        if run.recipe.penalty
    }
    assert penalties == {
        "D19-as-told": (1e-4, True),
        "D19-as-run": (1e-4, False),
        "D19N-as-told": (1e-3, True),
        "D19N-as-run": (1e-3, False),
    }


def test_augmentation_follows_normalisation(runs: dict[str, ResolvedRun]) -> None:
    plain = ["to_tensor", "normalize"]
    augmented = [*plain, "random_crop", "random_horizontal_flip"]
    for name, run in runs.items():
        expected = plain if run.run in ("D01", "D02") else augmented
        if name == "TF13":
            expected = [*augmented, "random_vertical_flip"]
        assert [word.kind for word in run.recipe.transforms.training] == expected, name
        assert [word.kind for word in run.recipe.transforms.evaluation] == plain, name


def test_common_protocol(runs: dict[str, ResolvedRun]) -> None:
    for run in runs.values():
        recipe = run.recipe
        assert recipe.split.validation == 5000
        assert (recipe.batches.training, recipe.batches.evaluation) == (128, 100)
        assert recipe.selection.kind == "best_validation_accuracy"
        assert recipe.metrics.train_loss == recipe.metrics.evaluation_loss == "batch_mean"
        assert recipe.metrics.train_accuracy == recipe.metrics.evaluation_accuracy == "image_mean"
        assert recipe.stop.epochs == (200 if run.run in ("D21", "R20", "TF110") else 30)


def test_statement_runs_differ_in_one_setting(runs: dict[str, ResolvedRun]) -> None:
    def changed(name: str, base: str) -> set[str]:
        one, other = runs[name].recipe, runs[base].recipe
        return {key for key in Recipe.model_fields if getattr(one, key) != getattr(other, key)}

    for name, base, setting in [
        ("D03", "D01", "transforms"),
        ("TF13", "D03", "transforms"),
        ("TF15N", "D03", "optimizer"),
        ("TF15D", "TF15N", "model"),
        ("TF15B", "D03", "model"),
        ("TF17", "D03", "model"),
        ("TF110", "D21-as-run", "model"),
    ]:
        assert changed(name, base) == {setting}, name
