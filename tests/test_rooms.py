"""Rooms of the package import one way: from the right of this table, never from the left."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "workflow_scripts" / "regrade"
MAY_IMPORT = {
    "studies": set(),
    "data": {"studies"},
    "models": {"studies"},
    "training": {"data", "models", "studies"},
    "measuring": {"data", "models", "studies"},
    "grading": {"studies"},
    "report": {"grading", "studies"},
    "exports": {"report", "grading", "studies"},
}
"""The other rooms that a room may import; modules beside the rooms are free to all."""


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_no_room_above_it(room: str) -> None:
    allowed = MAY_IMPORT[room] | {room}
    for path in sorted((PACKAGE / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("regrade."):
                imported = node.module.split(".")[1]
                message = f"{path.relative_to(PACKAGE)} imports regrade.{imported}"
                assert imported in allowed or imported not in MAY_IMPORT, message
