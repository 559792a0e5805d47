"""docs/findings.md is what the recorded results say today."""

from __future__ import annotations

import json
from pathlib import Path

from regrade.__main__ import parse
from regrade.commands.grid import read_grid

FINDINGS = Path(__file__).parents[2] / "docs" / "findings.md"


def test_the_committed_findings_are_those_of_the_records(tmp_path: Path, capsys) -> None:
    changes = {"records": "only", "results": str(tmp_path)}
    steps = [["grade", study] for study in read_grid(changes).files]
    for step in (*steps, ["findings"]):
        arguments = parse([*step, "--config", json.dumps(changes)])
        arguments.command(arguments)
    told = capsys.readouterr().out.replace(str(tmp_path), "../results/recorded")
    assert FINDINGS.read_text(encoding="utf-8") == told, "make findings writes them anew"
