"""A shipped study, which the test module names as `STUDY`."""

from __future__ import annotations

import pytest

from regrade.grading.sources import PublishedSource
from regrade.layout import STUDIES
from regrade.studies.load import load_study
from regrade.studies.resolve import ResolvedRun, resolve
from regrade.studies.study import Study


@pytest.fixture(scope="module")
def study(request: pytest.FixtureRequest) -> Study:
    """The loaded study, which passes every check of the schema."""
    return load_study(STUDIES / f"{request.module.STUDY}.yaml")


@pytest.fixture(scope="module")
def runs(study: Study) -> dict[str, ResolvedRun]:
    """Its resolved runs by name."""
    return {run.name: run for run in resolve(study)}


@pytest.fixture(scope="module")
def published(study: Study) -> PublishedSource:
    """What the report says."""
    return PublishedSource(study, STUDIES / "curves")
