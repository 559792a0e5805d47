"""All networks of a study are measured in one process, and each only when it changed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from regrade.measuring import study as measuring
from regrade.measuring.study import Network, Place, measure_study
from regrade.studies.initial_values import spoken_of
from regrade.studies.resolve import resolve
from regrade.studies.study import Study

RESNET = {"kind": "torchvision", "name": "resnet18"}


@pytest.fixture
def networks(plain_study: Study) -> dict[str, Network]:
    """Return two networks of the plain study, of which the first is fed."""
    runs = resolve(plain_study)[:2]
    return {run.name: Network(run.recipe_json, "code", run is runs[0]) for run in runs}


@pytest.fixture
def place(tmp_path: Path, tiny_data: Path) -> Place:
    return Place("tiny", tiny_data.parent, tmp_path / "models", tmp_path / "kept")


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Replace what needs a whole data set; give for each measurement whether data was read."""
    seen: list[bool] = []

    def measure(recipe: object, data: Path | None, **_: object) -> dict:
        seen.append(data is not None)
        return {"parameters": 1, "macs": 2, "seen": len(seen)}

    monkeypatch.setattr(measuring, "measure", measure)
    return seen


def test_every_network_gets_a_file_that_names_its_recipe_and_images(networks, place, measured):
    measure_study(networks, place)
    first, second = (json.loads((place.output / f"{run}.json").read_text()) for run in networks)
    assert (first["data_source"], second["data_source"]) == ("tests", None)
    assert first["recipe_hash"] != second["recipe_hash"]
    assert measured == [True, False]


def test_a_change_measures_what_changed_alone(networks, place, measured):
    """Also after Snakemake has emptied the folder of the results, as it does before a job."""
    measure_study(networks, place)
    for path in place.output.iterdir():
        path.unlink()
    changed, untouched = networks
    networks[changed] = Network(networks[changed].recipe, "other code", True)
    measure_study(networks, place)
    assert json.loads((place.output / f"{changed}.json").read_text())["seen"] == 3
    assert json.loads((place.output / f"{untouched}.json").read_text())["seen"] == 2
    assert len(list(place.kept.iterdir())) == 2, "a former measurement stays behind"


def test_weights_that_came_later_are_seen(networks, place, measured, tmp_path):
    """Without the file nothing is fed; that must not stay so."""
    word = {"model": RESNET | {"pretrained": True}}
    pretrained = json.dumps(json.loads(networks[next(iter(networks))].recipe) | word)
    networks = {name: replace(network, recipe=pretrained) for name, network in networks.items()}
    weights = tmp_path / "weights"
    place = replace(place, weights=weights)
    measure_study(networks, place)
    weights.mkdir()
    for content in (b"", b"the whole file"):
        (weights / "resnet18-f37072fd.pth").write_bytes(content)
        measure_study(networks, place)
    measure_study(networks, place)
    assert measured == [True, False, True, True], "only what is fed reads weights, once a file"


@pytest.mark.parametrize(("package", "again"), [("torch", 2), ("torchvision", 1), ("timm", 0)])
def test_an_upgrade_measures_the_networks_that_it_makes(
    networks, place, measured, monkeypatch, package, again
):
    """Counts of a network by name are those of the version that is installed."""
    first = next(iter(networks))
    named = json.loads(networks[first].recipe) | {"model": RESNET}
    recipe = json.dumps(named, separators=(",", ":"))
    networks[first] = replace(networks[first], recipe=recipe)
    installed = dict.fromkeys(("torch", "torchvision", "timm", "numba", "numpy"), "1.0")
    monkeypatch.setattr("importlib.metadata.version", lambda name: installed[name])
    measure_study(networks, place)
    installed[package] = "2.0"
    measure_study(networks, place)
    assert len(measured) == 2 + again


def test_only_networks_that_a_study_speaks_of_before_training_are_fed(plain_study: Study) -> None:
    assert spoken_of(plain_study, resolve(plain_study)) == set()
    claim = plain_study.claims["better"]
    spoken = claim.model_copy(update={"predicate": "A2.as_told.initial_loss < 3"})
    study = plain_study.model_copy(update={"claims": {"c": spoken}})
    assert spoken_of(study, resolve(study)) == {"A2-as-told", "A2-as-run"}


def test_no_file_holds_what_is_not_json(networks, place, monkeypatch):
    monkeypatch.setattr(measuring, "_measure", lambda *_: {"initial_loss": float("nan")})
    with pytest.raises(ValueError, match="not JSON compliant"):
        measure_study(networks, place)
    assert not list(place.kept.glob("*"))
