"""A result that was changed after it was written is refused wherever a number is taken from it."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tests.support.recipes import make_recipe

from regrade.commands.studies import STUDIES
from regrade.errors import UserError
from regrade.evidence import read_records
from regrade.record_files import sums_of, write_list
from regrade.records import record
from regrade.seals import SUMS, Seals, is_sealed, require_whole, sealed
from regrade.training.job import Job
from regrade.training.replicate import is_complete, train_replicate

RECORDS = STUDIES.parent / "records"
FILES = ("history.csv", "summary.json", "provenance.json", "weights.csv", "weights.safetensors")
CPU = torch.device("cpu")


@pytest.fixture
def trained(make_job: Callable[..., Job], tmp_path: Path) -> Job:
    """Return a job whose replicate lies in a folder of results as a workflow leaves it."""
    job = make_job(make_recipe(stop={"epochs": 1}))
    job = replace(job, output=tmp_path / "results" / "runs" / "tiny" / "A1" / "seed-0")
    train_replicate(job)
    return job


def flip(path: Path, bit: int) -> None:
    content = bytearray(path.read_bytes())
    content[bit // 8 % len(content)] ^= 1 << bit % 8
    path.write_bytes(content)


def test_a_replicate_is_whole_when_it_was_trained(trained: Job) -> None:
    require_whole(trained.output)
    assert is_complete(trained, CPU)


@pytest.mark.parametrize("name", FILES)
def test_every_flipped_bit_of_a_replicate_is_noticed(trained: Job, name: str) -> None:
    path, rng = trained.output / name, random.Random(name)
    content = path.read_bytes()
    for _ in range(20):
        flip(path, rng.randrange(8 * len(content)))
        with pytest.raises(UserError, match="seed-0"):
            require_whole(trained.output)
        assert not is_complete(trained, CPU)
        path.write_bytes(content)
    require_whole(trained.output)


@pytest.mark.parametrize("name", FILES)
def test_a_replicate_with_a_lost_or_cut_file_is_trained_again(trained: Job, name: str) -> None:
    path = trained.output / name
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert not is_complete(trained, CPU)
    path.unlink()
    assert not is_complete(trained, CPU)
    train_replicate(trained)
    assert is_complete(trained, CPU)


def test_a_changed_replicate_is_not_recorded(trained: Job, tmp_path: Path) -> None:
    flip(trained.output / "history.csv", 999)
    with pytest.raises(UserError, match=r"history\.csv: changed since it was written"):
        record(trained.output.parents[3], tmp_path / "records")
    assert not (tmp_path / "records").exists()


@pytest.mark.parametrize("name", ["provenance.json", "summary.json"])
def test_a_changed_record_chooses_nothing(tmp_path: Path, name: str) -> None:
    folder = Path("runs/duke/D01")
    shutil.copytree(RECORDS / folder, tmp_path / folder)
    write_list(tmp_path, sums_of(tmp_path))
    assert [found.seed for found in read_records(tmp_path, "duke", "D01")] == [0, 1, 2]
    path = tmp_path / folder / "seed-1" / name
    path.write_text(path.read_text().replace('"scale": "full"', '"scale": "fall"'))
    with pytest.raises(UserError, match=r"not what was recorded .*SHA256SUMS"):
        read_records(tmp_path, "duke", "D01")


def test_a_list_of_digests_above_the_results_is_not_of_records(
    trained: Job, tmp_path: Path
) -> None:
    """Downloads have files by this common name; results may lie below such a folder."""
    (tmp_path / SUMS).write_text(f"{'0' * 64}  cifar-10-binary.tar.gz\n")
    require_whole(trained.output)
    flip(trained.output / "history.csv", 999)
    with pytest.raises(UserError, match="changed since it was written"):
        require_whole(trained.output)


def test_what_is_sealed_may_be_written_and_read_in_any_order_of_keys() -> None:
    content = sealed({"b": 1.5, "a": {"2": [1, None], "10": "x"}, 3: True})
    read = json.loads(json.dumps(content, indent=1))
    assert is_sealed(dict(reversed(read.items())))
    assert not is_sealed({**read, "b": 1.25})
    assert not is_sealed({**read, "c": None})
    assert is_sealed({"of": "an older version, without a digest"})


def test_a_file_that_is_no_object_is_told(tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    path.write_text("[1]")
    with pytest.raises(UserError, match=r"summary\.json: must be a JSON object, found list"):
        Seals().read_json(path)
