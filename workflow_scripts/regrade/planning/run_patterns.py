"""Runs by shell patterns of their names, such as `nyu/M*`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from itertools import chain

from regrade.errors import UserError
from regrade.studies.resolve import ResolvedRun
from regrade.studies.spelling import suggest

AGAIN = """--config '{"records": "ignore"}' trains it again"""


def matching(
    patterns: Iterable[str], trained: Sequence[ResolvedRun], recorded: Sequence[ResolvedRun]
) -> list[ResolvedRun]:
    """Return the runs that are trained and match, by the first pattern that each of them matches.

    Parameters
    ----------
    patterns
        Shell patterns of `study/run`; a run stands for its variants too.
    trained
        The runs that may match.
    recorded
        Those that are graded by the records, and not trained.

    Raises
    ------
    UserError
        When a pattern matches no run that is trained.
    """
    found = {pattern: [run for run in trained if _matches(run, pattern)] for pattern in patterns}
    missed = [_missed(pattern, trained, recorded) for pattern, runs in found.items() if not runs]
    if missed:
        raise UserError(f"no run that is trained matches {'; nor '.join(missed)}")
    in_order = chain.from_iterable(found.values())
    return list({(run.study, run.name): run for run in in_order}.values())


def _matches(run: ResolvedRun, pattern: str) -> bool:
    return any(fnmatchcase(f"{run.study}/{name}", pattern) for name in (run.run, run.name))


def _missed(pattern: str, trained: Sequence[ResolvedRun], recorded: Sequence[ResolvedRun]) -> str:
    """Say why a pattern matches nothing: all is recorded, or the name is another."""
    if any(_matches(run, pattern) for run in recorded):
        return f"{pattern!r}: it is recorded, so not trained ({AGAIN})"
    names = [f"{run.study}/{run.name}" for run in trained]
    form = " (a run is named study/run, such as 'kaist/K1' or 'nyu/M*')"
    return f"{pattern!r}{suggest(pattern, names) or form}"
