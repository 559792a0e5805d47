"""The report's own numbers of each run, as the checks by arithmetic take them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from regrade.grading.printed import Printed, read_printed
from regrade.grading.published_runs import stands_for
from regrade.studies.resolve import ResolvedRun, default_name, resolve
from regrade.studies.study import Study


@dataclass(frozen=True)
class Numbers:
    """The report's own numbers of a run, by quantity, with what their digits leave open."""

    run: ResolvedRun
    found: dict[str, list[Printed]]
    told: ResolvedRun | None = None
    """The run as the text tells it, where that is another variant."""

    def get(self, quantity: str) -> tuple[float, float] | None:
        """Return the ends of a quantity's first printed value."""
        values = self.found.get(quantity)
        return values[0].ends if values else None

    def are_of_the_same(self, one: str, other: str) -> bool:
        """Whether two quantities' first values are of as many runs, and of them the same."""
        first, second = (self.found[quantity][0].number for quantity in (one, other))
        return stands_for(first) == stands_for(second)

    def counted(self, printed: Printed) -> ResolvedRun:
        """Return the run, in the variant, that a number counts something of."""
        return self.told if self.told and printed.number.variant == "as-told" else self.run

    def shown(self, quantity: str) -> str:
        """Write a quantity with its digits."""
        return f"{quantity} = {self.found[quantity][0].number.printed}"


def numbers_of(study: Study) -> Iterator[Numbers]:
    """Yield the numbers of each run, in the variant that they belong to."""
    runs = {run.name: run for run in resolve(study)}
    for name, run in study.runs.items():
        found: dict[str, list[Printed]] = {}
        for number in run.published.numbers:
            if number.role == "primary":
                found.setdefault(number.quantity, []).append(read_printed(number, run))
        if found:
            default = runs[default_name(study, name)]
            told = runs.get(f"{name}-as-told")
            yield Numbers(default, found, told if told is not default else None)
