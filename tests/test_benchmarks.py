"""The benchmarks: the opponent's pixels, the table, the turns. Nothing here measures time."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from benchmarks import student
from benchmarks.augmentation import MEASURES
from benchmarks.pixels import different_images
from benchmarks.processes import Worker, alternate, our_environment, plain_environment, ratios
from benchmarks.rows import COLUMNS, Row, Table, markdown, read, spread
from benchmarks.slices import Done, Slices, repeating
from benchmarks.subjects import RESNET18, SIMPLE, SUBJECTS, cores

from regrade.data import pipeline
from regrade.resources import LARGE_THREADS
from regrade.training.environment import SETTINGS


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    generator = torch.Generator().manual_seed(3)
    return torch.randint(0, 256, (40, 32, 32, 3), generator=generator, dtype=torch.uint8)


@pytest.mark.parametrize("what, subject", [measure[:2] for measure in MEASURES])
def test_the_students_pixels_are_ours_for_the_same_choices(what, subject, images) -> None:
    assert different_images(subject.recipe().transforms.training, images) == 0, what


def test_a_wrong_pixel_is_counted(images, monkeypatch) -> None:
    true_apply = pipeline.Pipeline.apply

    def apply(*arguments) -> torch.Tensor:
        found = true_apply(*arguments)
        found[5, 0, 0, 0] += 1e-6
        return found

    monkeypatch.setattr(pipeline.Pipeline, "apply", apply)
    assert different_images(RESNET18.recipe().transforms.training, images) == 1


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=lambda subject: subject.run)
def test_the_student_has_every_transform_of_the_subjects(subject, images) -> None:
    words = subject.recipe().transforms.training
    pictures = student.Pictures(images.numpy(), np.arange(40), student.compose(words))
    image, label = pictures[7]
    assert image.shape == (3, 32, 32) and label == 7


def test_another_batch_changes_only_the_batch() -> None:
    assert RESNET18.recipe(32).batches.training == 32
    assert RESNET18.recipe().batches.training == 128
    assert RESNET18.flops == pytest.approx(3.33e9, rel=0.01)


def test_rows_come_back_from_the_file_and_replace_their_elders(tmp_path: Path, capsys) -> None:
    path = tmp_path / "benchmarks.csv"
    table = Table(path, "a chip", "torch 2")
    table.add("training", "net", "ours / student", [3.0, 2.0, 4.0], "x", bound="at least", goal=3)
    table.add("training", "net", "ours", [10.0], "images/s")
    again = Table(path, "a chip", "torch 2")
    again.add("training", "net", "ours / student", [1.0], "x", bound="at least", goal=3)
    rows = read(path)
    assert rows == again.rows
    assert [(row.quantity, row.value, row.met) for row in rows] == [
        ("ours / student", 1.0, False),
        ("ours", 10.0, None),
    ]
    assert "| net | ours / student | 1.00 x |" in markdown(rows)
    assert path.read_text().splitlines()[0].split(",") == list(COLUMNS)


def test_another_device_keeps_its_own_rows(tmp_path: Path) -> None:
    path = tmp_path / "benchmarks.csv"
    for device in ("one", "two"):
        Table(path, device, "").add("gpu", "net", "ours", [1.0], "images/s")
    assert [row.device for row in read(path)] == ["one", "two"]


def test_a_file_with_other_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "benchmarks.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match=re.escape(str(path))):
        Table(path, "", "")


def test_the_spread_is_median_and_quartiles() -> None:
    found = spread([5.0, 1.0, 2.0, 4.0, 3.0])
    assert found == {"value": 3.0, "low": 2.0, "high": 4.0, "repeats": 5}
    with pytest.raises(ValueError, match="nothing was measured"):
        spread([])


@pytest.mark.parametrize("bound, met", [("at least", False), ("at most", True)])
def test_goals_bound_from_their_side(bound, met) -> None:
    row = Row("g", "w", "q", 1.0, "x", 1.0, 1.0, 1, bound=bound, goal=2.0)
    assert row.met is met


def test_contenders_take_turns_in_both_directions() -> None:
    turns: list[str] = []

    def contender(name: str):
        return lambda: turns.append(name) or float(len(turns))

    rates = alternate({name: contender(name) for name in "ab"}, 2)
    assert turns == ["a", "b", "b", "a"]
    assert rates == {"a": [1.0, 4.0], "b": [2.0, 3.0]}
    assert ratios(rates["a"], rates["b"]) == [0.5, 4 / 3]


def test_a_loop_is_cut_into_slices_from_its_callback() -> None:
    requests = [
        {"what": "loop", "seconds": 2, "steps": 1},
        {"what": "bare", "seconds": 0, "steps": 3},
        {"what": "loop", "seconds": 0, "steps": 2},
    ]
    answers = io.StringIO()
    slices = Slices(io.StringIO("".join(json.dumps(r) + "\n" for r in requests)), answers)
    ticks = iter(range(100))
    slices.clock = lambda: float(next(ticks))  # every look at it is a second later
    slices.others["bare"] = repeating(lambda: 7)
    slices.start(ready=True)
    with pytest.raises(Done):
        while True:
            slices.step(10)
    ready, first, bare, second = map(json.loads, answers.getvalue().splitlines())
    assert ready == {"ready": True}
    assert first == {"count": 20, "seconds": 3.0}
    assert bare["count"] == 21
    assert second["count"] == 20


def test_the_student_has_a_plain_environment_and_we_have_the_workflows(
    monkeypatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.setenv("MALLOC_TOP_PAD_", "1")
    assert not {"OMP_NUM_THREADS", *SETTINGS} & set(plain_environment())
    ours = our_environment(tmp_path)
    assert not {"OMP_NUM_THREADS", "OMP_PROC_BIND"} & set(ours)
    assert ours.items() >= SETTINGS.items()


def test_subjects_have_the_threads_of_the_grid() -> None:
    assert SIMPLE.threads() == 1
    assert RESNET18.threads() == min(LARGE_THREADS, cores())


def test_our_contender_claims_its_cores_as_a_job_of_the_workflow_does(tmp_path: Path) -> None:
    """Nothing but the claim tells this one, once torch is there, how many threads to have."""
    log, environment = tmp_path / "log", our_environment(tmp_path)
    with Worker("matrices", environment, log, device="cpu", threads=1, side=8) as worker:
        assert worker.facts["threads"] == 1
    assert {path.name for path in tmp_path.glob("*/*.lock")} == set()
    with Worker("matrices", environment, log, device="cpu", threads=cores(), side=8) as worker:
        assert worker.facts["threads"] == cores()
        assert len(list(tmp_path.glob("*/core-*.lock"))) == (cores() if cores() > 1 else 0)
