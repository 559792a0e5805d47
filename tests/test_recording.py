"""A record is replaced by better evidence alone, and nobody overwrites results unawares."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.recipes import make_recipe

from regrade.errors import UserError
from regrade.evidence import require_nothing_better
from regrade.files import json_text, write_atomically
from regrade.records import record
from regrade.seals import file_digest, sealed
from regrade.training.replicate import train_replicate

PLACE = Path("runs/tiny/A1/seed-0")
MEASURED = (("npz", [{"seed": 0}]), ("synthetic", [{"seed": 0}]), (None, []))
"""With which images a network was fed before training, and what was measured."""


@pytest.fixture
def results(make_job: Callable, tmp_path: Path) -> Callable[..., Path]:
    """Train a tiny replicate into results of its own, and claim what it was made of."""

    def make(name: str, source: str = "npz", scale: str = "full", **changes: Any) -> Path:
        job = make_job(make_recipe(stop={"epochs": 1}, **changes), name)
        train_replicate(job)
        folder = tmp_path / name / PLACE
        folder.parent.mkdir(parents=True)
        job.output.rename(folder)
        provenance = json.loads((folder / "provenance.json").read_text())
        provenance |= {"scale": scale, "data": {**provenance["data"], "source": source}}
        (folder / "provenance.json").write_text(json.dumps(sealed(provenance)))
        return tmp_path / name

    return make


def outcome(results: Path, records: Path, **options: Any) -> tuple[str, str]:
    (taken,) = record(results, records, **{"synthetic": True, **options})
    return taken.outcome, taken.detail


def source_of(records: Path) -> str:
    return json.loads((records / PLACE / "provenance.json").read_text())["data"]["source"]


@pytest.mark.parametrize("worse", [{"source": "synthetic"}, {"scale": "preview"}])
def test_worse_evidence_never_replaces_better(results, tmp_path: Path, worse: dict) -> None:
    records = tmp_path / "records"
    assert outcome(results("good"), records) == ("recorded", "")
    bad = results("bad", optimizer={"kind": "sgd", "learning_rate": 0.01}, **worse)
    assert outcome(bad, records)[0] == "kept"
    assert source_of(records) == "npz"
    assert outcome(bad, records, replace=True)[0] == "replaced"
    assert outcome(results("again"), records)[0] == "replaced"


@pytest.mark.parametrize("replace", [False, True])
def test_what_was_trained_on_made_up_images_is_left(results, tmp_path: Path, replace: bool) -> None:
    """The results of `make report` hold a preview of every run: none of them is a result."""
    records, made_up = tmp_path / "records", results("preview", "synthetic", "preview")
    told = ("left", "trained on made-up images: --synthetic takes it")
    assert outcome(made_up, records, synthetic=False, replace=replace) == told
    assert not records.exists()
    assert outcome(made_up, records) == ("recorded", "")


def test_two_full_replicates_of_one_seed_are_an_agreement_test(results, tmp_path: Path) -> None:
    records = tmp_path / "records"
    outcome(results("one"), records)
    assert outcome(results("same"), records) == ("equal", "the same numbers are recorded")
    other = results("other")
    path = other / PLACE / "history.csv"
    lines = path.read_text().splitlines()
    cells = lines[1].split(",")
    cells[2] = str(float(cells[2]) + 0.25)
    path.write_text("\n".join([lines[0], ",".join(cells)]) + "\n")
    provenance = json.loads((other / PLACE / "provenance.json").read_text())
    provenance["files"]["history.csv"] = file_digest(path)
    (other / PLACE / "provenance.json").write_text(json.dumps(sealed(provenance)))
    found, detail = outcome(other, records)
    assert found == "kept" and "train_loss 0.25" in detail


def test_a_network_fed_with_real_images_stays(results, tmp_path: Path) -> None:
    real, made_up, unfed = ({"data_source": source, "per_seed": fed} for source, fed in MEASURED)
    records, place = tmp_path / "records", Path("models/tiny/A1.json")
    for name, content, expected in (
        ("first", made_up, made_up), ("second", real, real), ("third", made_up, real),
        ("fourth", unfed, real), ("fifth", real | {"recipe_hash": "another"}, None),
    ):  # fmt: skip
        folder = results(name)
        write_atomically(folder / place, json_text(sealed(content)))
        record(folder, records)
        assert json.loads((records / place).read_text()) == sealed(expected or content), name


def test_a_training_does_not_replace_better_results(results) -> None:
    output = results("good") / PLACE
    require_nothing_better(output, is_full=True, source="torchvision")
    for is_full, source in ((False, "torchvision"), (True, "synthetic"), (False, "synthetic")):
        with pytest.raises(UserError, match="holds a better replicate"):
            require_nothing_better(output, is_full=is_full, source=source)
