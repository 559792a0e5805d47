"""The files that hold the results beside the pages, and what they are."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from regrade.layout import exports_folder, report_folder, table_file


@dataclass(frozen=True)
class DataFile:
    """A file that other tools read."""

    name: str
    encoding: str
    """Its media type."""
    meaning: str


GRADE_BOOK = DataFile("gradebook.csv", "text/csv", "a line a report of an assignment, to grade by")
EXPORTED = (
    DataFile("results.csv", "text/csv", "every measured value, a line each"),
    DataFile("results.parquet", "application/vnd.apache.parquet", "the same as Parquet"),
    DataFile("data-dictionary.csv", "text/csv", "what its columns and quantities mean"),
    GRADE_BOOK,
    DataFile("summary.md", "text/markdown", "verdicts and findings for a README"),
    DataFile("badge.json", "application/json", "an endpoint for a badge of shields.io"),
    DataFile("ro-crate-metadata.json", "application/ld+json", "all of it described as an RO-Crate"),
)
"""In the order in which they are listed."""
TABLES = {
    "numbers": "a published number with its verdict",
    "claims": "a claim with both verdicts",
    "complexity": "a network with its sizes",
    "errata": "an error inside a report",
    "checks": "what a report’s numbers contradict by arithmetic",
    "agreement": "a measured value, trained by the last call and recorded",
}
"""The tables of all studies, and what a line of each is."""


def data_links(results: Path) -> list[tuple[str, str, str]]:
    """List the files that are there: where they lie from the report, their names, what they are."""
    exported = [(exports_folder(results) / one.name, one.meaning) for one in EXPORTED]
    tables = [(table_file(results, name), f"a line is {line}") for name, line in TABLES.items()]
    root = report_folder(results)
    return [
        (Path(os.path.relpath(path, root)).as_posix(), path.name, meaning)
        for path, meaning in (*exported, *tables)
        if path.is_file()
    ]
