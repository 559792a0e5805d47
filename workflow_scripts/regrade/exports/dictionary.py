"""The data dictionary of the long table, from the vocabulary of study files."""

from __future__ import annotations

import pandas as pd

from regrade.exports.results_table import COLUMNS, NUMBERS, SERIES
from regrade.report.sets import GRADE_BOOK
from regrade.studies.vocabulary import ATTRIBUTES

HEAD = ("column", "type", "unit", "meaning")
PARQUET = "results.parquet"
WITHOUT_PARQUET = "not written, for pyarrow is not installed: pip install pyarrow, and run again"
WITH_PARQUET = "the same table as results.csv"


def dictionary(*, parquet: bool, sets: bool) -> pd.DataFrame:
    """Tell every column, every quantity, the grade book's, and whether there is a Parquet file."""
    columns = [(name, *told) for name, told in COLUMNS.items()]
    book = [(f"gradebook.csv: {name}", "", "", told) for name, told in GRADE_BOOK.items() if sets]
    file = (PARQUET, "file", "", WITH_PARQUET if parquet else WITHOUT_PARQUET)
    return pd.DataFrame(
        [*columns, *map(_quantity, (*SERIES, *NUMBERS)), *book, file], columns=list(HEAD)
    )


def _quantity(name: str) -> tuple[str, str, str, str]:
    told = ATTRIBUTES[name]
    return f"quantity={name}", "number", str(told.unit), told.meaning
