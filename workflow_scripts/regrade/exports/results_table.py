"""One long table of all results: a line a measured value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd

from regrade.grading.measurements import Measurements
from regrade.grading.replicates import trained_as
from regrade.grading.sources import MeasuredSource
from regrade.grading.values import NotAvailable, Value
from regrade.studies.expressions import Reference
from regrade.studies.resolve import ResolvedRun
from regrade.studies.vocabulary import ATTRIBUTES, EPOCH, PER_SEED, Kind, Unit

COLUMNS = {
    "study": ("text", "", "the published report, by the name of its study file"),
    "run": ("text", "", "a training configuration of the report"),
    "variant": ("text", "", "as-told or as-run, where text and evidence of the report disagree"),
    "trained_as": (
        "text",
        "",
        "the run whose replicates these are, with its study where that is another: equal recipes"
        " train once, and lines of one replicate repeat in every run that it stands for",
    ),
    "seed": ("integer", "", "of the replicate; empty for what depends on no seed"),
    "quantity": ("text", "", "what was measured; each has a line of its own in this dictionary"),
    "epoch": ("integer", EPOCH, "from 1; empty for what is measured once"),
    "value": ("number", "as the column unit says", "what was measured; inf where a loss diverged"),
    "unit": ("text", "", f"one of {', '.join(filter(None, Unit))}; empty for a plain number"),
    "basis": (
        "text",
        "",
        "recorded, imported, or trained by this call; empty where nothing is trained",
    ),
    "scale": ("text", "", "full, or preview: capped, and no evidence about the report"),
    "data_source": ("text", "", "where the images came from; synthetic ones are no evidence"),
    "device": ("text", "", "what the replicate was trained on"),
}
"""The columns of the table: type, unit and meaning."""
NUMBERS = tuple(name for name, one in ATTRIBUTES.items() if one.kind is Kind.NUMBER)
SERIES = tuple(name for name, one in ATTRIBUTES.items() if one.kind is Kind.SERIES)
Row = dict[str, Any]


def results_table(studies: Iterable[Measurements]) -> pd.DataFrame:
    """Return every single number and every epoch of every run of some studies.

    Raises
    ------
    UserError
        For a result file that is missing or damaged.
    """
    rows = (row for measured in studies for run in measured.runs for row in _of_run(run, measured))
    cells = [[row.get(column) for column in COLUMNS] for row in rows]
    return pd.DataFrame(cells, columns=list(COLUMNS), dtype=object)


def _of_run(run: ResolvedRun, measured: Measurements) -> Iterator[Row]:
    names = {"study": run.study, "run": run.run, "variant": run.variant}
    same = {**names, "trained_as": trained_as(run, measured)}
    yield from _values(_counted(), None, run, measured, same)
    for seed in measured.initial(run):
        yield from _values(PER_SEED, seed, run, measured, same)
    trained = [name for name in (*NUMBERS, *SERIES) if ATTRIBUTES[name].trained]
    for seed in measured.seeds(run):
        origin = same | _origin(run, seed, measured)
        yield from _values(trained, seed, run, measured, origin)


def _counted() -> list[str]:
    """Return what is counted on a network, whatever its seed."""
    return [name for name in NUMBERS if not ATTRIBUTES[name].trained and name not in PER_SEED]


def _origin(run: ResolvedRun, seed: int, measured: Measurements) -> Row:
    provenance = measured.provenance(run, seed)
    return {
        "basis": measured.basis(run),
        "scale": measured.summary(run, seed)["scale"],
        "data_source": provenance["data"]["source"],
        "device": provenance["device"],
    }


def _values(
    names: Iterable[str], seed: int | None, run: ResolvedRun, measured: Measurements, same: Row
) -> Iterator[Row]:
    """Yield what a replicate, or a network, has of some quantities."""
    source = MeasuredSource(measured, seed)
    for name in names:
        try:
            value = source.value(Reference(run.run, run.variant, name))
        except NotAvailable:
            continue
        told = same | {"seed": seed, "quantity": name, "unit": str(ATTRIBUTES[name].unit)}
        for epoch, number in _by_epoch(value):
            yield told | {"epoch": epoch, "value": number}


def _by_epoch(value: Value) -> Iterator[tuple[int | None, Any]]:
    if isinstance(value, pd.Series):
        yield from ((int(str(epoch)), number) for epoch, number in value.dropna().items())
    else:
        yield None, value
