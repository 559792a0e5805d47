"""What the page of a run shows."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from regrade import layout
from regrade.call_words import FOLDER, real_source, study_word
from regrade.report import comparison, formatting
from regrade.report.comparison import Comparison
from regrade.report.confusion import heat_map
from regrade.report.picture import Picture, picture
from regrade.report.study_view import View
from regrade.studies.images import whole_dataset_of
from regrade.studies.recipe_checks import place_beside
from regrade.studies.resolve import ResolvedRun
from regrade.studies.training_time import REPLICATES
from regrade.studies.vocabulary import ATTRIBUTES, FRACTION, PER_SEED

FULL = Path("results/full")
"""Where commands put results of whole recipes."""
NOT_SHOWN = ("study", "run", "seed", "recipe", "schema_version", "modules", "files")
"""What a page leaves to the file: the page shows it elsewhere, or the digest of all code."""


@dataclass(frozen=True)
class Line:
    """A quantity of the run; its anchor is empty in all lines of a quantity but the first."""

    anchor: str
    quantity: Comparison


@dataclass(frozen=True)
class Replicate:
    """One seed of the run."""

    seed: int
    summary: dict[str, Any]
    confusion: Markup | None
    """Its confusion matrix, where the recipe asks for the accuracy of classes."""
    accuracy: str
    """The best one on the set that is scored after every epoch."""
    provenance: list[tuple[str, str]]
    device: str
    log: str | None
    """Its log, from the root of the report, where there is one."""
    folder: str
    """Its files, from the root of the report."""


def lines(view: View, run: ResolvedRun) -> list[Line]:
    """Return every number of a run: those that the report prints, and those of its displays."""
    graded = view.graded(run)
    found = []
    for quantity in view.quantities(run):
        shown = [view.comparison_of(row) for row in graded if row["quantity"] == quantity]
        anchor = view.anchor(run, quantity)
        for one in shown or [
            comparison.ungraded(view.results.pair(run, quantity), view.href(run, quantity))
        ]:
            found.append(Line(anchor, one))
            anchor = ""
    return found


def drawing(view: View, run: ResolvedRun, figures: Path) -> Picture | None:
    """Return the learning curves of a run."""
    label = (
        f"Learning curves of {run.name}: loss, accuracy and learning rate against the epoch;"
        " published dashed, every measured seed solid"
    )
    return picture(figures, f"{view.study.study}/runs/{run.name}.svg", label)


def replicates(view: View, run: ResolvedRun) -> list[Replicate]:
    """Return the seeds of a run."""
    measured, found = view.results.measurements, []
    evidence = measured.evidence
    root = layout.report_folder(evidence.results)
    for seed in measured.seeds(run):
        curves = view.results.measured_curves(run, f"{run.recipe.evaluate}_accuracy")
        best = max((max(one.y) for one in curves if one.source == f"seed {seed}"), default=None)
        provenance = measured.provenance(run, seed)
        log = evidence.log(run.trained_as, seed)
        found.append(
            Replicate(
                seed=seed,
                summary=measured.summary(run, seed),
                confusion=_confusion(measured.summary(run, seed)),
                accuracy=formatting.value(best, FRACTION),
                provenance=list(_facts(provenance)),
                device=str(provenance.get("device", "")),
                log=_from(root, log) if log.is_file() else None,
                folder=_from(root, evidence.replicate(run.trained_as, seed)),
            )
        )
    return found


def _confusion(summary: dict[str, Any]) -> Markup | None:
    table = summary.get("confusion")
    return heat_map(table) if table else None


def untrained(view: View, run: ResolvedRun) -> list[tuple[str, list[tuple[int, str]]]]:
    """Return what was measured before training: each quantity in words, with a value a seed."""
    initial = view.results.measurements.initial(run)
    found = []
    for name in PER_SEED:
        unit = ATTRIBUTES[name].unit
        values = [
            (seed, formatting.value(row[name], unit))
            for seed, row in initial.items()
            if row.get(name) is not None
        ]
        if values:
            found.append((ATTRIBUTES[name].phrase, values))
    return found


def shared(found: list[Replicate]) -> list[tuple[str, str]]:
    """Return the facts that are the same of several seeds, so that pages tell them once."""
    if len(found) < 2:
        return []
    return [fact for fact in found[0].provenance if all(fact in one.provenance for one in found)]


def shown_by(view: View, run: ResolvedRun) -> ResolvedRun:
    """Return the first run of the study with the same network: its page lists the layers."""
    measured = view.results.measurements
    layers = measured.model(run)["layers"]
    return next(one for one in view.results.runs if measured.model(one)["layers"] == layers)


def home(view: View, run: ResolvedRun) -> tuple[str, str] | None:
    """Return the study and the run that lend a run its replicates, where another study does."""
    study, name = view.results.measurements.evidence.home(run.trained_as)
    return None if study == view.study.study else (study, name)


@dataclass(frozen=True)
class Commands:
    """What trains a run alone, whole."""

    several: str
    one: str
    images: str
    """The data set whose folder the reader has to name; empty where nobody has to."""


def commands(view: View, run: ResolvedRun, views: Iterable[View]) -> Commands:
    """Write the commands that train a run at full scale on the real images, and nothing else.

    Parameters
    ----------
    views
        All of the report, among them the one whose study lends the run its replicates.
    """
    name, trained = view.results.measurements.evidence.home(run.trained_as)
    home = next(one for one in views if one.study.study == name).results
    dataset = whole_dataset_of(run.recipe)
    files = {name: home.file} if home.file else {}
    beside = place_beside(dataset.name, {one: home.study for one in files}, files)
    source = real_source([dataset], {dataset.name} if beside else ())
    study = study_word(name, home.file, layout.STUDIES)
    settings = {"studies": study, "scale": "full", "data": source, "results": FULL.as_posix()}
    told = shlex.join(f"{key}={value}" for key, value in settings.items())
    seeds = ",".join(map(str, range(REPLICATES)))
    target = layout.replicate_folder(FULL, name, trained, f"{{{seeds}}}") / layout.HISTORY
    return Commands(
        several=f"snakemake --cores all --config {told} -- {target.as_posix()}",
        one=f"python -m regrade train --study {shlex.quote(study)} --run {trained} --seed 0"
        f" --scale full --data {source} --results {FULL.as_posix()}",
        images=dataset.name if source == FOLDER else "",
    )


def _facts(provenance: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Write what a page shows of a provenance, a line a subject."""
    for key, value in provenance.items():
        if key not in NOT_SHOWN:
            if key == "wall_s":
                yield "wall time", formatting.duration(value)
            else:
                yield key.replace("_", " "), _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')} {_plain(one)}" for key, one in value.items())
    return (", ".join(map(_plain, value)) or "none") if isinstance(value, list) else str(value)


def _from(root: Path, path: Path) -> str:
    return Path(os.path.relpath(path, root)).as_posix()
