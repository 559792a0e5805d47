"""All networks of a study are measured in one process, and each only when it changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from regrade.measuring import study as measuring
from regrade.measuring.study import Network, Place, measure_study
from regrade.studies.initial_values import spoken_of
from regrade.studies.resolve import resolve
from regrade.studies.study import Study


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


def test_only_networks_that_a_study_speaks_of_before_training_are_fed(plain_study: Study) -> None:
    assert spoken_of(plain_study, resolve(plain_study)) == set()
    claim = plain_study.claims["better"]
    spoken = claim.model_copy(update={"predicate": "A2.as_told.initial_loss < 3"})
    study = plain_study.model_copy(update={"claims": {"c": spoken}})
    assert spoken_of(study, resolve(study)) == {"A2-as-told", "A2-as-run"}
