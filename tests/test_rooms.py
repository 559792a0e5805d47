"""Rooms of the package import one way: from the right of this table, never from the left."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from regrade.fingerprint import imported

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
    "planning": {"training", "measuring", "data", "models", "studies"},
    "console": {"planning", "grading", "training", "measuring", "data", "models", "studies"},
}
"""The other rooms that a room may import, itself or by way of the modules beside the rooms."""
MAY_IMPORT["commands"] = MAY_IMPORT.keys() - {"console"}


def modules(room: str) -> list[Path]:
    return sorted((PACKAGE / room).rglob("*.py"))


def room_of(path: str) -> str | None:
    """Name the room that a module of the package lies in; None beside the rooms."""
    first, _, rest = path.partition("/")
    return first if rest else None


def test_every_room_is_listed() -> None:
    assert MAY_IMPORT.keys() == {path.parent.name for path in PACKAGE.glob("*/__init__.py")}


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_no_room_above_it(room: str) -> None:
    """Not for type checkers either."""
    for path in modules(room):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for name in _imported_by(node):
                other = name.split(".")[1]
                message = f"{path.relative_to(PACKAGE)} imports {name}"
                assert other in MAY_IMPORT[room] | {room} or other not in MAY_IMPORT, message


def _imported_by(node: ast.AST) -> list[str]:
    """Return the dotted names of this package that a statement imports."""
    found: list[str] = []
    if isinstance(node, ast.Import):
        found = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        found = [f"{node.module}.{alias.name}" for alias in node.names]
    return [name for name in found if name.startswith(f"{PACKAGE.name}.")]


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_reaches_no_room_above_it_through_modules_beside_the_rooms(room: str) -> None:
    own = [path.relative_to(PACKAGE).as_posix() for path in modules(room)]
    reached = {room_of(path) for path in imported(own)} - {None, room}
    assert reached <= MAY_IMPORT[room]
