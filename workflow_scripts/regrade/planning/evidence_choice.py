"""Choosing the evidence of each run: the best of what is recorded and what a call would train."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from regrade.config import Config
from regrade.evidence import (
    IMPORTED,
    RECORDED,
    SYNTHETIC,
    Record,
    Recorded,
    Worth,
    best,
    check_recipe,
    of_one_basis,
    read_records,
    recorded_model,
)
from regrade.fingerprint import recipe_hash
from regrade.measuring.version import MEASUREMENT_VERSION
from regrade.studies.resolve import ResolvedRun, trained_runs
from regrade.studies.sharing import Home

SeedsOf = dict[str, list[int]]
WHOLE = Worth(real=True, full=True)


def choose_evidence(
    config: Config, records: Path, runs: Sequence[ResolvedRun]
) -> tuple[SeedsOf, Recorded]:
    """Decide for each run of a study whether its evidence is recorded or trained.

    Returns
    -------
    The seeds of the runs that are trained, and what is taken from the records.

    Raises
    ------
    UserError
        For a record that is damaged; where only records count, for one of another recipe too.
    """
    names = [run.name for run in trained_runs(runs)]
    seeds = list(range(config.seeds))
    if config.records == "ignore":
        return dict.fromkeys(names, seeds), Recorded(str(records))
    found = {run.name: _records_of(run, config, records) for run in trained_runs(runs)}
    models = tuple(run.name for run in runs if _has_model(run, records))
    instead: SeedsOf = {}
    beside: SeedsOf = {}
    if config.records == "only":
        instead = _seeds(found)
        names = []
    elif config.scale == "full":
        beside = _seeds({run: [r for r in of if r.worth == WHOLE] for run, of in found.items()})
    else:
        trained = Worth(real=config.data != SYNTHETIC, full=False)
        instead = _seeds({run: best(of, trained) for run, of in found.items()})
    trains = {name: seeds for name in names if name not in instead}
    imported = tuple(run for run in instead if any(one.is_imported for one in found[run]))
    return trains, Recorded(str(records), instead, beside, models, imported)


def has_own_logs(run: ResolvedRun, config: Config, records: Path) -> bool:
    """Whether imported curves are the best record that there is of a run under its own name.

    Curves of another recipe count, so that whoever chooses the run's evidence refuses them.

    Raises
    ------
    UserError
        For a record that is damaged.
    """
    if config.records == "ignore" or run.measure_only:
        return False
    wanted = recipe_hash(run.recipe_json)
    found = read_records(records, run.study, run.name)
    return any(
        record.is_imported
        for record in of_one_basis(
            record for record in found if record.is_imported or record.recipe_hash == wanted
        )
    )


def borrow(recorded: Mapping[str, Recorded], study: str, lent: Mapping[str, Home]) -> Recorded:
    """Return what a study takes from elsewhere, with what other studies of its set lend it.

    Parameters
    ----------
    recorded
        Study: what it takes from the records for its own runs.
    study
        The one that borrows.
    lent
        Its runs that other studies lend, and of which.
    """
    lenders = {run: (recorded[home], name) for run, (home, name) in lent.items()}
    own = recorded[study]
    return replace(
        own,
        replicates={**own.replicates, **_of(lenders, "replicates")},
        beside={**own.beside, **_of(lenders, "beside")},
        models=(*own.models, *(run for run, (of, name) in lenders.items() if name in of.models)),
        imported=(
            *own.imported,
            *(run for run, (of, name) in lenders.items() if name in of.imported),
        ),
        lent=dict(lent),
    )


def _of(lenders: Mapping[str, tuple[Recorded, str]], kind: str) -> SeedsOf:
    return {
        run: list(getattr(of, kind)[name])
        for run, (of, name) in lenders.items()
        if name in getattr(of, kind)
    }


def _records_of(run: ResolvedRun, config: Config, records: Path) -> list[Record]:
    """Read the records of a run that are of today's recipe, and of one basis.

    Nothing is trained in the place of curves that were imported for another recipe unawares.
    """
    wanted = recipe_hash(run.recipe_json)
    found = read_records(records, run.study, run.name)
    for record in found:
        if config.records == "only" or record.is_imported:
            basis = IMPORTED if record.is_imported else RECORDED
            check_recipe(record.provenance, record.recipe_hash, wanted, basis)
    return of_one_basis(record for record in found if record.recipe_hash == wanted)


def _seeds(found: Mapping[str, Iterable[Record]]) -> SeedsOf:
    seeds = {run: [record.seed for record in records] for run, records in found.items()}
    return {run: of_run for run, of_run in seeds.items() if of_run}


def _has_model(run: ResolvedRun, records: Path) -> bool:
    """Tell whether a network's recorded measurement is of today's recipe and way of counting."""
    if run.trained_as != run.name:
        return False
    found = recorded_model(records, run.study, run.name)
    wanted = (MEASUREMENT_VERSION, recipe_hash(run.recipe_json))
    return (found.get("version"), found.get("recipe_hash")) == wanted
