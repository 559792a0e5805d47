"""Published curves: their values, and how far a point may lie from the true one."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from regrade.grading.printed import OPEN_END
from regrade.grading.values import read_curves
from regrade.studies.curve_file import read_curve_file
from regrade.studies.published import PublishedCurve
from regrade.studies.vocabulary import HISTORY_COLUMNS


@dataclass(frozen=True)
class Curve:
    """A published curve."""

    frame: pd.DataFrame
    digits: dict[str, int]
    """The decimals that each column is printed with."""
    source: PublishedCurve

    def error(self, name: str) -> tuple[float, float]:
        """Tell how far a true value may lie below and above a point of a series.

        A digitised point may be off by its reading error, a printed one by half a unit of its last
        digit, or by a whole one towards larger values where digits were cut off.
        """
        kind: Any = name.rpartition("_")[2]  # Rates and times are printed, not read off a figure.
        read = self.source.reading_error.get(kind)
        if read is not None:
            return read, read
        unit = 10.0 ** -self.digits.get(HISTORY_COLUMNS[name], 0)
        below = 0.0 if name in self.source.truncated else unit / 2
        return below, unit - below - OPEN_END * unit


def read_curve(folder: Path, source: PublishedCurve) -> Curve:
    """Read a published curve.

    Raises
    ------
    UserError
        When the file is missing or damaged.
    """
    path = folder / source.file
    frame = read_curves(path, source.first_epoch)
    text = read_curve_file(path)
    columns = zip(text.columns, zip(*text.rows, strict=True), strict=True)
    digits = {column: max(map(_decimals, cells)) for column, cells in columns}
    return Curve(frame, digits, source)


def _decimals(cell: str) -> int:
    """Count the decimals of a printed number: `1e-3` has three; an empty cell has none."""
    exponent = Decimal(cell).as_tuple().exponent if cell else 0
    return max(0, -exponent) if isinstance(exponent, int) else 0
