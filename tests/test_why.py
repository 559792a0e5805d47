"""`why` names what changed since a replicate was made, and nothing where nothing did."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.support.report_results import write_study

from regrade.__main__ import parse
from regrade.commands import records as records_commands
from regrade.commands import studies as studies_commands
from regrade.errors import UserError
from regrade.fingerprint import module_fingerprints, numerics_fingerprint
from regrade.packages import package_versions
from regrade.studies.resolve import ResolvedRun, resolve
from regrade.training.identity import machine_identity
from regrade.why import changes

CARD = {"checksum": "b" * 64, "source": "npz"}


@pytest.fixture
def run(tmp_path: Path) -> ResolvedRun:
    return next(run for run in resolve(write_study(tmp_path)) if run.name == "A")


@pytest.fixture
def made(run: ResolvedRun) -> dict[str, Any]:
    """Return the provenance of a replicate as this machine and this code would write it now."""
    return {
        **machine_identity(torch.device("cpu"), 1, "float32"),
        "recipe": json.loads(run.recipe_json),
        "data": {"checksum": "a" * 64, "source": "synthetic"},
        "code": numerics_fingerprint(run.recipe_json),
        "modules": module_fingerprints(run.recipe_json),
        "packages": package_versions(("torch", "numba")),
    }


@pytest.fixture(autouse=True)
def _without_accelerator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("regrade.why.available_accelerator", lambda: None)


def test_nothing_changed(run, made, tmp_path: Path) -> None:
    assert list(changes(made, run, tmp_path / "none.npz")) == []


def test_a_setting_is_named_by_its_place_with_both_values(run, made, tmp_path: Path) -> None:
    made["recipe"]["optimizer"]["momentum"] = 0.5
    assert list(changes(made, run, tmp_path / "none.npz")) == [
        "recipe.optimizer.momentum: 0.5 then, 0.9 now"
    ]


def test_other_data_are_named_with_their_source(run, made, tmp_path: Path) -> None:
    (tmp_path / "d.json").write_text(json.dumps(CARD))
    (found,) = changes(made, run, tmp_path / "d.npz")
    assert found == f"data: synthetic {'a' * 12} then, npz {'b' * 12} now"


def test_modules_that_changed_came_or_went_are_named(run, made, tmp_path: Path) -> None:
    made["code"] = "another"
    first, second, *_ = made["modules"]
    made["modules"] |= {first: "00000000", "data/old.py": "11111111"}
    del made["modules"][second]
    assert set(changes(made, run, tmp_path / "none.npz")) == {
        f"code: {first} is changed", "code: data/old.py is gone", f"code: {second} is new",
    }  # fmt: skip


def test_a_package_and_the_machine_are_named(run, made, tmp_path: Path) -> None:
    made["packages"] |= {"torch": "1.0", "nothing": "2"}
    made |= {"device": "NVIDIA H200", "processor": None}
    found = list(changes(made, run, tmp_path / "none.npz"))
    assert any(text.startswith("package torch: 1.0 then, 2") for text in found)
    assert "package nothing: 2 then, not installed now" in found
    assert any(text.startswith("device: NVIDIA H200 then, cpu (") for text in found)


def test_of_imported_curves_the_recipe_alone_can_change(run, tmp_path: Path) -> None:
    made = {"imported": {}, "recipe": json.loads(run.recipe_json), "data": {"checksum": None}}
    assert list(changes(made, run, tmp_path / "none.npz")) == []
    made["recipe"]["stop"]["epochs"] = 3
    assert list(changes(made, run, tmp_path / "none.npz")) == ["recipe.stop.epochs: 3 then, 20 now"]


@pytest.fixture
def project(tmp_path: Path, made: dict, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project with a study and one record of its run A."""
    for module in (studies_commands, records_commands):
        monkeypatch.setattr(module, "STUDIES", tmp_path / "studies")
    folder = tmp_path / "records/runs/tiny/A/seed-0"
    folder.mkdir(parents=True)
    (folder / "provenance.json").write_text(json.dumps(made))
    return tmp_path


def ask(project: Path, run: str) -> None:
    (project / "results").mkdir(exist_ok=True)
    arguments = parse(["why", run, "--results", str(project / "results")])
    arguments.command(arguments)


def test_the_command_tells_of_results_and_else_of_records(project, made, capsys) -> None:
    ask(project, "tiny/A")
    assert capsys.readouterr().out.endswith("records/runs/tiny/A/seed-0: nothing changed\n")
    own = project / "results/runs/tiny/A/seed-1"
    own.mkdir(parents=True)
    made["recipe"]["stop"]["epochs"] = 3
    (own / "provenance.json").write_text(json.dumps(made))
    ask(project, "tiny/A")
    assert capsys.readouterr().out == f"{own}:\n  recipe.stop.epochs: 3 then, 20 now\n"


def test_the_command_names_both_places_that_it_looked_at(project) -> None:
    with pytest.raises(UserError, match=r"results/runs/tiny/B-as-run and .*no replicate of tiny/B"):
        ask(project, "tiny/B-as-run")


def test_a_folder_of_results_that_is_named_must_be_there(project) -> None:
    arguments = parse(["why", "tiny/A", "--results", str(project / "nowhere")])
    with pytest.raises(UserError, match="there is no such folder"):
        arguments.command(arguments)
