"""What was measured of a study: its replicates and its models, each file read once."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from regrade import layout
from regrade.evidence import NO_RECORDS, SYNTHETIC, TRAINED, Evidence, Recorded, check_recipe
from regrade.fingerprint import recipe_hash
from regrade.grading.decisive import why_undecided
from regrade.grading.values import Histogram, read_curves, read_histogram
from regrade.seals import Seals
from regrade.studies.expressions import Reference, references
from regrade.studies.resolve import ResolvedRun, resolve, resolved_name, trained_runs
from regrade.studies.study import Study
from regrade.studies.vocabulary import PER_SEED

Content = TypeVar("Content")


@dataclass(frozen=True)
class Sample:
    """The replicates over which an expression is evaluated."""

    seeds: tuple[int | None, ...]
    """Seeds that all its runs share; one None where it depends on none; empty without any."""
    replicates: int | None
    """Those of the run with the fewest; None where the value depends on no seed."""
    scale: str | None
    """`full`, `preview` where any run has nothing better, None where nothing is trained."""
    share: float | None
    """Smallest share of a recipe's cost that was executed."""
    obstacle: str | None
    """Why there can be no verdict, where there can be none."""
    basis: str | None = None
    """`trained` by this call, `recorded`, `imported`, or several; None where nothing is trained."""


