"""The Duke study says what its report and the author's code say."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from regrade.studies.cost import rows
from regrade.studies.load import load_study
from regrade.studies.recipe import Recipe
from regrade.studies.resolve import ResolvedRun, resolve, trained_runs
from regrade.studies.study import Study

STUDIES = Path(__file__).parents[2] / "studies"
CURVES = STUDIES / "curves"
COLUMNS = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy"]
PANELS = ["train_loss", "validation_loss", "train_accuracy", "validation_accuracy"]

BEST = "max(validation_accuracy)"
ROLES = ("primary", "repeat", "peer")
PUBLISHED = {  # the report, the author's repeat, other students
    "D01": ("0.6606", "0.6598", "0.6606 0.6592 0.6602"),
    "D02": ("0.6576", "0.6534", "0.6746"),
    "D03": ("0.7122", "0.6888", "0.6970"),
    "D04": ("0.7144", "0.7292", "0.7144"),
    "D05": ("0.6438", "0.5106", ""),
    "D06": ("0.7072", "0.6802", "0.7202"),
    "D07": ("0.7258", "0.7268", "0.7300"),
    "D08": ("0.1054", "0.1054", "0.1028 0.1028"),
    "D09": ("0.6974", "", "0.7084 0.7174"),
    "D10": ("0.7160", "", "0.7076 0.7342"),
    "D11": ("0.7170", "", "0.7318 0.7378"),
    "D12": ("0.6998", "", "0.7090 0.7154"),
    "D13": ("0.6252", "", "0.6510 0.6356"),
    "D14": ("0.6196", "", "0.6244 0.6122"),
    "D15": ("0.6640", "", "0.7196 0.7232"),
    "D16": ("0.6798", "", "0.7090 0.7220"),
    "D17": ("0.6874", "", "0.7218 0.7354"),
    "D18": ("0.6732", "", "0.7208 0.7266"),
    "D19": ("0.717", "", "0.7174"),
    "D20": ("0.679", "", "0.7122"),
    "D19N": ("0.7096", "", ""),
    "D20N": ("0.7084", "", ""),
    "D21": ("0.924", "", "0.9016"),
}
"""Best validation accuracies as printed (D19 and D20: as digitised)."""

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


@pytest.fixture(scope="module")
def study() -> Study:
    """The loaded study, which passes every check of the schema."""
    return load_study(STUDIES / "duke.yaml")


@pytest.fixture(scope="module")
def runs(study: Study) -> dict[str, ResolvedRun]:
    return {run.name: run for run in resolve(study)}


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


def read_curve(file: str) -> list[dict[str, str]]:
    with (CURVES / file).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


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
    found = [row for row in rows(study.architectures["resnet20"], 32, 10) if row.in_block]
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


def test_every_best_accuracy_is_there_digit_by_digit(study: Study) -> None:
    for name, run in study.runs.items():
        numbers = [n for n in run.published.numbers if n.quantity == BEST]
        for role, printed in zip(ROLES, PUBLISHED.get(name, ("", "", "")), strict=True):
            assert [n.printed for n in numbers if n.role == role] == printed.split(), (name, role)
        assert {n.unit for n in numbers} <= {"fraction"}
        assert all(n.variant is None for n in numbers if n.role == "primary"), name


def test_other_published_numbers(study: Study) -> None:
    found = {
        (name, number.quantity): number.printed
        for name, run in study.runs.items()
        for number in run.published.numbers
        if number.quantity != BEST
    }
    assert found == {
        ("D01", "initial_loss"): "2.304",
        ("D01", "outputs"): "10",
        ("D01", "flattened_features"): "576",
        ("D21", "convolutions"): "19",
        ("D19N", "share_within(weights, 0.01)"): "0.1532",
        ("D20N", "share_within(weights, 0.01)"): "0.2277",
    }


def test_every_curve_is_used_once(study: Study) -> None:
    used = [curve.file for run in study.runs.values() for curve in run.published.curves]
    there = [f"duke/{file.name}" for file in (CURVES / "duke").glob("*.csv")]
    assert sorted(used) == sorted(there)
    assert len(used) == 28


def test_curves_are_complete_and_in_our_units(study: Study) -> None:
    for name, run in study.runs.items():
        for curve in run.published.curves:
            points = read_curve(curve.file)
            assert list(points[0]) == ["epoch", *COLUMNS]
            length = 200 if name == "D21" else 30
            assert [int(point["epoch"]) for point in points] == list(range(1, length + 1))
            for point in points:
                accuracies = [point[column] for column in COLUMNS if "accuracy" in column]
                assert all(0 < float(value) < 1 for value in accuracies if value)


def test_best_points_of_curves_are_the_published_numbers(study: Study) -> None:
    """Guards against a curve of one run filed under another."""
    for name, run in study.runs.items():
        best = {n.role: float(n.printed) for n in run.published.numbers if n.quantity == BEST}
        for curve in run.published.curves:
            values = [point["validation_accuracy"] for point in read_curve(curve.file)]
            highest = max(float(value) for value in values if value)
            assert highest == pytest.approx(best[curve.role], abs=0.0006), (name, curve.file)


def test_landmarks_of_the_resnet_log() -> None:
    points = {int(point["epoch"]): point for point in read_curve("duke/D21.csv")}
    landmarks = {
        1: ["1.6908", "0.3680", "1.5336", "0.4290"],
        50: ["0.5510", "0.8125", "0.8054", "0.7290"],
        51: ["0.3682", "0.8761", "0.3445", "0.8846"],
        101: ["0.1369", "0.9548", "0.2473", "0.9152"],
        151: ["0.0403", "0.9914", "0.2583", "0.9200"],
        200: ["0.0321", "0.9944", "0.2562", "0.9208"],
    }
    for epoch, values in landmarks.items():
        assert [points[epoch][column] for column in COLUMNS] == values
    assert points[111]["validation_accuracy"] == "0.9240"


def test_every_claim_and_erratum_is_there(study: Study) -> None:
    assert list(study.errata) == [f"B{n}" for n in range(1, 13)]
    wanted = {f"d{n}" for n in range(1, 27)} | {f"tf1.{n}" for n in range(1, 11)}
    wanted |= {f"check-{what}" for what in ("output", "shapes", "features", "parameters", "macs")}
    wanted |= {f"tf1.4-{what}" for what in ("dropout", "stability", "overfitting", "speed")}
    wanted |= {"d6-depth", "d23-layers"}
    wanted |= {"check-l1-norm", "check-batches", "check-device", "check-separable"}
    assert wanted <= set(study.claims)
    untestable = {name for name, claim in study.claims.items() if claim.untestable}
    assert untestable == {"tf1.2", "tf1.9", "check-device"}


def test_every_figure_and_table_is_there(study: Study) -> None:
    wanted = {f"fig{n}" for n in range(1, 13)} | {"fig9n", "fig10n", "fig11n"}
    wanted |= {"best-accuracies", "learning-rates", "l2-strengths", "resnet-20", "networks"}
    assert wanted <= set(study.displays)
    for name in ("fig5", "fig7", "fig8"):
        assert study.displays[name].panels == PANELS
    for name in ("fig1", "fig2", "fig12"):
        assert study.displays[name].loss_limits == (0, 2.5)
    for name in ("fig11", "fig11n"):
        assert (study.displays[name].bin_width, study.displays[name].limit) == (0.01, 0.75)
