"""Numbers, curves, claims of the Duke study are those of its report and its sources."""

from __future__ import annotations

import pytest
from tests.support.published_curves import CURVES, read_curve

from regrade.studies.study import Study

STUDY = "duke"
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
