"""The values of expressions, and why an expression may have none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd
import scipy

from regrade.errors import UserError
from regrade.studies.curve_file import read_curve_file
from regrade.studies.vocabulary import HISTORY_COLUMNS

Value: TypeAlias = "int | float | tuple | np.ndarray | pd.Series | Histogram"
"""A number, a list, an array of numbers that were drawn for one, a series by epoch (from 1), or a
histogram of weights.
"""


@dataclass(frozen=True)
class Histogram:
    """Weights counted in bins; inside a bin they count as spread evenly."""

    edges: np.ndarray
    distribution: scipy.stats.rv_histogram

    def cdf(self, weight: float | np.ndarray) -> float | np.ndarray:
        """Return the share of weights below a value."""
        return self.distribution.cdf(weight)


class NotAvailable(Exception):  # noqa: N818 - an answer of a source, not an error of the user
    """A source has no value for an expression; the text says why."""


def as_number(value: Value) -> float:
    """Return a value that must be a number.

    Raises
    ------
    ValueError
        When it is a list, a series or a histogram.
    """
    if isinstance(value, int | float):
        return value
    raise ValueError(f"{value!r} is no number")


def read_curves(path: Path, first_epoch: int = 1) -> pd.DataFrame:
    """Read a history or a published curve: losses in nats, accuracies as fractions.

    The rows are epochs, counted from 1 whatever `first_epoch` the file counts from; an epoch
    that the file leaves out has a row too. An empty cell is NaN, and a loss that diverged (`nan`
    in the file) is infinite.

    Raises
    ------
    UserError
        When the file cannot be read, or a cell is no number.
    """
    try:
        found = read_curve_file(path)
        cells = dict(zip(found.columns, zip(*found.rows, strict=True), strict=True))
        epochs = np.array(cells.pop("epoch")).astype(int) - first_epoch + 1
        frame = pd.DataFrame(
            {name: _numbers(name, column) for name, column in cells.items()},
            index=pd.Index(epochs, name="epoch"),
        )
    except KeyError:
        raise UserError(f"{path}: the column 'epoch' is missing") from None
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read: {error}") from None
    if not frame.index.is_unique or frame.index.min() < 1:
        raise UserError(f"{path}: epochs must be different and count from {first_epoch}")
    return frame.reindex(pd.RangeIndex(1, frame.index.max() + 1, name="epoch"))


def _numbers(name: str, column: Sequence[str]) -> np.ndarray:
    missing = np.inf if name.endswith("_loss") else np.nan
    values = np.array([float(cell or "nan") for cell in column])
    filled = np.array([cell != "" for cell in column])
    return np.where(filled & np.isnan(values), missing, values)


def series_of(frame: pd.DataFrame, name: str) -> pd.Series | None:
    """Return a series of the vocabulary from a file of curves, or nothing where it is empty."""
    column = HISTORY_COLUMNS[name]
    if column not in frame or frame[column].isna().all():
        return None
    return frame[column]


def all_series(frame: pd.DataFrame) -> dict[str, pd.Series]:
    """Return every series of the vocabulary that a file of curves has, by its name."""
    found = {name: series_of(frame, name) for name in HISTORY_COLUMNS}
    return {name: curve for name, curve in found.items() if curve is not None}


def read_histogram(path: Path) -> Histogram | None:
    """Read the histogram of all trainable parameters of a replicate; None where it counts none.

    The two open end bins are given the width of their neighbours, so that every weight counts.

    Raises
    ------
    UserError
        When the file cannot be read.
    """
    try:
        frame = pd.read_csv(path)
        edges = np.append(frame["low"].to_numpy(float), frame["high"].iloc[-1])
        counts = frame["count"].to_numpy(float)
    except (OSError, KeyError, ValueError) as error:
        raise UserError(f"{path}: cannot be read: {error}") from None
    if not counts.any():
        return None
    edges[0] = 2 * edges[1] - edges[2]
    edges[-1] = 2 * edges[-2] - edges[-3]
    return Histogram(edges, scipy.stats.rv_histogram((counts, edges), density=False))
