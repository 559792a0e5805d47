"""Pages get from the tables what was graded: texts that look like numbers stay texts."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from tests.support.rendered import DESIGN
from tests.support.report_results import STUDY, write_results, write_study

from regrade.errors import UserError
from regrade.grading import agreement
from regrade.grading.graded_study import GradedStudy
from regrade.grading.tables import aggregate, write_table
from regrade.layout import TABLES
from regrade.report.pages import render
from regrade.report.study_results import StudyResults, read_table

DIGITS = (
    STUDY.replace("source: text", 'source: "3.10"')
    .replace("source: Table 1", 'source: "3"')
    .replace("source: another\n           student", 'source: "007"')
    .replace("Table and text differ.", "'2'")
    .replace("0.9 here and 0.8 there.", "'1e3'")
    .replace("Beauty is not measured.", "'5'")
)


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> GradedStudy:
    folder = tmp_path_factory.mktemp("digits")
    seeds = write_results(write_study(folder, DIGITS), folder)
    return GradedStudy.read(folder / "studies" / "tiny.yaml", folder / "results", seeds)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_read_as_it_was_graded(graded: GradedStudy, name: str) -> None:
    theirs = aggregate(graded)[name]
    expected = [
        {column: None if value == "" else value for column, value in row.items()}
        for row in theirs.to_dict("records")
    ]
    assert StudyResults(graded).table(name) == expected


def test_the_pages_of_sources_of_digits_alone_tell_them(graded: GradedStudy) -> None:
    (graded.results / "figures" / "tiny").mkdir(parents=True)
    render([graded], DESIGN, graded.results / "report")
    page = (graded.results / "report/runs/tiny/A.html").read_text(encoding="utf-8")
    assert all(f" {source}.</td>" in page for source in ("3.10", "3", "007"))


def test_replicates_beside_records_are_read_as_they_were_compared(tmp_path: Path) -> None:
    cells = ["7", "1", None, "last(train_loss)", 0.5, 0.25, 2, 3, 0.25, -1.5, 2.0, 0, 0.1, "agrees"]
    write_table(pd.DataFrame([cells], columns=list(agreement.COLUMNS)), tmp_path / "one.csv")
    (row,) = read_table(tmp_path / "one.csv")
    assert list(row.values()) == cells


def test_a_text_in_the_place_of_a_number_is_told_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("run,measured\nA,much\n")
    with pytest.raises(UserError, match=r"one\.csv: cannot be read: .*much"):
        read_table(tmp_path / "one.csv")
