"""What a run says at its end."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from regrade.console.ending import _named, _source, ending
from regrade.evidence import Evidence, Recorded
from regrade.grid import Grid
from regrade.studies.resolve import resolve
from regrade.studies.study import Study

REPLICATE = {"study": "tiny", "seed": "0", "scale": "full", "data_source": "npz"}
PREVIEW = REPLICATE | {"scale": "preview", "data_source": "synthetic"}


def write(path: Path, rows: list[dict[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, list(dict.fromkeys(key for row in rows for key in row)))
        table.writeheader()
        table.writerows(rows)


@pytest.fixture
def grid(plain_study: Study, tmp_path: Path) -> Grid:
    """Return a grid of three runs: A1 from the records, both variants of A2 as previews."""
    settings = {"scale": "preview", "records": "use", "data": "synthetic", "seeds": 1}
    config = SimpleNamespace(results=str(tmp_path), studies=["tiny"], **settings)
    seeds = {"A2-as-told": [0], "A2-as-run": [0]}
    recorded = {"tiny": Recorded("records", {"A1": [0]})}
    runs = {"tiny": resolve(plain_study)}
    files = {"tiny": tmp_path / "studies" / "tiny.yaml"}
    found = Grid(config, tmp_path, files, {"tiny": plain_study}, runs, {"tiny": seeds}, recorded)
    for run in seeds:
        summary = Evidence("tiny", tmp_path, seeds).replicate(run, 0) / "summary.json"
        summary.parent.mkdir(parents=True)
        summary.write_text(json.dumps({}))
    return found


def tell(grid: Grid, **tables: list[dict[str, str]]) -> str:
    folder = Path(grid.config.results) / "tables"
    given = {
        "numbers": [{"verdict": "reproduced"}, {"verdict": "not measured"}],
        "claims": [{"study": "tiny", "on_measured": "not measured"}],
        "agreement": [],
        "tiny": [
            REPLICATE | {"trained_as": "A1", "basis": "recorded"},
            PREVIEW | {"trained_as": "A2-as-told", "basis": "trained"},
            PREVIEW | {"trained_as": "A2-as-run", "basis": "trained"},
        ],
    }
    for name, rows in (given | tables).items():
        write(folder / f"{name}.csv", rows)
    return ending(grid)


def test_it_says_by_what_was_graded_what_was_not_and_where_the_report_is(grid: Grid) -> None:
    text = tell(grid)
    assert (
        "Graded 1 study by 1 replicate from records/ and 2 replicates trained here, 2 of them"
        " previews."
    ) in text
    assert "Numbers: 1 reproduced, 1 not measured." in text
    assert "because they are previews: runs of tiny 2." in text
    assert text.endswith(f"Report: {Path(grid.config.results).as_uri()}/report/index.html")


def test_one_command_decides_more(grid: Grid) -> None:
    command = (
        "To decide more: snakemake --cores all --config studies=tiny scale=full data=torchvision"
        " seeds=3 results=results/full"
    )
    assert command in tell(grid)
    assert "1 claims of tiny wait" in tell(grid)


def test_at_full_scale_more_seeds_decide_more(grid: Grid) -> None:
    grid.config.scale = "full"
    numbers = [{"verdict": "inconclusive", "seeds_needed": n} for n in ("4", "5", "90", "")]
    text = tell(grid, numbers=numbers, agreement=[{"verdict": "agrees"}, {"verdict": "differs"}])
    assert f"seeds=5 results={grid.config.results}" in text
    assert "with 5 seeds, about 2 of 3 open numbers" in text
    assert "Beside the records: 1 agrees, 1 differs." in text


def test_what_could_not_be_trained_is_told_with_its_reason(grid: Grid) -> None:
    path = grid.evidence("tiny").replicate("A2-as-run", 0) / "summary.json"
    path.write_text(json.dumps({"not_measured": "no weights"}))
    assert "Could not be trained: tiny/A2-as-run, seed 0: no weights" in tell(grid)


def test_a_study_outside_the_project_is_named_by_its_file(grid: Grid) -> None:
    elsewhere = grid.root / "mine" / "tiny.yaml"
    assert _named(grid, "tiny") == "tiny"
    assert _named(replace(grid, files={"tiny": elsewhere}), "tiny") == str(elsewhere)


def test_the_call_names_a_source_that_has_all_images(grid: Grid, tmp_path: Path) -> None:
    """Images of a study's own are not torchvision's: somebody must say where they lie."""
    assert _source(grid) == "torchvision"
    own = replace(grid.datasets["cifar10"], name="leaves", torchvision=None)
    grid.__dict__["datasets"] = {"leaves": own}
    grid.__dict__["own_places"] = {}
    assert _source(grid) == "FOLDER"
    grid.__dict__["own_places"] = {"leaves": tmp_path / "leaves.npz"}
    assert _source(grid) == "torchvision"
