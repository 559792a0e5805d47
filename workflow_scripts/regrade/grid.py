"""The grid of a configuration: which replicates there are, and what each of them needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import chain
from pathlib import Path

from regrade.config import Config, study_paths
from regrade.errors import UserError
from regrade.evidence import Evidence, Recorded
from regrade.layout import measured_studies
from regrade.planning.device_speed import PASSES, Speed, read_speed, sustained
from regrade.planning.evidence_choice import choose_evidence
from regrade.studies.budget import budget
from regrade.studies.execution import Budget
from regrade.studies.initial_values import spoken_of
from regrade.studies.load import load_study
from regrade.studies.resolve import ResolvedRun, resolve
from regrade.studies.spelling import suggest
from regrade.studies.study import Study

LARGE_MACS = 3e8
"""Networks above this use several threads; below, one thread a run and one run a core is faster."""
HEAVY_PARAMETERS = 1e8
"""Networks above this fill the memory of a small machine when two train side by side."""
LARGE_THREADS = 4
SMALL_MINUTES = 30
"""Replicates that may take so long at most are small: on a cluster many share an allocation."""
THREAD_MACS_PER_SECOND = 2e10
"""Training speed that a run time is reckoned with: forward MACs a second of a thread."""
BASE_MEMORY_MB = 1_100
"""torch, and the images of a data set twice, since a split copies them."""
PARAMETER_BYTES = 36
"""Weight, gradient, two optimizer moments, the selected copy, a checkpoint, room to compute."""
MEASURED_BYTES = 9
"""Of a parameter that is measured: the network, and drawn once more for its initial values."""
VALUE_BYTES = 10
"""A layer's output in float32, its gradient, and what the allocator holds beside them."""


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
        files = {path.stem: path for path in study_paths(config, root / "studies")}
        if config.records == "only":
            files = _recorded(files, config, root / "records")
        studies = {name: load_study(path) for name, path in files.items()}
        runs = {name: resolve(study) for name, study in studies.items()}
        grid = cls(config, root, files, studies, runs, {}, {}, _speed(config.device_speed))
        for name, found in runs.items():
            grid.seeds[name], grid.recorded[name] = choose_evidence(config, grid.records, found)
        if config.records == "only":
            grid._require_measurements()
        return grid

    def _require_measurements(self) -> None:
        missing = [
            f"{study}/{run}"
            for study in self.studies
            for run in self.measured(study)
            if run not in self.recorded[study].models
        ]
        if missing:
            raise UserError(
                f"{self.records / 'models'}: no measured network of {', '.join(missing)} as the"
                " recipe is today; measure with `snakemake --until measure_networks --config"
                " records=ignore`, then `python -m regrade record`"
            )

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

    def measured(self, study: str) -> list[str]:
        """Return the names of the runs whose networks are measured: one of each recipe."""
        return [run.name for run in self.runs[study] if run.trained_as == run.name]

    def to_measure(self, study: str) -> list[str]:
        """Return the names of the runs whose networks this configuration measures."""
        recorded = self.recorded[study].models
        return [name for name in self.measured(study) if name not in recorded]

    def fed(self, study: str) -> set[str]:
        """Return the runs whose networks are drawn and fed before training."""
        return spoken_of(self.studies[study], self.runs[study])

    @property
    def records(self) -> Path:
        """Folder of the measured results that the project ships."""
        return self.root / "records"

    def evidence(self, study: str) -> Evidence:
        """Return where the replicates and measured networks of a study lie."""
        results = Path(self.config.results)
        return Evidence(study, results, self.seeds[study], self.recorded[study])

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

    def budget(self, run: ResolvedRun) -> Budget:
        """Return how much of a run's recipe its replicates execute."""
        return budget(run, self.config.scale, self.config.epochs)

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
        for study, name in self._matching(patterns):
            run = self.run(study, name)
            for seed in self.seeds[study][name]:
                yield {
                    "study": study,
                    "run": name,
                    "seed": seed,
                    "dataset": run.recipe.dataset,
                    "recipe": run.recipe_json,
                    "budget": asdict(self.budget(run)),
                    "precision": self.config.precision,
                }

    def _matching(self, patterns: Iterable[str]) -> list[tuple[str, str]]:
        runs = [self.run(study, name) for study in self.seeds for name in self.seeds[study]]
        found = {
            pattern: [
                (run.study, run.name)
                for run in runs
                if any(fnmatchcase(f"{run.study}/{name}", pattern) for name in (run.run, run.name))
            ]
            for pattern in patterns
        }
        names = [f"{run.study}/{run.name}" for run in runs]
        missed = [
            f"{pattern!r}{suggest(pattern, names)}" for pattern in found if not found[pattern]
        ]
        if missed:
            raise UserError(
                f"no run that is trained matches {', '.join(missed)};"
                " a run is named study/run, such as 'kaist/K1' or 'nyu/M*'"
            )
        return list(dict.fromkeys(chain.from_iterable(found.values())))

    def threads(self, run: ResolvedRun) -> int:
        """Return the CPU threads of a replicate.

        Previews capped in cost are short, so that one run a core is best.

        Networks of hundreds of megabytes own the cores at any scale, so that two never meet.
        """
        heavy = run.cost.parameters > HEAVY_PARAMETERS
        whole = self.config.scale == "full" or self.config.epochs
        large = run.cost.macs > LARGE_MACS and whole
        return LARGE_THREADS if heavy or large else 1

    def runs_per_gpu(self, run: ResolvedRun) -> int:
        """Return how many runs like this one may share a GPU."""
        large = run.cost.macs > LARGE_MACS or run.cost.parameters > HEAVY_PARAMETERS
        return 1 if large else self.config.runs_per_gpu

    def gpus(self, run: ResolvedRun, *, limited: bool) -> int:
        """Return what a replicate takes of the resource `gpu` on one machine.

        Parameters
        ----------
        run
            The run.
        limited
            Whether there is a limit, which counts `runs_per_gpu` for each GPU; without one, nobody
            gave a GPU to the job, and it takes one only if the configuration names it.
        """
        if self.config.device == "cpu" or (self.config.device == "auto" and not limited):
            return 0
        return self.config.runs_per_gpu // self.runs_per_gpu(run)

    def is_small(self, run: ResolvedRun) -> bool:
        """Whether starting a job of its own would be a good part of a replicate's cost."""
        return self.threads(run) == 1 and self.runtime_minutes(run) <= SMALL_MINUTES

    def memory_mb(self, run: ResolvedRun) -> int:
        """Estimate the memory of a replicate in MB, as the peak of the process.

        Measured for eleven networks of the studies, with peaks from 0.6 to 4.7 GB: each was 0.5 to
        0.9 of its estimate.
        """
        values = run.recipe.batches.training * run.cost.values
        used = run.cost.parameters * PARAMETER_BYTES + values * VALUE_BYTES
        return BASE_MEMORY_MB + int(used / 1e6)

    def measuring_memory_mb(self, study: str) -> int:
        """Estimate the memory of measuring the networks of a study, one after another, in MB."""
        costs = [self.run(study, name).cost for name in self.to_measure(study)]
        largest = max((cost.parameters for cost in costs), default=0)
        return BASE_MEMORY_MB + int(largest * MEASURED_BYTES / 1e6)

    def runtime_minutes(self, run: ResolvedRun) -> int:
        """Estimate the run time of a replicate in minutes, generously.

        On CPU threads, unless the configuration names a measured device. A number of TFLOP/s gives
        lower bounds, which are no limits.
        """
        limits = self.budget(run)
        if self.speed and isinstance(self.config.device_speed, str):
            return 10 + int(self.speed.seconds(run, limits) / 60 * 2)
        return 10 + int(self.thread_seconds(run, limits) / self.threads(run) / 60 * 2)

    def thread_seconds(self, run: ResolvedRun, limits: Budget) -> float:
        """Estimate the time of a replicate on one CPU thread."""
        macs = (run.cost.macs + 3e6) * limits.train_images * limits.epochs * PASSES
        return macs / THREAD_MACS_PER_SECOND


def _speed(told: float | str | None) -> Speed | None:
    if told is None:
        return None
    if isinstance(told, float):
        return sustained(told)
    try:
        return read_speed(Path(told))
    except UserError as error:
        raise UserError(f"config (config.yaml, or --config):\n  device_speed: {error}") from None


def _recorded(files: dict[str, Path], config: Config, records: Path) -> dict[str, Path]:
    """Keep the studies that have records; one that was asked for by name must have some."""
    known = measured_studies(records)
    missing = [name for name in files if name not in known]
    if not known or (missing and config.studies != ["all"]):
        raise UserError(
            f"{records}: no recorded results of {', '.join(missing)};"
            f" there are some of: {', '.join(known) or 'no study'}"
        )
    return {name: path for name, path in files.items() if name in known}
