"""A workspace where everything was run once, copies of it to change, and an empty one."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.small_workflow import (
    TRAINED,
    Workspace,
)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, tiny_data: Path) -> Workspace:
    """Run everything once; nobody may change this workspace."""
    space = Workspace.create(tmp_path_factory.mktemp("finished") / "copy", tiny_data.parent)
    outcome = space.snakemake().succeeded()
    assert outcome.trainings == TRAINED
    return space


@pytest.fixture
def workspace(finished: Workspace, tmp_path: Path) -> Workspace:
    """Return a finished workspace to change."""
    return finished.copy(tmp_path / "copy")


@pytest.fixture
def empty(tiny_data: Path, tmp_path: Path) -> Workspace:
    """Return a workspace where nothing has been run."""
    return Workspace.create(tmp_path / "copy", tiny_data.parent)
