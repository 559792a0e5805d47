"""The best evidence at hand of every run: what a call trains, or what `records/` has.

A replicate on real images is better evidence than one on synthetic images, and among replicates
on the same kind of images one at full scale is better than a preview.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from regrade import layout
from regrade.errors import UserError
from regrade.seals import Seals

TRAINED = "trained"
RECORDED = "recorded"
IMPORTED = "imported"
"""Learning curves that somebody's own code wrote; the key of a provenance that says so."""
SYNTHETIC = "synthetic"
"""The source of data that is made on the spot."""


@dataclass(frozen=True)
class Worth:
    """What a replicate says about a published number; orders evidence by `rank`."""

    real: bool
    full: bool

    @property
    def rank(self) -> int:
        """Real images count before scale: a made-up image says nothing, however often seen."""
        return 2 * self.real + self.full


@dataclass(frozen=True)
class Recorded:
    """What one study takes from elsewhere: from the records, or from another study of its set."""

    folder: str = "records"
    replicates: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """Trained run, by its resolved name: seeds that stand in the place of a training."""
    beside: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """Seeds that are compared with replicates trained by the same call."""
    models: Sequence[str] = ()
    """Runs whose measured network is taken from the records."""
    imported: Sequence[str] = ()
    """Runs whose replicates were not trained here or by us, but imported."""
    lent: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Run: the study and the run whose replicates and network are its own, too."""


NO_RECORDS = Recorded()

_USED = {
    "train_images": ("trained on", "training"),
    "scored_images": ("scored on", "evaluation"),
    "test_images": ("tested on", "evaluation"),
}
"""What a budget and a summary count: what was done with these images, and in which batches."""


def lacking_images(summary: Mapping[str, Any], provenance: Mapping[str, Any]) -> str:
    """Tell where a replicate saw fewer images than its budget has; empty where it saw them all.

    A file may hold fewer images than the data set that it is named after. Data sets of a study's
    own are held against what it declares when they are prepared.

    Parameters
    ----------
    summary, provenance
        The contents of a replicate's `summary.json` and `provenance.json`. Without a budget, as in
        what older versions wrote and in imported curves, nothing is known to be lacking.
    """
    budget, recipe = provenance.get("budget"), provenance.get("recipe", {})
    if not budget or not isinstance(recipe.get("dataset"), str):
        return ""
    batches = recipe["batches"]
    for name, (use, kind) in _USED.items():
        whole = budget[name]
        if batches[f"drop_last_{kind}"] and whole > batches[kind]:
            whole -= whole % batches[kind]
        if name in summary and summary[name] < whole:
            return f"{use} {summary[name]:,} of the {whole:,} images"
    return ""


def worth_of(summary: Mapping[str, Any], provenance: Mapping[str, Any]) -> Worth:
    """Return what a replicate is worth: at full scale are those that saw all images of a recipe."""
    is_full = provenance["scale"] == "full" and not lacking_images(summary, provenance)
    return Worth(provenance["data"]["source"] != SYNTHETIC, is_full)


@dataclass(frozen=True)
class Evidence:
    """Where the replicates and measured networks of one study lie."""

    study: str
    results: Path
    trained: Mapping[str, Sequence[int]]
    """Trained run, by its resolved name: seeds that the call trains."""
    recorded: Recorded = NO_RECORDS

    def seeds(self, run: str) -> Sequence[int]:
        """Return the seeds of a run's replicates; a run has them of one basis."""
        return self.recorded.replicates.get(run) or self.trained.get(run, ())

    def basis(self, run: str) -> str:
        """Tell whether a run's replicates are recorded, imported or trained by this call."""
        if not self.recorded.replicates.get(run):
            return TRAINED
        return IMPORTED if run in self.recorded.imported else RECORDED

    def replicate(self, run: str, seed: int) -> Path:
        """Return the folder of a replicate's files."""
        place = self.results if self.basis(run) == TRAINED else self._records
        return layout.replicate_folder(place, *self.home(run), seed)

    def home(self, run: str) -> tuple[str, str]:
        """Return the study and the run under whose names a run's replicates lie."""
        study, name = self.recorded.lent.get(run, (self.study, run))
        return study, name

    def replicate_beside(self, run: str, seed: int) -> Path:
        """Return the folder of a record that is compared with trained replicates."""
        return layout.replicate_folder(self._records, *self.home(run), seed)

    def log(self, run: str, seed: int) -> Path:
        """Return the log of a training."""
        if self.basis(run) == TRAINED:
            return layout.training_log(self.results, *self.home(run), seed)
        return self.replicate(run, seed) / layout.LOG

    def model(self, run: str) -> Path:
        """Return the file of a measured network."""
        place = self._records if run in self.recorded.models else self.results
        return layout.model_file(place, *self.home(run))

    def recorded_files(self) -> list[Path]:
        """Return all files of the records that the study is graded by."""
        seeds = [*self.recorded.replicates.items(), *self.recorded.beside.items()]
        folders = [self.replicate_beside(run, seed) for run, of in seeds for seed in of]
        files = [path for folder in folders for path in sorted(folder.iterdir())]
        return [*files, *(self.model(run) for run in self.recorded.models)]

    @cached_property
    def _records(self) -> Path:
        return Path(self.recorded.folder)


