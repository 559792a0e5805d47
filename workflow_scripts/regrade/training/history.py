"""The history of a replicate: a row an epoch, and what is read off it."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Mapping
from typing import Any, Literal

from regrade.studies.vocabulary import HISTORY_COLUMNS

COLUMNS = {"epoch": "epoch", **HISTORY_COLUMNS}
"""What a history tells of an epoch, and the columns of its file."""

Epoch = dict[str, float]
"""What was measured in an epoch, by its name in the vocabulary."""


def to_csv(rows: list[Epoch]) -> str:
    """Write the history as CSV: full precision, empty cells for what is not measured."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(COLUMNS.values()), lineterminator="\n")
    writer.writeheader()
    writer.writerows(map(by_column, rows))
    return text.getvalue()


def from_csv(text: str) -> list[Epoch]:
    """Read what `to_csv` wrote."""
    read = csv.DictReader(io.StringIO(text))
    return [_whole({name: float(cell) for name, cell in row.items() if cell}) for row in read]


def _whole(row: Epoch) -> Epoch:
    return {**row, "epoch": int(row["epoch"])}


def extreme(rows: list[Epoch], column: str, *, largest: bool) -> dict[str, float]:
    """Return epoch and value of the largest or smallest finite value, the first of equals."""
    best: dict[str, float] = {}
    for row in rows:
        value = row[column]
        better = not best or (value > best["value"] if largest else value < best["value"])
        if math.isfinite(value) and better:
            best = {"epoch": row["epoch"], "value": value}
    return best


Mode = Literal["min", "max"]


def better(quantity: str, mode: Mode | None) -> Mode:
    """Return whether smaller or larger values are better, where a word leaves it open."""
    return mode or ("min" if quantity.endswith("loss") else "max")


def _best_of(selection: Mapping[str, Any]) -> tuple[str, Mode]:
    return selection["of"], better(selection["of"], selection["mode"])


SELECTIONS: dict[str, Callable[[Mapping[str, Any]], tuple[str, Mode] | None]] = {
    "last_epoch": lambda _: None,
    "best_validation_accuracy": lambda _: ("validation_accuracy", "max"),
    "lowest_validation_loss": lambda _: ("validation_loss", "min"),
    "best_test_accuracy": lambda _: ("test_accuracy", "max"),
    "best": _best_of,
}
"""What a selection rule compares, if it compares anything, and what is better, by its kind."""
FLOORED = ("best_validation_accuracy", "best_test_accuracy")
"""Selections whose best must exceed their floor."""


def selected_epoch(rows: list[Epoch], selection: Mapping[str, Any]) -> int:
    """Return the epoch that a selection chooses; the last where nothing passes its floor.

    Parameters
    ----------
    rows
        The history.
    selection
        The word as plain data, as a recipe's JSON has it.
    """
    kind = selection["kind"]
    compared = SELECTIONS[kind](selection)
    if compared is None:
        return int(rows[-1]["epoch"])
    best = extreme(rows, compared[0], largest=compared[1] == "max")
    if best and (kind not in FLOORED or best["value"] > selection["floor"]):
        return int(best["epoch"])
    return int(rows[-1]["epoch"])


def by_column(row: Epoch) -> Epoch:
    """Return what was measured in an epoch by the columns of the file."""
    return {COLUMNS[name]: value for name, value in row.items()}


def summary(rows: list[Epoch], selection: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a replicate's summary reads off its history; what is not finite is None.

    Parameters
    ----------
    rows
        The history, by the columns of its file.
    selection
        The word as plain data, as a recipe's JSON has it.
    """
    measured = [column for column in COLUMNS.values() if column in rows[-1]]
    has_loss, has_times = "train_loss" in rows[-1], "seconds" in rows[-1]
    return {
        "epochs": len(rows),
        "diverged_at_epoch": diverged_at(rows) if has_loss else None,
        "selected_epoch": selected_epoch(rows, selection),
        "last": {column: finite(rows[-1][column]) for column in measured},
        "best": {
            column: extreme(rows, column, largest=True)
            for column in measured
            if column.endswith("accuracy")
        },
        "lowest": {
            column: extreme(rows, column, largest=False)
            for column in measured
            if column.endswith("loss")
        },
        "seconds": finite(sum(row["seconds"] for row in rows)) if has_times else None,
    }


def finite(value: float) -> float | None:
    """Return a value that JSON can hold: None in the place of what is not finite."""
    return value if math.isfinite(value) else None


def diverged_at(rows: list[Epoch]) -> int | None:
    """Return the first epoch whose training loss is not finite."""
    return next((int(r["epoch"]) for r in rows if not math.isfinite(r["train_loss"])), None)
