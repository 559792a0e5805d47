"""The tables of a study, and of all studies together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from regrade.errors import UserError
from regrade.files import write_atomically
from regrade.grading import agreement, arithmetic, claims, complexity, numbers, replicates
from regrade.grading.graded_study import GradedStudy


def aggregate(graded: GradedStudy) -> dict[str, pd.DataFrame]:
    """Grade a study.

    Returns
    -------
    The tables `replicates`, `numbers`, `claims`, `complexity`, `errata`, `checks` and
    `agreement`.

    Raises
    ------
    UserError
        For a result or curve file that is missing or damaged.
    """
    measurements, estimates, published = graded.measurements, graded.estimates, graded.published
    return {
        "replicates": _frame(replicates.replicate_rows(measurements), replicates.COLUMNS),
        "numbers": _frame(numbers.number_rows(estimates), numbers.COLUMNS),
        "claims": _frame(claims.claim_rows(estimates, published), claims.CLAIM_COLUMNS),
        "complexity": _frame(complexity.complexity_rows(measurements), complexity.COLUMNS),
        "errata": _frame(claims.erratum_rows(estimates, published), claims.ERRATUM_COLUMNS),
        "checks": _frame(map(asdict, arithmetic.check_study(graded.study)), arithmetic.COLUMNS),
        "agreement": _frame(agreement.agreement_rows(measurements), agreement.COLUMNS),
    }


def _frame(rows: Iterable[dict], columns: Sequence[str]) -> pd.DataFrame:
    """Make a table of Python's own values, so that a count stays whole beside an empty cell."""
    cells = [[row.get(column) for column in columns] for row in rows]
    return pd.DataFrame(cells, columns=list(columns), dtype=object)


def table_text(table: pd.DataFrame) -> str:
    """Return a table as CSV: floats in full, empty cells for nothing."""
    return table.to_csv(index=False, lineterminator="\n")


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV, whole or not at all."""
    write_atomically(path, table_text(table))


def write_tables(tables: Mapping[str, pd.DataFrame], paths: Mapping[str, Path]) -> None:
    """Write each table to the path of its name."""
    for name, path in paths.items():
        write_table(tables[name], path)


def collect(paths: Sequence[Path]) -> pd.DataFrame:
    """Put the tables of several studies below each other, cell by cell as they stand.

    Raises
    ------
    UserError
        When a table cannot be read, or its columns are not those of the first.
    """
    found = []
    for path in paths:
        try:
            found.append(pd.read_csv(path, dtype=str, keep_default_na=False))
        except (OSError, ValueError) as error:
            raise UserError(f"{path}: cannot be read: {error}") from None
        if list(found[-1].columns) != list(found[0].columns):
            raise UserError(f"{path}: its columns differ from those of {paths[0]}")
    return pd.concat(found, ignore_index=True)
