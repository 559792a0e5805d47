"""Reports of one assignment through the real Snakemake: equal recipes are trained once."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.small_workflow import Outcome, Workspace, read_rows
from tests.support.tiny_data import write_tiny_data

REPORT = """\
study: {name}
extends: small.yaml
report: {{title: T, author: {name}, summary: S, sources: [s]}}
runs:
  A1:
    recipe: {{stop: {{epochs: {epochs}}}}}
    published:
      numbers:
        - {{quantity: max(validation_accuracy), printed: "0.{printed}", unit: fraction, source: t}}
"""
EPOCHS = {"ann": 60, "bea": 3, "cem": 3}
"""Of run A1: Ann has the assignment's recipe; Bea and Cem have one of their own in common."""
HOMES = {"small/A1", "small/A2-as-run", "bea/A1"}


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root = tmp_path_factory.mktemp("set")
    space = Workspace.create(root / "copy", write_tiny_data(root / "data").parent)
    for printed, (name, epochs) in enumerate(EPOCHS.items(), 50):
        text = REPORT.format(name=name, epochs=epochs, printed=printed)
        (space.root / "studies" / f"{name}.yaml").write_text(text)
    return space


@pytest.fixture(scope="module")
def done(space: Workspace) -> Outcome:
    return space.snakemake(studies="ann,bea,cem").succeeded()


def trained(results: Path) -> set[str]:
    return {"/".join(path.parts[-3:-1]) for path in results.glob("runs/*/*/seed-*")}


def trainings(outcome: Outcome) -> list[str]:
    return [job for job in outcome.jobs if job.startswith("Training ")]


def test_equal_recipes_of_a_set_are_trained_once(space: Workspace, done: Outcome) -> None:
    assert trained(space.root / "results") == HOMES
    assert len(trainings(done)) == len(HOMES)


def test_every_report_is_graded_by_what_its_set_trained(space: Workspace, done: Outcome) -> None:
    for name, home in {"ann": "small/A1", "bea": "A1", "cem": "bea/A1"}.items():
        rows = read_rows(space.root / "results" / "tables" / f"{name}.csv")
        (own,) = {row["trained_as"] for row in rows if row["run"] == "A1"}
        assert own == home
        (number,) = read_rows(space.root / "results" / "tables" / name / "numbers.csv")
        assert number["measured"] and number["replicates"] == "1"


def test_there_is_a_page_and_a_grade_book(space: Workspace, done: Outcome) -> None:
    assert (space.root / "results/report/set-small.html").is_file()
    book = read_rows(space.root / "results/exports/gradebook.csv")
    assert [row["report"] for row in book] == list(EPOCHS)


def test_nothing_is_left_to_do_and_a_report_alone_trains_nothing_new(
    space: Workspace, done: Outcome
) -> None:
    assert "Nothing to be done" in space.plan(studies="ann,bea,cem").text
    assert not trainings(space.plan(studies="ann"))


def test_a_changed_assignment_is_graded_anew(space: Workspace, done: Outcome) -> None:
    other = space.copy(space.root.parent / "changed")
    other.edit("studies/small.yaml", "accuracy: 0.02", "accuracy: 0.03")
    assert {"Grading ann", "Grading bea"} <= set(other.plan(studies="ann,bea,cem").jobs)


def test_the_tables_of_a_set_are_derived_again(space: Workspace, done: Outcome) -> None:
    space.regrade("verify", "results").succeeded()
