"""The report of the recorded results of all studies, as `make recorded` makes it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.support.html_tree import Page

from regrade.__main__ import parse
from regrade.commands.grid import read_grid

READY = "REGRADE_RECORDED"
"""Environment variable: the results of a `make recorded` that was made before, to look at."""


class RecordedReport:
    """A report with the tables behind it."""

    def __init__(self, results: Path) -> None:
        self.results = results
        self.folder = results / "report"
        self.studies = sorted(path.stem for path in (self.folder / "runs").iterdir())

    @cached_property
    def pages(self) -> Mapping[Path, Page]:
        """All pages by where they lie."""
        return {path.resolve(): Page(path) for path in sorted(self.folder.rglob("*.html"))}

    def page(self, name: str) -> Page:
        """Return a page by its path below the report."""
        return self.pages[(self.folder / name).resolve()]

    def run_page(self, row: Mapping[str, Any]) -> Page:
        """Return the page of the run that a row of a table speaks of."""
        name = f"{row['run']}-{row['variant']}" if row["variant"] else row["run"]
        return self.page(f"runs/{row['study']}/{name}.html")

    def table(self, name: str) -> list[dict[str, Any]]:
        """Return the rows of a table below `tables/`; empty cells are None."""
        return rows(self.results / "tables" / f"{name}.csv")

    @cached_property
    def values(self) -> pd.DataFrame:
        """The long table of everything that was measured."""
        text = {name: str for name in ("study", "run", "variant", "trained_as", "quantity")}
        path = self.results / "exports" / "results.csv"
        frame = pd.read_csv(
            path, dtype=text, keep_default_na=False, na_values={"seed": [""], "epoch": [""]}
        )
        return frame.astype({"value": object})

    @cached_property
    def compared(self) -> dict[str, dict[str, Any]]:
        """What the page of comparisons loads of every run, by its id."""
        text = (self.folder / "assets/runs.js").read_text(encoding="utf-8")
        found = json.loads(text.removeprefix("window.regradeRuns=").rstrip(";\n"))
        return {run["id"]: run for run in found}

    def run_pages(self) -> Iterator[tuple[str, str, str | None, Page]]:
        """Yield the page of every run, with study, run and variant."""
        for study in self.studies:
            for path in sorted((self.folder / "runs" / study).iterdir()):
                run, _, variant = path.stem.partition("-as-")
                page = self.pages[path.resolve()]
                yield study, run, f"as-{variant}" if variant else None, page


def rows(path: Path) -> list[dict[str, Any]]:
    """Read a CSV; empty cells are None."""
    frame = pd.read_csv(path, keep_default_na=False, na_values=[""], dtype={"printed": str})
    found = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in found]


def make(results: Path) -> None:
    """Grade all studies by the records, and render the report of them."""
    changes = {"records": "only", "results": str(results)}
    studies = read_grid(changes).files
    steps = [[step, study] for study in studies for step in ("grade", "draw")]
    for step in (*steps, ["collect"], ["share"], ["render"]):
        arguments = parse([*step, "--config", json.dumps(changes)])
        arguments.command(arguments)


@pytest.fixture(scope="session")
def recorded_report(tmp_path_factory: pytest.TempPathFactory) -> RecordedReport:
    """Make the report once for all tests, unless a ready one is named."""
    ready = os.environ.get(READY)
    results = Path(ready) if ready else tmp_path_factory.mktemp("recorded") / "results"
    if not ready:
        make(results)
    return RecordedReport(results)
