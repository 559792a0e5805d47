"""Choosing runs: those that decide the most claims within a budget of time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from regrade import layout
from regrade.grid import Grid
from regrade.planning.plan import RunCost, duration, hours
from regrade.studies.expressions import parse, references
from regrade.studies.resolve import resolved_name

Key = tuple[str, str]
"""A study, and the name of a run or a claim of it."""


@dataclass(frozen=True)
class Step:
    """Runs that are trained together, because claims compare them."""

    rows: list[RunCost]
    claims: list[Key]
    """The claims that can be judged once these and the earlier runs are trained."""

    @property
    def seconds(self) -> float:
        """What they cost, without what the records have whole."""
        return sum(row.seconds_missing for row in self.rows)


def claims_of(grid: Grid) -> dict[Key, frozenset[Key]]:
    """Return the trained runs that each claim compares.

    Left out are claims that need no training, that nobody can test, or that ask for the training
    of a run that is only counted.
    """
    found = {}
    for name, study in grid.studies.items():
        for claim, content in study.claims.items():
            needed = set()
            for wanted in references(parse(content.predicate)) if content.predicate else ():
                if wanted.attribute.trained:
                    run = grid.run(name, resolved_name(study, wanted.run, wanted.variant))
                    needed.add(grid.home(name, run.trained_as))
            if needed and all(run in grid.seeds[home] for home, run in needed):
                found[name, claim] = frozenset(needed)
    return found


def choose(
    rows: Sequence[RunCost], claims: Mapping[Key, frozenset[Key]], seconds: float
) -> list[Step]:
    """Choose runs until the budget is spent, always the most further claims for their time.

    Taking the best ratio is not always the best choice of all, which would be a knapsack problem
    with shared items; it gives an order that can be stopped anywhere.
    """
    row_of = {(row.run.study, row.run.name): row for row in rows}
    chosen: set[Key] = set()
    open_claims = dict(claims)
    steps: list[Step] = []
    while True:
        best: Step | None = None
        for needed in dict.fromkeys(open_claims.values()):
            reached = chosen | needed
            step = Step(
                [row_of[key] for key in row_of if key in needed - chosen],
                [claim for claim, runs in open_claims.items() if runs <= reached],
            )
            if step.seconds <= seconds and (best is None or _value(step) > _value(best)):
                best = step
        if best is None:
            return steps
        steps.append(best)
        seconds -= best.seconds
        chosen |= {(row.run.study, row.run.name) for row in best.rows}
        for claim in best.claims:
            del open_claims[claim]


def _value(step: Step) -> float:
    return len(step.claims) / step.seconds if step.seconds else float("inf")


def _untrained(step: Step) -> list[RunCost]:
    return [row for row in step.rows if row.missing]


def show_selection(steps: Sequence[Step], claims: int, budget: float, grid: Grid) -> str:
    """Write a selection as text: a line a step, and its runs as targets for Snakemake."""
    lines = ["", f"Within {hours(budget)} of a device, most claims for their time first:", ""]
    spent, decided = 0.0, 0
    for step in steps:
        spent, decided = spent + step.seconds, decided + len(step.claims)
        names = " ".join(row.name for row in _untrained(step))
        decides = f"{len(step.claims):>3} claim{'s' if len(step.claims) > 1 else ' '}"
        there = names or "already trained or recorded"
        lines.append(f"{duration(step.seconds):>10}  {decides}  {there}")
    lines += ["", f"{decided} of {claims} claims that need training, in {hours(spent)}."]
    lines += list(_without_spread(steps, grid))
    runs = [row for step in steps for row in _untrained(step)]
    if runs:
        lines += ["Their results as targets of snakemake (for bash, and to stand before options):"]
        lines += _targets(runs, grid.config.results)
    return "\n".join(lines)


def _targets(rows: Sequence[RunCost], results: str) -> Iterator[str]:
    """Yield the histories of runs as patterns of bash: those that lack the same seeds together."""
    by_seeds: dict[tuple[int, ...], list[str]] = {}
    for row in rows:
        by_seeds.setdefault(row.missing, []).append(row.name)
    for seeds, names in by_seeds.items():
        folder = layout.runs_folder(Path(results)) / _braces(names)
        yield (folder / layout.seed_name(_braces(seeds)) / layout.HISTORY).as_posix()


def _braces(parts: Sequence[object]) -> str:
    """Write alternatives as bash expands them; numbers in a row as a range."""
    first, *others = parts
    if not others:
        return str(first)
    if isinstance(first, int) and list(parts) == [*range(first, first + len(parts))]:
        return f"{{{first}..{parts[-1]}}}"
    return "{" + ",".join(map(str, parts)) + "}"


def _without_spread(steps: Sequence[Step], grid: Grid) -> Iterator[str]:
    """Warn where one seed is trained and no run of its study has several: nothing is decided."""
    asked = dict.fromkeys(row.run.study for step in steps for row in _untrained(step))
    alone = [
        study
        for study in asked
        if grid.config.seeds == 1
        and not any(len(seeds) > 1 for seeds in grid.recorded[study].beside.values())
    ]
    if alone:
        yield (
            f"One seed shows no spread, and none is recorded of {', '.join(alone)}: it decides no"
            ' claim there. Plan with "seeds": 3.'
        )
