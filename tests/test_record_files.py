"""Recording leaves whole records, however it ends, and never hides that others were damaged."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from regrade import record_files
from regrade.__main__ import parse
from regrade.commands import records as commands
from regrade.commands.studies import STUDIES
from regrade.errors import UserError
from regrade.evidence import read_records, recorded_model
from regrade.files import write_atomically
from regrade.record_files import RecordFiles, sums_of, write_list
from regrade.records import Taken, record
from regrade.records_table import table
from regrade.seals import SUMS, read_sums
from regrade.verify import verify

SHIPPED = STUDIES.parent / "records"
RUN = Path("runs/duke/D01")
MODEL = Path("models/duke/D01.json")
WRITTEN = (0, 1, 3, 5, 7, 10)
"""After how many files a recording is interrupted: of the list, of a replicate, in between."""


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Return results with two replicates of one run and its measured network."""
    for seed in (0, 1):
        shutil.copytree(SHIPPED / RUN / f"seed-{seed}", tmp_path / "results" / RUN / f"seed-{seed}")
    (tmp_path / "results" / MODEL).parent.mkdir(parents=True)
    shutil.copy(SHIPPED / MODEL, tmp_path / "results" / MODEL)
    return tmp_path / "results"


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """Return records with another replicate of that run, and one of another run."""
    for part in (RUN / "seed-2", Path("runs/polito/P2/seed-0")):
        shutil.copytree(SHIPPED / part, tmp_path / "records" / part)
    write_list(tmp_path / "records", sums_of(tmp_path / "records"))
    return tmp_path / "records"


def outcomes(taken: list[Taken]) -> list[str]:
    return [one.outcome for one in taken]


def seeds(records: Path) -> list[int]:
    return [found.seed for found in read_records(records, "duke", "D01")]


@pytest.fixture
def killed_after(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """End the process, so to say, while it writes one file more."""

    def end_after(files: int) -> None:
        left = iter(range(files))

        def write(path: Path, content: str | bytes) -> None:
            if next(left, None) is None:
                path.parent.mkdir(parents=True, exist_ok=True)
                (path.parent / f".{path.name}.0a1b").write_text("half")
                raise KeyboardInterrupt
            write_atomically(path, content)

        monkeypatch.setattr(record_files, "write_atomically", write)

    return end_after


@pytest.mark.parametrize("files", WRITTEN)
@pytest.mark.parametrize("replace", [False, True])
def test_an_interrupted_recording_leaves_usable_records_and_a_second_one_heals(
    results: Path, records: Path, killed_after, monkeypatch, files: int, replace: bool
) -> None:
    if replace:
        record(results, records)
    killed_after(files)
    with pytest.raises(KeyboardInterrupt):
        record(results, records, replace=replace)
    monkeypatch.undo()
    assert 2 in seeds(records)
    recorded_model(records, "duke", "D01")
    table(records)
    found = outcomes(record(results, records))
    assert not {"kept", "replaced"} & set(found)
    assert seeds(records) == [0, 1, 2]
    assert recorded_model(records, "duke", "D01")
    assert list(verify(records)) == []


def test_first_records_that_were_interrupted_are_healed_too(
    results: Path, tmp_path: Path, killed_after, monkeypatch
) -> None:
    killed_after(3)
    with pytest.raises(KeyboardInterrupt):
        record(results, tmp_path / "first")
    monkeypatch.undo()
    assert seeds(tmp_path / "first") == []
    assert outcomes(record(results, tmp_path / "first")) == ["recorded", "recorded"]
    assert list(verify(tmp_path / "first")) == []


def test_nothing_is_copied_when_a_later_replicate_cannot_be_read(
    results: Path, records: Path
) -> None:
    before = sums_of(records)
    (results / RUN / "seed-1" / "provenance.json").write_text("{")
    with pytest.raises(UserError, match=r"seed-1/provenance\.json: cannot be read"):
        record(results, records)
    assert sums_of(records) == before == read_sums(records)


def test_nothing_is_copied_where_the_readme_has_no_place_for_the_table(
    results: Path, records: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (records / "README.md").write_text("# Mine\n")
    monkeypatch.setattr(commands, "STUDIES", records.parent / "studies")
    before = sums_of(records)
    arguments = parse(["record", str(results)])
    with pytest.raises(UserError, match=r"the marks .* are missing"):
        arguments.command(arguments)
    assert sums_of(records) == before


def test_damaged_records_are_not_sealed_anew(results: Path, records: Path) -> None:
    damaged = records / "runs/polito/P2/seed-0/history.csv"
    damaged.write_text(damaged.read_text() + "\n")
    before = sums_of(records)
    for replace in (False, True):
        with pytest.raises(UserError, match=r"not what was recorded .* runs/polito/P2/seed-0/his"):
            record(results, records, replace=replace)
    assert sums_of(records) == before
    damaged.unlink()
    with pytest.raises(UserError, match=r"not what was recorded"):
        record(results, records)
    shutil.rmtree(damaged.parent)
    found = record(results, records)
    assert outcomes(found) == ["recorded", "recorded", "removed"]
    assert found[-1].folder == damaged.parent
    assert list(verify(records)) == []


def test_a_damaged_record_is_replaced_where_that_is_asked_for(results: Path, records: Path) -> None:
    record(results, records)
    damaged = records / RUN / "seed-0" / "summary.json"
    damaged.write_text("{}")
    with pytest.raises(UserError, match=r"not what was recorded .*`--replace`"):
        record(results, records)
    assert outcomes(record(results, records, replace=True)) == ["replaced", "replaced"]
    assert list(verify(records)) == []


def test_what_is_written_has_new_lines_and_all_others_keep_theirs(records: Path) -> None:
    place, log = records / RUN / "seed-2", records / RUN / "seed-2/train.log"
    assert log.exists()
    before = (records / SUMS).read_text().splitlines()
    (records / "notes.txt").write_text("of nobody's making")
    RecordFiles(records).put({place / "weights.csv": b"lower,upper,count\n", log: None})
    after = (records / SUMS).read_text().splitlines()
    assert not log.exists()
    changed = {line.partition("  ")[2] for line in set(before) ^ set(after)}
    assert changed == {f"{RUN}/seed-2/weights.csv", f"{RUN}/seed-2/train.log"}
    assert [line for line in before if line in after] == [line for line in after if line in before]
