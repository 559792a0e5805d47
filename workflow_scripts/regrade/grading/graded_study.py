"""A study and what it is graded by, as grading, figures and pages take it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from regrade.evidence import NO_RECORDS, Recorded
from regrade.grading.estimates import Estimates
from regrade.grading.measurements import Measurements
from regrade.grading.sources import PublishedSource
from regrade.studies.load import load_study
from regrade.studies.study import Study


@dataclass(frozen=True)
class GradedStudy:
    """A study with its published curves and its results, each file of which is read once.

    Raises
    ------
    UserError
        From any property's methods: for a result or curve file that is missing or damaged.
    """

    study: Study
    """The study; it must have passed `regrade.studies.load`."""
    curves: Path
    """The folder that its published curves lie below."""
    results: Path
    """The folder with `runs/`, `models/` and `tables/`."""
    seeds: Mapping[str, Sequence[int]]
    """The seeds of each trained run, by its resolved name; a run without replicates may lack."""
    recorded: Recorded = NO_RECORDS
    """What is taken from the records, in the place of results or beside them."""
    file: Path | None = None
    """The study's file, which calls that pages print may have to name."""

    @classmethod
    def read(
        cls,
        file: Path,
        results: Path,
        seeds: Mapping[str, Sequence[int]],
        recorded: Recorded = NO_RECORDS,
    ) -> GradedStudy:
        """Read a study's file, beside which its published curves lie in `curves`.

        Raises
        ------
        UserError
            For every mistake of the file, and for a replicate of another recipe than today's.
        """
        found = cls(load_study(file), file.parent / "curves", results, seeds, recorded, file)
        found.measurements.require_todays_recipes()
        return found

    @cached_property
    def measurements(self) -> Measurements:
        """What was measured of the study."""
        return Measurements(self.study, self.results, self.seeds, self.recorded)

    @cached_property
    def estimates(self) -> Estimates:
        """The intervals of what was measured."""
        return Estimates(self.measurements)

    @cached_property
    def published(self) -> PublishedSource:
        """What the report says."""
        return PublishedSource(self.study, self.curves)