@dataclass(frozen=True)
class Record:
    """A recorded replicate, as far as choosing needs to know it."""

    seed: int
    recipe_hash: str
    worth: Worth
    provenance: Path
    is_imported: bool = False


def is_imported(provenance: Mapping[str, Any]) -> bool:
    """Whether a replicate was imported, by what its provenance says."""
    return IMPORTED in provenance


def read_records(records: Path, study: str, run: str) -> list[Record]:
    """Read which replicates of a run are recorded; those that could not be trained do not count.

    Neither do those that an interrupted recording left behind, which are in no list.

    Raises
    ------
    UserError
        For a file that is missing or damaged.
    """
    found, seals = [], Seals()
    for folder in layout.replicate_folders(records, study, run):
        place = folder / layout.PROVENANCE
        if seals.is_unlisted(place):
            continue
        provenance, summary = seals.read_json(place), seals.read_json(folder / layout.SUMMARY)
        if "not_measured" in summary:
            continue
        worth = worth_of(summary, provenance)
        seed = layout.seed_of(folder)
        recipe = provenance["recipe_hash"]
        found.append(Record(seed, recipe, worth, place, is_imported(provenance)))
    return sorted(found, key=lambda record: record.seed)


def best(found: Iterable[Record], better_than: Worth | None = None) -> list[Record]:
    """Return the records of the highest worth, if that is above what a call trains."""
    records = list(found)
    top = max((record.worth.rank for record in records), default=-1)
    if better_than and top <= better_than.rank:
        return []
    return [record for record in records if record.worth.rank == top]


def of_one_basis(found: Iterable[Record]) -> list[Record]:
    """Leave out what was imported where the best was measured, and else what was measured.

    Curves of the report's own author are no second measurement beside ours.
    """
    records = list(found)
    imported = all(record.is_imported for record in best(records))
    return [record for record in records if record.is_imported == imported]


def check_recipe(place: Path, found: str, wanted: str, basis: str) -> None:
    """Refuse a replicate that is of another recipe than the study's of today.

    Parameters
    ----------
    place
        What to name: its folder, or its provenance.
    found, wanted
        The hash of its recipe, and of the study's.
    basis
        Whether it was trained, recorded or imported.

    Raises
    ------
    UserError
        Naming both recipes.
    """
    if found != wanted:
        made, remedy = _MADE[basis]
        raise UserError(
            f"{place}: {made} recipe {found}, but the study's is {wanted} today; {remedy}"
        )


_MADE = {
    TRAINED: ("trained with", "remove this folder and run again"),
    RECORDED: ("recorded with", "measure the run again, or remove its record"),
    IMPORTED: ("imported for", "import the curves again, with --replace, if they are of that"),
}
"""How a replicate came about, and what helps where it is of another recipe, by its basis."""


def recorded_model(records: Path, study: str, run: str) -> dict:
    """Read a recorded measurement; empty where there is none.

    Raises
    ------
    UserError
        For a file that is damaged.
    """
    path, seals = layout.model_file(records, study, run), Seals()
    return seals.read_json(path) if seals.is_there(path) else {}


def require_nothing_better(output: Path, *, is_full: bool, source: str) -> None:
    """Refuse to replace a replicate by worse evidence: a preview, or synthetic images.

    Parameters
    ----------
    output
        The folder that a training would write.
    is_full
        Whether it would execute the whole recipe.
    source
        Where its data would come from.

    Raises
    ------
    UserError
        When a better replicate lies there.
    """
    path = output / layout.PROVENANCE
    if not path.exists():
        return
    there, told = Seals().read_json(path), output / layout.SUMMARY
    old = worth_of(Seals().read_json(told) if told.exists() else {}, there)
    new = Worth(source != SYNTHETIC, is_full)
    if old.rank > new.rank:
        raise UserError(
            f"{output} holds a better replicate ({there['scale']} scale, data from"
            f" {there['data']['source']}) than this call would make"
            f" ({'full' if is_full else 'preview'} scale, data from {source}); give this call"
            " another folder of results, or remove that replicate first"
        )
