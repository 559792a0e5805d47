"""Curves reach TensorBoard whole, by epoch, with published ones beside them."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest
from tests.support.report_results import write_results, write_study

from regrade.errors import UserError
from regrade.exports.tensorboard import tag, write_event_files
from regrade.grading.graded_study import GradedStudy
from regrade.grading.values import read_curves

TORCHS = "torch.utils.tensorboard"


@pytest.fixture
def graded(tmp_path: Path) -> GradedStudy:
    study = write_study(tmp_path)
    seeds = write_results(study, tmp_path)
    return GradedStudy(study, tmp_path / "studies/curves", tmp_path / "results", seeds)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[tuple]]:
    """Take the place of torch's writer, whose library need not be installed."""
    calls: dict[str, list[tuple]] = {}

    class Writer:
        def __init__(self, folder: str) -> None:
            self.calls = calls.setdefault(folder, [])

        def __enter__(self) -> Writer:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def add_scalar(self, name: str, value: float, step: int, walltime: float) -> None:
            self.calls.append((name, value, step, walltime))

    module = ModuleType(TORCHS)
    module.SummaryWriter = Writer
    monkeypatch.setitem(sys.modules, TORCHS, module)
    return calls


def test_every_epoch_of_every_replicate_is_written_once(graded, written, tmp_path: Path) -> None:
    count = write_event_files([graded], tmp_path / "events")
    places = {Path(place).relative_to(tmp_path / "events").as_posix() for place in written}
    assert count == len(places)
    assert {"tiny/A/seed-0", "tiny/A/seed-1", "tiny/B-as-run/seed-0", "tiny/A/published"} < places
    assert not any(place.startswith("tiny/C/") for place in places), "C has the replicates of A"
    history = read_curves(tmp_path / "results/runs/tiny/A/seed-0/history.csv")
    calls = written[str(tmp_path / "events/tiny/A/seed-0")]
    losses = {step: value for name, value, step, _ in calls if name == "loss/train"}
    assert losses == history["train_loss"].to_dict()
    times = [time for name, *_, time in calls if name == "loss/train"]
    assert times == pytest.approx(history["seconds"].cumsum().tolist())


def test_what_is_not_trained_yet_is_left_out(graded, written, tmp_path: Path) -> None:
    (tmp_path / "results/runs/tiny/B-as-run/seed-1/summary.json").unlink()
    write_event_files([graded], tmp_path / "events")
    assert not any("B-as-run" in place for place in written)
    assert any("A/seed-1" in place for place in written)


def test_what_lies_there_is_not_drawn_over(graded, written, tmp_path: Path) -> None:
    (tmp_path / "old").write_text("events")
    with pytest.raises(UserError, match="is not empty"):
        write_event_files([graded], tmp_path)
    assert not written


def test_a_damaged_result_leaves_nothing_half_written(graded, written, tmp_path: Path) -> None:
    (tmp_path / "results/runs/tiny/B-as-run/seed-1/history.csv").unlink()
    with pytest.raises(UserError, match=r"history\.csv"):
        write_event_files([graded], tmp_path / "events")
    assert not written


def test_without_the_library_one_line_says_what_to_install(graded, tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, TORCHS, None)
    with pytest.raises(UserError, match="pip install tensorboard"):
        write_event_files([graded], tmp_path / "events")


def test_curves_are_grouped_by_what_they_measure() -> None:
    names = ("train_loss", "validation_accuracy", "learning_rate", "seconds")
    assert [tag(name) for name in names] == [
        "loss/train", "accuracy/validation", "learning_rate", "seconds",
    ]  # fmt: skip


def test_tensorboard_reads_what_was_written(graded, tmp_path: Path) -> None:
    reader = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator",
        reason="tensorboard is an extra: pip install tensorboard",
    )
    write_event_files([graded], tmp_path / "events")
    events = reader.EventAccumulator(str(tmp_path / "events/tiny/A/seed-0")).Reload()
    history = read_curves(tmp_path / "results/runs/tiny/A/seed-0/history.csv")
    read = {one.step: one.value for one in events.Scalars("loss/train")}
    assert read == pytest.approx(history["train_loss"].to_dict())
