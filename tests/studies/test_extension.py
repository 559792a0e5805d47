"""Reports that extend an assignment: what they inherit, and what is told of mistakes."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from tests.support.mistakes import mistakes
from tests.support.report_results import STUDY

from regrade.commands.studies import STUDIES, check
from regrade.errors import UserError
from regrade.studies.load import load_study
from regrade.studies.resolve import resolve
from regrade.studies.sharing import Home, home_of, lent_runs, sets_of, with_assignments
from regrade.studies.study import Study

HOMEWORK = STUDIES / "examples" / "homework"
REPORT = "report: {title: T, author: Ann, summary: S, sources: [s]}\n"


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    (tmp_path / "curves" / "tiny").mkdir(parents=True)
    (tmp_path / "curves" / "tiny" / "A.csv").write_text("epoch,train_loss\n0,2.0\n")
    (tmp_path / "tiny.yaml").write_text(STUDY)
    return tmp_path / "tiny.yaml"


def extending(sheet: Path, text: str = "", name: str = "ann", to: str = "tiny.yaml") -> Path:
    path = sheet.parent / f"{name}.yaml"
    path.write_text(f"study: {name}\nextends: {to}\n{REPORT}{text}")
    return path


def test_a_report_inherits_what_it_does_not_say(sheet: Path) -> None:
    theirs, own = load_study(sheet), load_study(extending(sheet))
    for part in ("protocol", "architectures", "tolerances", "claims", "displays"):
        assert getattr(own, part) == getattr(theirs, part)
    assert own.report.course == theirs.report.course
    assert [run.recipe_json for run in resolve(own)] == [run.recipe_json for run in resolve(theirs)]


def test_what_the_assignment_publishes_is_not_the_reports(sheet: Path) -> None:
    assert load_study(sheet).runs["A"].published.numbers
    assert not load_study(extending(sheet)).runs["A"].published.numbers


def test_a_mistake_of_the_assignment_is_told_once_for_all_its_reports(sheet: Path) -> None:
    sheet.write_text(STUDY.replace("stop: {epochs: ", "stop: {epochs: -", 1))
    files = [str(extending(sheet, name=name)) for name in ("ann", "ben")]
    with pytest.raises(UserError) as refused:
        check(SimpleNamespace(files=files))
    lines = str(refused.value).splitlines()
    assert lines[0] == f"{files[0]}: 1 mistake"
    assert lines[1].startswith(f"  {sheet}: line ")
    assert lines[2:] == [f"{files[1]}: 1 mistake", "  1 of them in the assignment, told above"]


def test_a_report_replaces_a_setting_of_a_run_and_keeps_the_others(sheet: Path) -> None:
    own = load_study(extending(sheet, "runs: {A: {recipe: {stop: {epochs: 3}}, notes: [mine]}}"))
    recipe = next(run.recipe for run in resolve(own) if run.name == "A")
    assert recipe.stop.epochs == 3
    assert recipe.optimizer == load_study(sheet).protocol.optimizer
    assert own.runs["A"].notes[-1] == "mine" and len(own.runs["A"].notes) > 1


def test_null_leaves_out_what_the_assignment_has(sheet: Path) -> None:
    theirs = load_study(sheet)
    nothing = {part: dict.fromkeys(getattr(theirs, part)) for part in ("claims", "displays")}
    text = yaml.safe_dump({**nothing, "runs": {"D": None}})
    own = load_study(extending(sheet, text))
    assert not own.claims and not own.displays
    assert own.runs.keys() == theirs.runs.keys() - {"D"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("runs: {AA: {recipe: {}}}", "line 4: runs.AA: the assignment has no run 'AA'"),
        ("runs: {Z: null}", "line 4: runs.Z: null leaves out what the assignment has"),
        ("claims: {nobody: null}", "line 4: claims.nobody: null leaves out"),
        ("protocl: {}", "line 4: protocl: unknown key; did you mean 'protocol'?"),
        ("runs: {A: {recipe: {stop: {epochs: -1}}}}", "line 4: runs.A.recipe.stop.epochs"),
        ("runs: [1]", "line 4: runs: found a list"),
    ],
)
def test_a_mistake_is_told_at_the_reports_own_line(sheet: Path, text: str, told: str) -> None:
    assert any(line.startswith(told) for line in mistakes(extending(sheet, text)))


def test_what_the_assignment_says_of_a_run_that_is_left_out_is_told_with_the_remedy(
    sheet: Path,
) -> None:
    """The line is the assignment's, but it is for the report to mend."""
    told = mistakes(extending(sheet, "runs: {A: null}"))
    figures = [line for line in told if ": displays." in line]
    assert figures and all(line.startswith(f"{sheet}: line ") for line in figures)
    assert "; ann.yaml leaves this run out: write displays." in figures[0]
    assert figures[0].endswith(" there as well, without it, or set it to null")
    claims = [line for line in told if ": claims." in line]
    assert claims and all("ann.yaml leaves this run out: write claims." in line for line in claims)


