"""Files of published curves: a CSV with a row an epoch, checked before anything trains."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from regrade.errors import UserError
from regrade.studies.spelling import suggest
from regrade.studies.yaml_document import read_text

LAST_EPOCH = 100_000
"""An epoch above this is a slip: a table has a row an epoch."""


@dataclass(frozen=True)
class CurveFile:
    """The text of a published curve: cells as they are printed."""

    columns: tuple[str, ...]
    """With `epoch` among them."""
    rows: tuple[tuple[str, ...], ...]

    def to_csv(self) -> str:
        """Write the table without marks, spaces and blank lines."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows(self.rows)
        return text.getvalue()


def read_curve_file(path: Path) -> CurveFile:
    """Read the cells of a curve: UTF-8 with or without a mark, spaces around cells ignored.

    Raises
    ------
    UserError
        When the file cannot be read, or a row has not as many cells as the header.
    """
    try:
        lines = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
        found = [(lines.line_num, tuple(map(str.strip, row))) for row in lines]
    except csv.Error as error:
        raise UserError(f"{path}: no CSV file: {error}") from None
    filled = [(line, row) for line, row in found if any(row)]
    if len(filled) < 2:
        raise UserError(f"{path}: a header and a row an epoch belong in it")
    (_, columns), *rows = filled
    for line, row in rows:
        if len(row) != len(columns):
            raise UserError(
                f"{path}: line {line}: {len(row)} cells, but the header has {len(columns)}"
            )
    return CurveFile(columns, tuple(row for _, row in rows))


def curve_mistakes(path: Path, first_epoch: int, known: Sequence[str]) -> Iterator[str]:
    """Say what is wrong with a curve: its columns, its epochs, and each column's first bad cell.

    Parameters
    ----------
    path
        The file.
    first_epoch
        What its first epoch counts as: 0 or 1.
    known
        The series that a curve may give.
    """
    try:
        curve = read_curve_file(path)
    except UserError as error:
        yield str(error)
        return
    allowed = ("epoch", *known)
    unknown = [column for column in curve.columns if column not in allowed]
    for column in unknown:
        hint = suggest(column, allowed)
        yield f"{path}: unknown column {column[:40]!r}{hint}; allowed: {', '.join(allowed)}"
    if unknown:
        return
    if len(set(curve.columns)) < len(curve.columns):
        yield f"{path}: a column stands twice in its header"
    elif "epoch" not in curve.columns:
        yield f"{path}: a column `epoch` of whole numbers belongs in it"
    else:
        yield from _cell_mistakes(path, curve, first_epoch, known)


def _cell_mistakes(
    path: Path, curve: CurveFile, first_epoch: int, known: Sequence[str]
) -> Iterator[str]:
    cells = dict(zip(curve.columns, zip(*curve.rows, strict=True), strict=True))
    if told := _epoch_mistake(cells["epoch"], first_epoch):
        yield f"{path}: {told}"
    for column in known:
        for epoch, cell in zip(cells["epoch"], cells.get(column, ()), strict=False):
            if told := value_mistake(column, cell):
                yield f"{path}: epoch {epoch}: {column}: {told}"
                break


def _epoch_mistake(cells: Sequence[str], first_epoch: int) -> str:
    try:
        epochs = [int(cell) for cell in cells]
    except ValueError:
        return "a column `epoch` of whole numbers belongs in it"
    first, last = min(epochs), max(epochs)
    if first < first_epoch:
        return f"its epochs count from {first}, but first_epoch is {first_epoch}"
    if last > LAST_EPOCH:
        return f"found epoch {last}: at most {LAST_EPOCH} is taken for an epoch"
    return "an epoch stands twice" if len(set(epochs)) < len(epochs) else ""


def value_mistake(column: str, cell: str) -> str:
    """Say what is wrong with a cell of a column; nothing where nothing is."""
    if not cell:
        return ""
    try:
        value = float(cell)
    except ValueError:
        return f"found {cell[:40]!r}: a number belongs here, or nothing"
    if column.endswith("_accuracy"):
        if not 0 <= value <= 1:
            percent = "; are these percent? Divide by 100" if 1 < value <= 100 else ""
            return f"found {cell}: accuracies lie between 0 and 1{percent}"
        return ""
    if math.isinf(value) or (value < 0):
        return f"found {cell}: it must be finite and not negative (`nan` where a loss diverged)"
    return ""
