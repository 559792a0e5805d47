"""A new study checks and previews as it is written, and never takes the place of another."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.support.small_workflow import PROJECT, Workspace, read_rows

from regrade.commands import new_study, studies
from regrade.errors import UserError
from regrade.layout import TABLES
from regrade.studies.load import load_study
from regrade.studies.own_names import OWN_NAMES
from regrade.studies.resolve import resolve


def test_the_template_is_checked_under_its_new_name(tmp_path: Path) -> None:
    path = new_study.write_study(new_study.study_name("my-report"), tmp_path)
    assert path == tmp_path / "my_report.yaml"
    study = load_study(path)
    assert study.study == "my_report"
    assert (len(study.runs), len(study.claims), len(study.displays)) == (2, 1, 1)
    assert "$schema=schema.json" in path.read_text().splitlines()[0]
    plain, _ = resolve(study)
    assert plain.cost.parameters == 136_874


def test_the_command_says_what_to_do_next(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(new_study, "STUDIES", tmp_path)
    monkeypatch.chdir(tmp_path)
    new_study.new(SimpleNamespace(name="mine"))
    told = capsys.readouterr().out
    assert "python -m regrade check mine.yaml" in told
    assert "--config studies=mine scale=full" in told
    studies.check(SimpleNamespace(files=[str(tmp_path / "mine.yaml")]))
    whole = "scale=full data=torchvision seeds=3 results=results/full"
    assert whole in told and whole in capsys.readouterr().out, "made-up images decide nothing"


@pytest.mark.parametrize("ending", [".yaml", ".yml"])
def test_a_study_that_exists_is_left_as_it_is(tmp_path: Path, ending: str) -> None:
    there = (tmp_path / "Mine").with_suffix(ending)
    there.write_text("mine")
    with pytest.raises(UserError, match=f"Mine{ending} exists"):
        new_study.write_study("mine", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [there.name]
    assert there.read_text() == "mine"


@pytest.mark.parametrize("name", ["", "a/b", "../up", "my.yaml", "2024", "zwölf", "a" * 61, "a b"])
def test_what_is_no_file_name_is_refused(name: str) -> None:
    with pytest.raises(UserError, match="cannot name a study; a name is a letter, then letters"):
        new_study.study_name(name)


@pytest.mark.parametrize("name", ["null", "yes", "True", "nan", "Infinity"])
def test_a_name_that_a_command_line_takes_for_something_else_is_refused(name: str) -> None:
    with pytest.raises(UserError, match="means something else"):
        new_study.study_name(name)


@pytest.mark.parametrize("name", ["all", "index", "Index", "numbers", "agreement"])
def test_a_name_of_the_reports_own_files_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"'{name}' cannot name a study: a page or a table"):
        new_study.study_name(name)
    path = new_study.write_study(name, tmp_path)
    with pytest.raises(UserError, match=f"study: '{name}' cannot name a study: a page or a table"):
        load_study(path)


def test_the_reports_own_names_are_those_of_its_pages_and_tables() -> None:
    templates = {path.name for path in (PROJECT / "report/templates").glob("*.html.j2")}
    others = {"base", "macros", "set", "study", "run"}
    pages = {name.removesuffix(".html.j2") for name in templates} - others
    assert {"all", *pages, *TABLES} == OWN_NAMES


@pytest.mark.slow
def test_a_new_study_previews_to_a_page(tiny_data: Path, tmp_path: Path) -> None:
    space = Workspace.create(tmp_path / "copy", tiny_data)
    shutil.copytree(PROJECT / "studies/examples", space.root / "studies/examples")
    told = space.regrade("new", "mine").succeeded().text
    assert "studies=mine" in told
    assert "exists" in space.regrade("new", "mine").text
    space.snakemake(studies="mine", scale="preview", data="synthetic").succeeded()
    page = (space.root / "results/report/mine.html").read_text()
    assert "Momentum raises the test accuracy." in page
    assert (space.root / "results/figures/mine/curves.svg").is_file()
    (size,) = read_rows(space.root / "results/tables/complexity.csv")[:1]
    assert (size["parameters"], size["verdict"]) == ("136874", "reproduced")
    (claim,) = read_rows(space.root / "results/tables/claims.csv")
    assert claim["on_measured"] == "not measured"
