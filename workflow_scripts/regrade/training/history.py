"""The history of a replicate: a row an epoch, and what is read off it."""

from __future__ import annotations

import csv
import io
import math

COLUMNS = (
    "epoch",
    "lr",
    "train_loss",
    "train_accuracy",
    "validation_loss",
    "validation_accuracy",
    "test_loss",
    "test_accuracy",
    "seconds",
)

Row = dict[str, float]
"""The measured columns of an epoch; what the recipe does not measure is left out."""


def to_csv(rows: list[Row]) -> str:
    """Write the history as CSV: full precision, empty cells for what is not measured."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def from_csv(text: str) -> list[Row]:
    """Read what `to_csv` wrote."""
    read = csv.DictReader(io.StringIO(text))
    return [_whole({name: float(cell) for name, cell in row.items() if cell}) for row in read]


def _whole(row: Row) -> Row:
    return {**row, "epoch": int(row["epoch"])}


def extreme(rows: list[Row], column: str, *, largest: bool) -> dict[str, float]:
    """Give epoch and value of the largest or smallest finite value, the first of equals."""
    best: dict[str, float] = {}
    for row in rows:
        value = row[column]
        better = not best or (value > best["value"] if largest else value < best["value"])
        if math.isfinite(value) and better:
            best = {"epoch": row["epoch"], "value": value}
    return best


def selected_epoch(rows: list[Row], kind: str, floor: float) -> int:
    """Give the epoch that a selection rule chooses; the last where nothing passes the floor."""
    column = {
        "best_validation_accuracy": "validation_accuracy",
        "lowest_validation_loss": "validation_loss",
        "best_test_accuracy": "test_accuracy",
    }.get(kind)
    if column:
        best = extreme(rows, column, largest=column.endswith("accuracy"))
        if best and (column.endswith("loss") or best["value"] > floor):
            return int(best["epoch"])
    return int(rows[-1]["epoch"])


def diverged_at(rows: list[Row]) -> int | None:
    """Give the first epoch whose training loss is not finite."""
    return next((int(r["epoch"]) for r in rows if not math.isfinite(r["train_loss"])), None)