def test_a_mistake_of_the_assignment_is_told_at_its_line(sheet: Path) -> None:
    sheet.write_text(sheet.read_text().replace("epochs: 20", "epochs: 0"))
    line = next(n for n, row in enumerate(STUDY.splitlines(), 1) if "epochs: 20" in row)
    (told,) = mistakes(extending(sheet))
    assert told.startswith(f"{sheet}: line {line}: protocol.stop.epochs")


@pytest.mark.parametrize(
    ("to", "told"),
    [
        ("nowhere.yaml", "no file"),
        ("tiny.txt", "allowed: the path of a .yaml or .yml file"),
        ("/tiny.yaml", "which other machines do not have"),
        ("ann.yaml", "a file cannot extend itself"),
        ("7", "found 7; allowed: the path"),
    ],
)
def test_extends_names_an_assignment(sheet: Path, to: str, told: str) -> None:
    (line,) = mistakes(extending(sheet, to=to))
    assert line.startswith("line 2: extends: ") and told in line


def test_there_is_one_level_of_extending(sheet: Path) -> None:
    extending(sheet)
    (line,) = mistakes(extending(sheet, name="bea", to="ann.yaml"))
    assert "extends 'tiny.yaml' itself, and there is one level alone" in line


def test_equal_recipes_of_a_set_have_one_home() -> None:
    studies = {path.stem: load_study(path) for path in sorted(HOMEWORK.glob("*.yaml"))}
    runs = {name: resolve(study) for name, study in studies.items()}
    lent = lent_runs(sets_of(studies), runs)
    assert sets_of(studies) == {"momentum": ["ada", "ben", "cem"]}
    assert lent["momentum"] == {}
    assert lent["ada"] == {name: ("momentum", name) for name in ("plain", "momentum", "adam")}
    assert lent["ben"] == {"plain": ("momentum", "plain")}
    assert lent["cem"].keys() == {"plain", "momentum", "adam"}


def test_a_recipe_of_two_reports_alone_is_trained_for_the_first_by_name(sheet: Path) -> None:
    own = "runs: {X: {title: X, recipe: {stop: {epochs: 7}}}}"
    files = [extending(sheet, own, name) for name in ("bea", "ann")]
    studies = {path.stem: load_study(path) for path in (*files, sheet)}
    runs = {name: resolve(study) for name, study in studies.items()}
    lent = lent_runs(sets_of(studies), runs)
    assert "X" not in lent["ann"]
    assert lent["bea"]["X"] == ("ann", "X")


@pytest.mark.parametrize(
    ("with_logs", "homes"),
    [
        ({"ann"}, {"cem": ("bea", "X")}),
        ({"bea"}, {"cem": ("ann", "X")}),
        ({"ann", "bea", "cem"}, {}),
    ],
)
def test_a_run_that_is_graded_by_its_authors_logs_neither_lends_nor_borrows(
    sheet: Path, with_logs: set[str], homes: dict[str, Home]
) -> None:
    """Logs of one author say nothing of another's report; the rest of the set still shares."""
    own = "runs: {X: {title: X, recipe: {stop: {epochs: 7}}}}"
    files = [extending(sheet, own, name) for name in ("ann", "bea", "cem")]
    studies = {path.stem: load_study(path) for path in (*files, sheet)}
    runs = {name: resolve(study) for name, study in studies.items()}
    lent = lent_runs(sets_of(studies), runs, lambda run: run.study in with_logs)
    assert {name: of["X"] for name, of in lent.items() if "X" in of} == homes
    # What the assignment has is the same for all its reports.
    assert {name: of["A"] for name, of in lent.items() if "A" in of} == dict.fromkeys(
        ("ann", "bea", "cem"), ("tiny", "A")
    )


def test_the_home_of_a_run_is_known_from_its_report_alone(sheet: Path) -> None:
    """`why` and `import` are given a report's file, not the set."""
    path = extending(sheet, "runs: {X: {title: X, recipe: {stop: {epochs: 7}}}}")
    homes = {run.name: home_of(path, run) for run in resolve(load_study(path))}
    assert homes["C"] == ("tiny", "A")
    assert homes["X"] == ("ann", "X")


def test_an_assignment_joins_its_reports_and_two_of_one_name_are_refused(sheet: Path) -> None:
    own = extending(sheet)
    studies: dict[str, Study] = {"ann": load_study(own)}
    assert list(with_assignments({"ann": own}, studies)) == ["tiny", "ann"]
    other = sheet.parent / "other" / "tiny.yaml"
    other.parent.mkdir()
    other.write_text(STUDY)
    studies["tiny"] = studies["ann"]
    with pytest.raises(UserError, match="have one name, 'tiny'"):
        with_assignments({"tiny": other, "ann": own}, studies)
