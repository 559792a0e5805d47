"""The history of a replicate: a row an epoch, and what is read off it."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from functools import partial

from regrade.studies.vocabulary import HISTORY_COLUMNS

COLUMNS = {"epoch": "epoch", **HISTORY_COLUMNS}
"""What a history tells of an epoch, and the columns of its file."""

Row = dict[str, float]
"""What was measured in an epoch, by its name in the vocabulary."""


def to_csv(rows: list[Row]) -> str:
    """Write the history as CSV: full precision, empty cells for what is not measured."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(COLUMNS.values()), lineterminator="\n")
    writer.writeheader()
    writer.writerows({COLUMNS[name]: value for name, value in row.items()} for row in rows)
    return text.getvalue()


def from_csv(text: str) -> list[Row]:
    """Read what `to_csv` wrote."""
    read = csv.DictReader(io.StringIO(text))
    return [_whole({name: float(cell) for name, cell in row.items() if cell}) for row in read]


def _whole(row: Row) -> Row:
    return {**row, "epoch": int(row["epoch"])}


def extreme(rows: list[Row], column: str, *, largest: bool) -> dict[str, float]:
    """Return epoch and value of the largest or smallest finite value, the first of equals."""
    best: dict[str, float] = {}
    for row in rows:
        value = row[column]
        better = not best or (value > best["value"] if largest else value < best["value"])
        if math.isfinite(value) and better:
            best = {"epoch": row["epoch"], "value": value}
    return best


SELECTIONS: dict[str, Callable[[list[Row]], dict[str, float]]] = {
    "last_epoch": lambda _: {},
    "best_validation_accuracy": partial(extreme, column="validation_accuracy", largest=True),
    "lowest_validation_loss": partial(extreme, column="validation_loss", largest=False),
    "best_test_accuracy": partial(extreme, column="test_accuracy", largest=True),
}
"""Epoch and value that a selection rule chooses, if it chooses any, by its kind."""


def selected_epoch(rows: list[Row], kind: str, floor: float) -> int:
    """Return the epoch that a selection rule chooses; the last where nothing passes the floor."""
    best = SELECTIONS[kind](rows)
    if best and (kind.startswith("lowest") or best["value"] > floor):
        return int(best["epoch"])
    return int(rows[-1]["epoch"])


def diverged_at(rows: list[Row]) -> int | None:
    """Return the first epoch whose training loss is not finite."""
    return next((int(r["epoch"]) for r in rows if not math.isfinite(r["train_loss"])), None)
