"""The grid of a configuration: its studies, their runs, and the replicates of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TypedDict

from regrade.config import Config, study_paths
from regrade.errors import UserError
from regrade.evidence import Evidence, Recorded
from regrade.fingerprint import MEASURING, numerics_fingerprint
from regrade.grid_data import datasets_of, require_data
from regrade.layout import measured_studies
from regrade.planning.device_speed import Speed, told_speed
from regrade.planning.evidence_choice import borrow, choose_evidence, has_own_logs
from regrade.planning.run_patterns import matching
from regrade.resources import Resources
from regrade.studies.datasets import Dataset
from regrade.studies.execution import Budget
from regrade.studies.extension import assignment_path
from regrade.studies.images import dataset_of
from regrade.studies.initial_values import spoken_of
from regrade.studies.load import load_study
from regrade.studies.recipe_checks import place_beside
from regrade.studies.resolve import ResolvedRun, resolve
from regrade.studies.sharing import Home, lent_runs, sets_of, with_assignments
from regrade.studies.study import Study


class ToMeasure(TypedDict):
    """What measuring a network needs to know, as plain data for a job."""

    recipe: str
    code: str
    """Fingerprint of the code that measures it."""
    fed: bool


@dataclass(frozen=True)
class Grid:
    """Studies, their resolved runs, and the seeds of every run that is trained."""

    config: Config
    root: Path
    files: dict[str, Path]
    studies: dict[str, Study]
    runs: dict[str, list[ResolvedRun]]
    seeds: dict[str, dict[str, list[int]]]
    """Study: name of a run that this configuration trains: its seeds."""
    recorded: dict[str, Recorded]
    """Study: what is taken from the records."""
    speed: Speed | None = None
    """Of the device that trains, where the configuration tells it."""

    @classmethod
    def read(cls, config: Config, root: Path) -> Grid:
        """Read the studies that a configuration names.

        Raises
        ------
        UserError
            For every mistake of a study file, a study that does not exist or lacks records, or a
            file of a device's speed that cannot be read.
        """
        named = {path.stem: path for path in study_paths(config, root / "studies")}
        read = {name: load_study(path) for name, path in named.items()}
        if config.records == "only":
            named = _recorded(named, read, config, root / "records")
        files = with_assignments(named, read)
        studies = {name: read.get(name) or load_study(path) for name, path in files.items()}
        runs = {name: resolve(study) for name, study in studies.items()}
        grid = cls(config, root, files, studies, runs, {}, {}, told_speed(config.device_speed))
        require_data(runs, files, config.data, grid.own_places)
        has_logs = partial(has_own_logs, config=config, records=grid.records)
        lent = lent_runs(grid.sets, runs, has_logs)
        for name, found in runs.items():
            own = [run for run in found if run.name not in lent[name]]
            grid.seeds[name], grid.recorded[name] = choose_evidence(config, grid.records, own)
        grid.recorded.update({name: borrow(grid.recorded, name, lent[name]) for name in runs})
        if config.records == "only":
            grid._require_measurements()
        return grid

    def _require_measurements(self) -> None:
        missing = [
            f"{study}/{run.name}"
            for study in self.studies
            for run in self.networks(study)
            if run.name not in self.recorded[study].models
        ]
        if missing:
            raise UserError(
                f"{self.records / 'models'}: no measured network of {', '.join(missing)} as the"
                " recipe is today; measure with `snakemake --until measure_networks --config"
                " records=ignore`, then `python -m regrade record`"
            )

    @cached_property
    def datasets(self) -> dict[str, Dataset]:
        """The data sets of all recipes."""
        return datasets_of(self.runs)

    @cached_property
    def own_places(self) -> dict[str, Path]:
        """Where studies say that their own data sets lie, by name."""
        found = {name: place_beside(name, self.studies, self.files) for name in self.datasets}
        return {name: place for name, place in found.items() if place}

    @property
    def names(self) -> list[str]:
        """Names of the resolved runs of all studies."""
        return sorted({run.name for runs in self.runs.values() for run in runs})

    def curves_folder(self, study: str) -> Path:
        """Folder of the published curves, beside the study's file."""
        return self.files[study].parent / "curves"

    def curves(self, study: str) -> list[Path]:
        """Return the files of a study's published curves."""
        return [
            self.curves_folder(study) / curve.file
            for run in self.studies[study].runs.values()
            for curve in run.published.curves
        ]

    @cached_property
    def sets(self) -> dict[str, list[str]]:
        """The assignments that reports extend, each with its reports."""
        return sets_of(self.studies)

    def assignment(self, study: str) -> Path | None:
        """Return the file of the assignment that a study extends, if it does."""
        extends = self.studies[study].extends
        return None if extends is None else assignment_path(self.files[study], extends)

    def networks(self, study: str) -> list[ResolvedRun]:
        """Return the runs whose networks stand for all of the study: one of each recipe.

        Those that another study of the set lends are left out.
        """
        lent = self.recorded[study].lent
        return [
            run for run in self.runs[study] if run.trained_as == run.name and run.name not in lent
        ]

    def to_measure(self, study: str) -> list[ResolvedRun]:
        """Return the runs whose networks this configuration measures."""
        recorded = self.recorded[study].models
        return [run for run in self.networks(study) if run.name not in recorded]

    def networks_to_measure(self, study: str) -> dict[str, ToMeasure]:
        """Return what is measured of each network of a study, and by which code."""
        fed = self.fed(study)
        return {
            run.name: {
                "recipe": run.recipe_json,
                "code": numerics_fingerprint(run.recipe_json, *MEASURING),
                "fed": run.name in fed,
            }
            for run in self.to_measure(study)
        }

    def fed(self, study: str) -> set[str]:
        """Return the runs whose networks are drawn and fed before training.

        A report of a set may speak of a network that another study lends it.
        """
        found = {
            self.home(name, run)
            for name in self.studies
            for run in spoken_of(self.studies[name], self.runs[name])
        }
        return {run for home, run in found if home == study}

    def home(self, study: str, run: str) -> Home:
        """Return the study and the run under whose names a trained run's replicates lie."""
        return self.evidence(study).home(run)

    def graded_seeds(self, study: str) -> dict[str, list[int]]:
        """Return the seeds of the runs that this configuration trains for a study.

        Those that are trained in another study of its set are among them.
        """
        lent = {
            run: self.seeds[home][name]
            for run, (home, name) in self.recorded[study].lent.items()
            if name in self.seeds[home]
        }
        return self.seeds[study] | lent

    @property
    def records(self) -> Path:
        """Folder of the measured results that the project ships."""
        return self.root / "records"

    def evidence(self, study: str) -> Evidence:
        """Return where the replicates and measured networks of a study lie."""
        results = Path(self.config.results)
        return Evidence(study, results, self.graded_seeds(study), self.recorded[study])

    def run(self, study: str, name: str) -> ResolvedRun:
        """Return a resolved run by its name.

        Raises
        ------
        KeyError
            When the study has no such run.
        """
        return self._by_name[study][name]

    @cached_property
    def _by_name(self) -> dict[str, dict[str, ResolvedRun]]:
        return {study: {run.name: run for run in runs} for study, runs in self.runs.items()}

    @property
    def resources(self) -> Resources:
        """What the jobs of this configuration ask of a machine."""
        return Resources(self.config, self.speed)

    def budget(self, run: ResolvedRun) -> Budget:
        """Return how much of a run's recipe its replicates execute."""
        return self.resources.budget(run)

    def jobs(self, patterns: Iterable[str] = ("*",)) -> Iterator[dict]:
        """Yield replicates as plain data for `python -m regrade.training`.

        Parameters
        ----------
        patterns
            Which runs, in which order: shell patterns of `study/run`, such as `nyu/M*`; a run
            stands for its variants too. What several match comes where the first does.

        Raises
        ------
        UserError
            When a pattern matches no run that is trained.
        """
        trained = [self.run(study, name) for study in self.seeds for name in self.seeds[study]]
        recorded = [
            self.run(study, name) for study, of in self.recorded.items() for name in of.replicates
        ]
        for run in matching(patterns, trained, recorded):
            for seed in self.seeds[run.study][run.name]:
                yield {
                    "study": run.study,
                    "run": run.name,
                    "seed": seed,
                    "dataset": dataset_of(run.recipe).name,
                    "recipe": run.recipe_json,
                    "budget": asdict(self.budget(run)),
                    "precision": self.config.precision,
                }


def _recorded(
    files: dict[str, Path], studies: dict[str, Study], config: Config, records: Path
) -> dict[str, Path]:
    """Keep the studies that have records, or whose assignment has.

    One that was asked for by name must have some.
    """
    measured = measured_studies(records)
    known = [
        name
        for name in files
        if name in measured or Path(studies[name].extends or "").stem in measured
    ]
    missing = [name for name in files if name not in known]
    if not known or (missing and config.studies != ["all"]):
        raise UserError(
            f"{records}: no recorded results of {', '.join(missing)};"
            f" there are some of: {', '.join(measured) or 'no study'}"
        )
    return {name: path for name, path in files.items() if name in known}
