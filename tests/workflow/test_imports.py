"""The workflow grades imported curves as it grades trained ones, and trains nothing over them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.small_workflow import Workspace, read_rows

pytestmark = pytest.mark.slow
RUNS = ("A1", "A2-as-run")


def verdicts(results: Path, table: str, column: str) -> list[str]:
    return [row[column] for row in read_rows(results / "tables" / f"{table}.csv")]


def test_curves_of_trained_replicates_are_imported_and_get_the_same_verdicts(
    tiny_data: Path, tmp_path: Path
) -> None:
    space = Workspace.create(tmp_path / "copy", tiny_data)
    space.snakemake(seeds=2, results="trained").succeeded()
    for run in RUNS:
        for seed in (0, 1):
            history = space.replicate(run, seed, "trained") / "history.csv"
            summary = history.with_name("summary.json")
            words = [f"small/{run}", str(history), "--seed", str(seed), "--summary", str(summary)]
            assert "covers the whole recipe" in space.regrade("import", *words).succeeded().text

    told = space.snakemake(scale="preview", results="graded").succeeded()
    assert not told.trainings
    trained, graded = space.root / "trained", space.root / "graded"
    for table, column in (
        ("numbers", "verdict"),
        ("numbers", "measured"),
        ("claims", "on_measured"),
    ):
        assert verdicts(graded, table, column) == verdicts(trained, table, column)
    assert set(verdicts(graded, "claims", "basis")) == {"imported"}
    assert "somebody’s own code wrote" in (graded / "report/small.html").read_text()
    assert "imported" in space.quietly(scale="preview", results="again").succeeded().text
    assert space.regrade("verify", "graded").code == 0

    full = space.plan(scale="full", results="graded")
    assert full.trainings == {"A1, seed 0", "A2-as-run, seed 0"}
    stop = "recipe: {stop: {epochs: %d}}"
    space.edit("studies/small.yaml", stop % 60, stop % 61)
    changed = space.plan(scale="preview", results="graded")
    assert changed.code != 0
    assert "import the curves again, with --replace" in changed.text