class Measurements:
    """The results of one study.

    Parameters
    ----------
    study
        The study; it must have passed `regrade.studies.load`.
    results
        The folder that holds `runs/` and `models/`.
    seeds_of
        The seeds that each trained run has results of, by its resolved name.
    recorded
        What is taken from the records, in the place of results or beside them.

    Raises
    ------
    UserError
        From any method: for a result file that is missing or damaged.
    """

    def __init__(
        self,
        study: Study,
        results: Path,
        seeds_of: Mapping[str, Sequence[int]],
        recorded: Recorded = NO_RECORDS,
    ) -> None:
        self.study = study
        self.evidence = Evidence(study.study, results, seeds_of, recorded)
        self.runs = resolve(study)
        self._by_name = {run.name: run for run in self.runs}
        self._files: dict[Path, Any] = {}
        self._seals = Seals()
        self._whole: set[Path] = set()

    def require_todays_recipes(self) -> None:
        """Refuse trained replicates of other recipes than the study's of today.

        Snakemake trains a changed run anew, but only where it remembers what it trained: not where
        somebody else trained it, or its memory was removed.

        Raises
        ------
        UserError
            Naming the replicate and both recipes.
        """
        for run in trained_runs(self.runs):
            wanted = recipe_hash(run.recipe_json)
            seeds = self.evidence.seeds(run.name) if self.basis(run) == TRAINED else ()
            for seed in seeds:
                place = self.evidence.replicate(run.name, seed)
                check_recipe(place, self.provenance(run, seed)["recipe_hash"], wanted, TRAINED)

    def variants(self, run: str) -> list[ResolvedRun]:
        """Return a run in all its variants."""
        return [resolved for resolved in self.runs if resolved.run == run]

    def resolved(self, wanted: Reference) -> ResolvedRun:
        """Return the run that a reference means: its variant, or the study's default variant."""
        return self._by_name[resolved_name(self.study, wanted.run, wanted.variant)]

    def seeds(self, run: ResolvedRun) -> list[int]:
        """Return the seeds of a run's measured replicates; a run that is only counted has none."""
        if run.measure_only:
            return []
        seeds = self.evidence.seeds(run.trained_as)
        return [seed for seed in seeds if "not_measured" not in self.summary(run, seed)]

    def history(self, run: ResolvedRun, seed: int) -> pd.DataFrame:
        """Return the learning curves of a replicate, by epoch."""
        return self._read(self._replicate(run, seed) / layout.HISTORY, read_curves)

    def weights(self, run: ResolvedRun, seed: int) -> Histogram | None:
        """Return all trainable parameters of a replicate after the last epoch, if any are told."""
        return self._read(self._replicate(run, seed) / layout.HISTOGRAM, read_histogram)

    def summary(self, run: ResolvedRun, seed: int) -> dict[str, Any]:
        """Return the summary of a replicate."""
        return self._read(self._replicate(run, seed) / layout.SUMMARY, self._seals.read_json)

    def provenance(self, run: ResolvedRun, seed: int) -> dict[str, Any]:
        """Return the provenance of a replicate."""
        return self._read(self._replicate(run, seed) / layout.PROVENANCE, self._seals.read_json)

    def model(self, run: ResolvedRun) -> dict[str, Any]:
        """Return the measurement of a run's untrained network."""
        return self._read(self.evidence.model(run.trained_as), self._seals.read_json)

    def basis(self, run: ResolvedRun) -> str:
        """Tell whether a run's replicates are recorded, imported or trained by this call."""
        return self.evidence.basis(run.trained_as)

    def initial(self, run: ResolvedRun) -> dict[int, dict[str, float | None]]:
        """Return what was measured of a run before training, by seed."""
        return {row["seed"]: row for row in self.model(run)["per_seed"]}

    def beside(self, run: ResolvedRun) -> dict[int, dict[str, Any]]:
        """Return the summaries of recorded replicates that stand beside trained ones, by seed."""
        seeds = self.evidence.recorded.beside.get(run.trained_as, ())
        folders = {seed: self.evidence.replicate_beside(run.trained_as, seed) for seed in seeds}
        read = self._seals.read_json
        return {seed: self._read(path / layout.SUMMARY, read) for seed, path in folders.items()}

    def _replicate(self, run: ResolvedRun, seed: int) -> Path:
        folder = self.evidence.replicate(run.trained_as, seed)
        if folder not in self._whole:
            # All its files, so that what is drawn later is of the replicate that was graded.
            self._seals.require_graded(folder)
            self._whole.add(folder)
        return folder

    def _read(self, path: Path, read: Callable[[Path], Content]) -> Content:
        if path not in self._files:
            self._seals.require(path)
            self._files[path] = read(path)
        return self._files[path]

    def sample(self, node: ast.expr) -> Sample:
        """Find the replicates over which an expression is evaluated.

        Replicates that may decide are preferred; of a run that has none the others are shown, and
        then there is no verdict.
        """
        found = list(references(node))
        trained = _runs(self.resolved(wanted) for wanted in found if wanted.attribute.trained)
        before = _runs(self.resolved(wanted) for wanted in found if wanted.name in PER_SEED)
        unmeasured = [*map(self._unmeasured, trained), *map(self._without_initial, before)]
        for missing in filter(None, unmeasured):
            return Sample((), 0, None, None, missing)
        deciding = {run.name: self.deciding_seeds(run) for run in trained}
        used = {run.name: deciding[run.name] or self.seeds(run) for run in trained}
        undecided = [run for run in trained if not deciding[run.name]]
        groups = [*used.values(), *(list(self.initial(run)) for run in before)]
        seeds = tuple(sorted(set(groups[0]).intersection(*groups[1:]))) if groups else (None,)
        share = min(
            (self.summary(run, seed)["share"] for run in trained for seed in used[run.name]),
            default=None,
        )
        scales = {self.summary(run, seed)["scale"] for run in trained for seed in used[run.name]}
        scale = ("preview" if "preview" in scales else "full") if trained else None
        obstacle = self._why_undecided(undecided) if undecided else self._made_up(before)
        replicates = min(map(len, groups)) if groups else None
        basis = " and ".join(sorted({self.basis(run) for run in trained})) or None
        return Sample(seeds, replicates, scale, share, obstacle, basis)

    def _unmeasured(self, run: ResolvedRun) -> str | None:
        if run.measure_only:
            return f"{run.name} is counted, not trained: {self.study.runs[run.run].measure_only}"
        if self.seeds(run):
            return None
        for seed in self.evidence.seeds(run.trained_as):
            return f"{run.name}: {self.summary(run, seed)['not_measured']}"
        return f"there is no replicate of {run.name}"

    def _without_initial(self, run: ResolvedRun) -> str | None:
        return None if self.initial(run) else f"{run.name} was not fed before training"

    def _made_up(self, before: list[ResolvedRun]) -> str | None:
        """Tell of runs whose values before training are of images that are no evidence."""
        found = [run for run in before if self.model(run).get("data_source") == SYNTHETIC]
        return f"fed with synthetic images before training: {_names(found)}" if found else None

    def deciding_seeds(self, run: ResolvedRun) -> list[int]:
        """Return the seeds of the replicates that a verdict may rest on."""
        return [seed for seed in self.seeds(run) if not self._obstacle(run, seed)]

    def _obstacle(self, run: ResolvedRun, seed: int) -> str:
        return why_undecided(self.summary(run, seed), self.provenance(run, seed))

    def _why_undecided(self, runs: list[ResolvedRun]) -> str:
        """Tell why none of the replicates of some runs decides: each reason with its runs."""
        reasons: dict[str, list[ResolvedRun]] = {}
        for run in runs:
            reasons.setdefault(self._obstacle(run, self.seeds(run)[0]), []).append(run)
        return "; ".join(f"{reason}: {_names(found)}" for reason, found in reasons.items())


def _runs(found: Iterable[ResolvedRun]) -> list[ResolvedRun]:
    return list({run.name: run for run in found}.values())


def _names(runs: Iterable[ResolvedRun]) -> str:
    return ", ".join(dict.fromkeys(run.name for run in runs))
