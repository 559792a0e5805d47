"""Verification finds whatever was changed in records, and nothing in those that are shipped."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from regrade import layout
from regrade.__main__ import parse
from regrade.commands.studies import STUDIES
from regrade.errors import UserError
from regrade.record_files import sums_of, write_list
from regrade.records_table import table
from regrade.seals import SUMS
from regrade.verify import verify

RECORDS = STUDIES.parent / "records"
RUN = Path("runs/duke/D01/seed-0")
MODEL = Path("models/duke/D01.json")


def test_the_readme_of_the_records_has_their_table() -> None:
    assert table(RECORDS) in (RECORDS / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a copy of some records with their digests."""
    for part in ("runs/duke/D01", "runs/polito/P2"):
        shutil.copytree(RECORDS / part, tmp_path / part)
    (tmp_path / MODEL).parent.mkdir(parents=True)
    shutil.copy(RECORDS / MODEL, tmp_path / MODEL)
    write_list(tmp_path, sums_of(tmp_path))
    return tmp_path


def test_nothing_is_wrong_with_the_shipped_records() -> None:
    assert (RECORDS / SUMS).exists()
    assert list(verify(RECORDS)) == []


def test_nothing_is_wrong_with_a_copy(place: Path) -> None:
    assert list(verify(place)) == []


def text(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(place: Path) -> None:
        path = place / name
        content = path.read_text(encoding="utf-8")
        assert old in content
        path.write_text(content.replace(old, new, 1), encoding="utf-8")

    return change


def data(name: str, key: str, value: Any) -> Callable[[Path], None]:
    """Change a value of a JSON file; dots lead into it."""

    def change(place: Path) -> None:
        content = json.loads((place / name).read_text(encoding="utf-8"))
        *outer, last = key.split(".")
        inner = content
        for part in outer:
            inner = inner[part]
        assert inner[last] != value
        inner[last] = value
        (place / name).write_text(json.dumps(content), encoding="utf-8")

    return change


def cell(row: int, column: int, value: str) -> Callable[[Path], None]:
    def change(place: Path) -> None:
        path = place / RUN / "history.csv"
        lines = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
        lines[row][column] = value
        path.write_text("\n".join(map(",".join, lines)) + "\n", encoding="utf-8")

    return change


SUMMARY, PROVENANCE = f"{RUN}/summary.json", f"{RUN}/provenance.json"
DERIVED = {
    "a better best accuracy": data(SUMMARY, "best.validation_accuracy.value", 0.7),
    "another best epoch": data(SUMMARY, "best.validation_accuracy.epoch", 3),
    "a lower lowest loss": data(SUMMARY, "lowest.validation_loss.value", 0.5),
    "another last loss": data(SUMMARY, "last.train_loss", 0.1),
    "another last accuracy": data(SUMMARY, "last.validation_accuracy", 0.9),
    "another selected epoch": data(SUMMARY, "selected_epoch", 30),
    "a divergence that was none": data(SUMMARY, "diverged_at_epoch", 5),
    "fewer epochs": data(SUMMARY, "epochs", 29),
    "less time": data(SUMMARY, "seconds", 1.0),
    "another scale": data(SUMMARY, "scale", "preview"),
    "fewer weights": data(SUMMARY, "weights.count", 82029),
    "a peak in the history": cell(7, 5, "0.99"),
    "another end of the history": cell(30, 2, "0.01"),
    "a missing row": text(f"{RUN}/history.csv", "\n30,", "\n"),
    "another learning rate in the recipe": data(PROVENANCE, "recipe.optimizer.learning_rate", 0.1),
    "another hash": data(PROVENANCE, "recipe_hash", "0" * 16),
    "another seed": data(PROVENANCE, "seed", 1),
    "another run": data(PROVENANCE, "run", "D03"),
    "more parameters": data(str(MODEL), "parameters", 82031),
    "fewer multiply-adds": data(str(MODEL), "macs", 716327),
    "a provenance that is a list": lambda place: (place / PROVENANCE).write_text("[1]"),
    "a summary that is a list": lambda place: (place / SUMMARY).write_text("[1]"),
    "a network that is a list": lambda place: (place / MODEL).write_text("[1]"),
    "layers that are numbers": data(str(MODEL), "layers", [1]),
    "files that are a list": text(PROVENANCE, '"device"', '"files": ["a"], "device"'),
    "a file that is no JSON": text(SUMMARY, "{", "["),
}
HIDDEN = {
    "a value within the history": cell(9, 2, "0.9"),
    "another seed of the split": text(PROVENANCE, '"device"', '"devices"'),
    "a moved weight": text(f"{RUN}/weights.csv", ",0\n", ",1\n"),
    "a line of the log": text(f"{RUN}/train.log", "epoch", "Epoch"),
    "a removed file": lambda place: (place / RUN / "train.log").unlink(),
    "a new file": lambda place: (place / RUN / "more.txt").write_text("more"),
}
"""What no other value contradicts: only the digests tell."""


@pytest.mark.parametrize("name", DERIVED)
def test_what_is_derived_is_derived_again(place: Path, name: str) -> None:
    (place / SUMS).unlink()
    assert list(verify(place)) == []
    DERIVED[name](place)
    assert list(verify(place))


@pytest.mark.parametrize("name", [*DERIVED, *HIDDEN])
def test_every_change_of_a_record_is_found(place: Path, name: str) -> None:
    {**DERIVED, **HIDDEN}[name](place)
    found = list(verify(place))
    assert found
    assert any(str(place) in line for line in found)


def test_a_folder_without_results_is_not_called_sound(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    arguments = parse(["verify", str(tmp_path)])
    with pytest.raises(UserError, match="neither results nor records"):
        arguments.command(arguments)


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """Return results of a call about two studies, after one about a third; one has no errata."""
    made = {
        name: {study: [f"{study},{n}" for n in range(2)] for study in ("nyu", "duke", "kaist")}
        for name in ("numbers", "errata")
    }
    made["errata"]["nyu"] = []
    for name, rows in made.items():
        for study, lines in rows.items():
            write_lines(layout.table_file(tmp_path, name, study), lines)
        write_lines(layout.table_file(tmp_path, name), [*rows["nyu"], *rows["duke"]])
    return tmp_path


def write_lines(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["study,value", *lines]) + "\n")


def test_tables_of_studies_that_a_call_was_not_about_say_nothing_of_its_own(tables: Path) -> None:
    assert list(verify(tables)) == []


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["nyu,0", "nyu,1", "duke,0", "duke,7"], "line 5 is 'duke,7'"),
        (["nyu,0", "nyu,1", "duke,0", "duke,1", "duke,1"], "line 6 is 'duke,1'"),
        (["nyu,0", "nyu,1", "duke,1", "duke,0"], "line 4 is 'duke,1'"),
        (["nyu,0", "nyu,1", "duke,0"], "line 5 is ''"),
        (["nyu,0", "nyu,1"], "line 4 is ''"),
        (["nyu,0", "nyu,1", "dukes,0"], "cannot be collected again: .*dukes"),
    ],
    ids=["changed", "doubled", "reordered", "a line lost", "a study lost", "another study"],
)
def test_a_table_of_all_studies_is_held_against_those_of_each(
    tables: Path, lines: list[str], told: str
) -> None:
    write_lines(layout.table_file(tables, "numbers"), lines)
    found = list(verify(tables))
    assert found and re.search(told, found[0]), found
