"""Writing the results in the forms that other tools read."""

from __future__ import annotations

import io
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from regrade.exports.crate import NAME, crate
from regrade.exports.dictionary import PARQUET, dictionary
from regrade.exports.results_table import COLUMNS, results_table
from regrade.exports.summary import badge, summary
from regrade.files import write_atomically
from regrade.grading.graded_study import GradedStudy
from regrade.grading.tables import write_table
from regrade.report.data_files import GRADE_BOOK
from regrade.report.sets import grade_book, report_sets
from regrade.report.study_view import views

TYPES = {"seed": "Int64", "epoch": "Int64", "value": "float64"}
"""Types of the Parquet file; all other columns are text."""


def can_write_parquet() -> bool:
    """Tell whether pyarrow is installed, which is not required."""
    return find_spec("pyarrow") is not None


def export(studies: Sequence[GradedStudy], folder: Path, *, parquet: bool) -> None:
    """Write all files; the crate last, for it describes the others.

    Parameters
    ----------
    studies
        In the order of the report, with tables among their results.
    folder
        Gets `results.csv`, `data-dictionary.csv`, `summary.md`, `badge.json` and
        `ro-crate-metadata.json`; for reports of an assignment `gradebook.csv`, too.
    parquet
        Whether it gets `results.parquet`, too; one of a former call goes.

    Raises
    ------
    UserError
        For a result file that is missing or damaged.
    """
    shown = views(studies)
    table = results_table(graded.measurements for graded in studies)
    write_table(table, folder / "results.csv")
    (folder / PARQUET).unlink(missing_ok=True)
    if parquet:
        write_atomically(folder / PARQUET, to_parquet(table))
    found = report_sets(shown)
    (folder / GRADE_BOOK.name).unlink(missing_ok=True)
    if found:
        write_table(grade_book(found), folder / GRADE_BOOK.name)
    write_table(dictionary(parquet=parquet, sets=bool(found)), folder / "data-dictionary.csv")
    write_atomically(folder / "summary.md", summary(shown))
    write_atomically(folder / "badge.json", badge(shown))
    write_atomically(folder / NAME, crate(shown, folder))


def to_parquet(table: pd.DataFrame) -> bytes:
    """Write the long table as Parquet."""
    types = {column: TYPES.get(column, "string") for column in COLUMNS}
    file = io.BytesIO()
    table.astype(types).to_parquet(file, index=False, engine="pyarrow")
    return file.getvalue()
