"""The command that takes learning curves of somebody's own code as a record."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.imported import CURVES, curve_writer
from tests.support.report_results import write_study
from tests.support.tiny_study import write_replicate

from regrade.__main__ import parse
from regrade.commands import curves as curves_commands
from regrade.commands import studies as studies_commands
from regrade.errors import UserError
from regrade.verify import verify


@pytest.fixture
def curves(tmp_path: Path) -> Callable[..., Path]:
    return curve_writer(tmp_path)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project with one study and no records."""
    loaded = tmp_path / "project"
    write_study(loaded)
    for module in (studies_commands, curves_commands):
        monkeypatch.setattr(module, "STUDIES", loaded / "studies")
    return loaded


def call(*words: object) -> None:
    arguments = parse(["import", *map(str, words)])
    arguments.command(arguments)


def test_the_command_writes_a_record_that_verifies(project, curves, capsys) -> None:
    call("tiny/B-as-run", "--seed", 3, curves())
    told = capsys.readouterr().out
    assert "part of the recipe's 20 epochs" in told and "studies=tiny" in told
    assert (project / "records/runs/tiny/B-as-run/seed-3/provenance.json").is_file()
    assert (
        "| tiny | B-as-run | 3 | preview (15.00%) | imported |"
        in (project / "records/README.md").read_text()
    )
    assert list(verify(project / "records")) == []


def test_a_run_that_repeats_a_recipe_shares_its_replicates(project, curves, capsys) -> None:
    call("tiny/C", curves())
    assert "C has the recipe of A" in capsys.readouterr().out
    assert (project / "records/runs/tiny/A/seed-0").is_dir()


def test_a_run_that_its_assignment_lends_is_imported_for_all_or_not_at_all(project, curves) -> None:
    """Nothing would be graded by a record of the report: the set has that of the assignment."""
    (project / "studies" / "ann.yaml").write_text(
        "study: ann\nextends: tiny.yaml\n"
        "report: {title: T, author: Ann, summary: S, sources: [s]}\n"
    )
    with pytest.raises(UserError, match="import the curves as tiny/A"):
        call("ann/C", curves())
    assert not (project / "records").exists()


def test_the_command_says_where_measured_records_decide(project, curves, capsys) -> None:
    made = {"study": "tiny", "run": "A", "seed": 5, "scale": "full"}
    write_replicate(project / "records", "A", 5, provenance=made, **CURVES)
    call("tiny/A", curves())
    assert "that is graded, not the curves" in capsys.readouterr().out


def test_logs_of_a_bare_run_are_those_of_its_evidence(project, curves) -> None:
    call("tiny/B", curves())
    assert (project / "records/runs/tiny/B-as-run/seed-0/history.csv").is_file()
    assert not (project / "records/runs/tiny/B-as-told").exists()


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("tiny/Bb", "tiny has no run 'Bb'.*B-as-told"),
        ("tiny/D", "counted, not trained"),
        ("A", "a run is named STUDY/RUN"),
    ],
)
def test_an_unknown_run_is_refused(project, curves, named: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        call(named, curves())
