"""docs/findings.md is what the recorded results say today."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.support.report_results import write_results, write_study

from regrade.__main__ import parse
from regrade.commands.grid import read_grid
from regrade.exports.findings_document import document
from regrade.grading.graded_study import GradedStudy
from regrade.report.formatting import THIN
from regrade.report.study_view import views

FINDINGS = Path(__file__).parents[2] / "docs" / "findings.md"


def test_the_committed_findings_are_those_of_the_records(tmp_path: Path, capsys) -> None:
    changes = {"records": "only", "results": str(tmp_path)}
    steps = [["grade", study] for study in read_grid(changes).files]
    for step in (*steps, ["findings"]):
        arguments = parse([*step, "--config", json.dumps(changes)])
        arguments.command(arguments)
    told = capsys.readouterr().out.replace(str(tmp_path), "../results/recorded")
    assert FINDINGS.read_text(encoding="utf-8") == told, "make findings writes them anew"


def test_numbers_stand_beside_what_counts_as_the_same(tmp_path: Path) -> None:
    """A published value outside the interval of a reproduced number needs a word."""
    seeds = write_results(write_study(tmp_path), tmp_path)
    study = tmp_path / "studies" / "tiny.yaml"
    graded = GradedStudy.read(study, tmp_path / "results", seeds)
    text = document(views([graded]), "report").replace(THIN, " ")
    assert "Tolerance: 2 points of an accuracy, 10 % of a loss, 50 % of a time. Two runs" in text
    head = "| number | published | counts as the same | measured, with its 95 % interval"
    rows = text[text.index(head) :].split("\n\n")[0].splitlines()[2:]
    cells = [row.strip("| ").split(" | ") for row in rows]
    assert {len(row) for row in cells} == {5}
    assert any(re.fullmatch(r"[0-9.]+ to [0-9.]+ %", row[2]) for row in cells)
