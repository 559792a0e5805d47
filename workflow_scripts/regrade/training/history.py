"""The history of a replicate: a row an epoch, and what is read off it."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Mapping
from typing import Any, Literal

from regrade.files import finite
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


def selected_epoch(
    rows: list[Epoch], selection: Mapping[str, Any], stop: Mapping[str, Any] | None = None
) -> int:
    """Return the epoch that a selection chooses; that of the last network where none passes.

    Parameters
    ----------
    rows
        The history.
    selection, stop
        The words as plain data, as a recipe's JSON has them.
    """
    kind = selection["kind"]
    compared = SELECTIONS[kind](selection)
    if compared is None:
        return _last_network(rows, stop or {})
    best = extreme(rows, compared[0], largest=compared[1] == "max")
    if best and (kind not in FLOORED or best["value"] > selection["floor"]):
        return int(best["epoch"])
    return _last_network(rows, stop or {})


def _last_network(rows: list[Epoch], stop: Mapping[str, Any]) -> int:
    """Return the epoch of the network that is there in the end: early stopping may restore one."""
    stopping = stop.get("early_stopping") or {}
    if stopping.get("restore_best"):
        monitor, mode = stopping["monitor"], stopping.get("mode")
        improved = last_improvement(rows, monitor, mode, stopping.get("min_delta", 0.0))
        if improved:
            return int(rows[improved - 1]["epoch"])
    return int(rows[-1]["epoch"])


def last_improvement(
    rows: list[Epoch], monitor: str, mode: Mode | None, min_delta: float = 0.0
) -> int:
    """Return in which row (from 1) what is watched improved last; 0 where it never was a number."""
    sign = 1.0 if better(monitor, mode) == "max" else -1.0
    best, improved = float("-inf"), 0
    for number, row in enumerate(rows, 1):
        value = sign * row[monitor]
        # What is no number improves nothing.
        if value - min_delta > best:
            best, improved = value, number
    return improved


def by_column(row: Epoch) -> Epoch:
    """Return what was measured in an epoch by the columns of the file."""
    return {COLUMNS[name]: value for name, value in row.items()}


def summary(rows: list[Epoch], recipe: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a replicate's summary reads off its history; what is not finite is None.

    Parameters
    ----------
    rows
        The history, by the columns of its file.
    recipe
        The recipe as plain data: its selection and its stop are read.
    """
    measured = [column for column in COLUMNS.values() if column in rows[-1]]
    has_loss, has_times = "train_loss" in rows[-1], "seconds" in rows[-1]
    return {
        "epochs": len(rows),
        "diverged_at_epoch": diverged_at(rows) if has_loss else None,
        "selected_epoch": selected_epoch(rows, recipe["selection"], recipe["stop"]),
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


def diverged_at(rows: list[Epoch]) -> int | None:
    """Return the first epoch whose training loss is not finite."""
    return next((int(r["epoch"]) for r in rows if not math.isfinite(r["train_loss"])), None)
