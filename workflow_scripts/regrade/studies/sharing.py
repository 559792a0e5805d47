"""Which runs of a set of reports are trained once for several of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from regrade.errors import UserError
from regrade.studies.extension import assignment_path
from regrade.studies.load import load_study
from regrade.studies.resolve import ResolvedRun, resolve
from regrade.studies.study import Study

Home = tuple[str, str]
"""A study and a run of it, by its resolved name."""
Lent = dict[str, Home]
"""Run of a report: the study and run whose replicates are its own, too."""


def with_assignments(files: Mapping[str, Path], studies: Mapping[str, Study]) -> dict[str, Path]:
    """Return the files of studies with those of the assignments that they extend, before them.

    Raises
    ------
    UserError
        When two files have one name, by which results are kept.
    """
    found: dict[str, Path] = {}
    for name, path in files.items():
        extends = studies[name].extends
        if extends is not None:
            assignment = assignment_path(path, extends)
            _require_one(assignment.stem, assignment, files)
            _require_one(assignment.stem, assignment, found)
            found.setdefault(assignment.stem, files.get(assignment.stem, assignment))
        found[name] = path
    return found


def _require_one(name: str, path: Path, known: Mapping[str, Path]) -> None:
    if name in known and not known[name].samefile(path):
        raise UserError(
            f"{path} and {known[name]} have one name, {name!r}, by which results are kept: give one"
            " of them another"
        )


def sets_of(studies: Mapping[str, Study]) -> dict[str, list[str]]:
    """Return the assignments that reports extend, each with its reports by name."""
    found: dict[str, list[str]] = {}
    for name in sorted(studies):
        extends = studies[name].extends
        if extends is not None:
            found.setdefault(Path(extends).stem, []).append(name)
    return found


def _no_logs(run: ResolvedRun) -> bool:
    """Tell that a run has no logs of its report's author."""
    return False


def lent_runs(
    sets: Mapping[str, Sequence[str]],
    runs: Mapping[str, Sequence[ResolvedRun]],
    has_own_logs: Callable[[ResolvedRun], bool] = _no_logs,
) -> dict[str, Lent]:
    """Return for each study the runs whose replicates belong to another study of its set.

    Equal recipes are trained once: in the assignment where it has the recipe, else in the first
    report by name that has it.

    Parameters
    ----------
    sets
        The assignments, each with its reports by name.
    runs
        The resolved runs of all studies.
    has_own_logs
        Whether a report's run is graded by the logs of its author. Whether a report agrees with its
        logs is told by those alone: such a run neither lends to another report nor borrows from it.
    """
    lent: dict[str, Lent] = {study: {} for study in runs}
    for assignment, reports in sets.items():
        homes: dict[str, ResolvedRun] = {}
        for run in _own_recipes([assignment, *reports], runs):
            home = homes.get(run.recipe_json)
            if home is None or (home.measure_only and not run.measure_only):
                if run.study == assignment or not has_own_logs(run):
                    homes[run.recipe_json] = run
            elif home.study != run.study and (home.study == assignment or not has_own_logs(run)):
                lent[run.study][run.name] = (home.study, home.name)
    return lent


def home_of(path: Path, run: ResolvedRun) -> Home:
    """Return where the replicates of a run lie, as far as its study and its assignment tell.

    Parameters
    ----------
    path
        The file of the run's study.
    run
        A run of it.
    """
    study = load_study(path)
    own = (run.study, run.trained_as)
    if study.extends is None:
        return own
    assignment = load_study(assignment_path(path, study.extends))
    runs = {one.study: resolve(one) for one in (assignment, study)}
    return lent_runs({assignment.study: [study.study]}, runs)[study.study].get(run.trained_as, own)


def _own_recipes(
    order: Sequence[str], runs: Mapping[str, Sequence[ResolvedRun]]
) -> Iterator[ResolvedRun]:
    """Yield each study's runs that stand for all runs of it with their recipe."""
    for study in order:
        yield from (run for run in runs[study] if run.trained_as == run.name)
