"""Grading published sizes: parameters and multiply-adds of every run."""

from __future__ import annotations

from collections.abc import Iterator

from regrade.grading.measurements import Measurements
from regrade.grading.printed import Printed, read_printed
from regrade.grading.verdicts import Verdict
from regrade.studies.resolve import ResolvedRun

COLUMNS = (
    "study", "run", "variant", "parameters", "macs", "published_parameters", "published_macs",
    "verdict", "buffers",
)  # fmt: skip
COUNTS = ("parameters", "macs")


def complexity_rows(measurements: Measurements) -> Iterator[dict]:
    """Yield a row of complexity.csv for every run in every variant."""
    for run in measurements.runs:
        model = measurements.model(run)
        published = {count: _published(count, run, measurements) for count in COUNTS}
        graded = [
            number.prints(model[count]) for count, found in published.items() for number in found
        ]
        yield {
            "study": run.study,
            "run": run.run,
            "variant": run.variant,
            **{count: model[count] for count in COUNTS},
            **{f"published_{count}": _first(found) for count, found in published.items()},
            "verdict": _verdict(graded),
            "buffers": model["buffers"],
        }


def _published(count: str, run: ResolvedRun, measurements: Measurements) -> list[Printed]:
    """Return the report's own numbers of a count that belong to a variant of a run."""
    source = measurements.study.runs[run.run]
    return [
        read_printed(number, source)
        for number in source.published.numbers
        if number.role == "primary"
        and number.quantity == count
        and number.variant in (None, run.variant)
    ]


def _first(found: list[Printed]) -> int | None:
    return round(found[0].value) if found else None


def _verdict(graded: list[bool]) -> str:
    if not graded:
        return Verdict.NOT_PUBLISHED
    return Verdict.REPRODUCED if all(graded) else Verdict.NOT_REPRODUCED
