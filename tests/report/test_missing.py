"""What is not measured says what is missing and how long it would take, and how to train it."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.rendered import DESIGN, make
from tests.support.report_results import STUDY, write_results, write_study

from regrade import layout
from regrade.config import study_path
from regrade.grading.graded_study import GradedStudy
from regrade.report.missing import Missing, about
from regrade.report.pages import render
from regrade.report.run_page import Commands, commands
from regrade.report.study_results import StudyResults
from regrade.report.study_view import views
from regrade.studies.budget import budget
from regrade.studies.expressions import parse
from regrade.studies.training_time import REPLICATES, thread_seconds

BEST = "max(validation_accuracy)"


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("none"), seeds=[])


def missing(folder: Path, **options: object) -> Missing:
    seeds = write_results(write_study(folder), folder, **options)
    graded = GradedStudy.read(folder / "studies" / "tiny.yaml", folder / "results", seeds)
    return Missing(StudyResults(graded))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (40.2, "about 40 s"),
        (600, "about 10 min"),
        (5400, "about 1.5 h"),
        (28_800, "about 8 h"),
        (30 * 3600, "about 30 h"),
        (123 * 86400, "about 120 days"),
    ],
)
def test_a_reckoned_time_has_two_digits(seconds: float, text: str) -> None:
    assert about(seconds) == f"{text} on one thread"


def test_a_number_waits_for_whole_replicates_of_its_run(tmp_path: Path) -> None:
    found = missing(tmp_path, seeds=[])
    run = found.results.by_name["A"]
    cost = about(REPLICATES * thread_seconds(run, budget(run, "full")))
    assert found.of_number(run, BEST) == f"not trained: 3 replicates, {cost}"
    assert found.of_number(run, "parameters") == ""


def test_a_preview_is_not_enough(tmp_path: Path) -> None:
    found = missing(tmp_path, seeds=[0], scale="preview", source="synthetic")
    assert found.of_number(found.results.by_name["A"], BEST).startswith("only previewed: 3")


def test_what_is_measured_or_only_counted_waits_for_nothing(tmp_path: Path) -> None:
    found = missing(tmp_path)
    assert [found.of_run(run) for run in found.results.runs] == [""] * len(found.results.runs)


def test_a_claim_names_the_runs_that_it_waits_for_each_recipe_once(tmp_path: Path) -> None:
    found = missing(tmp_path, seeds=[])
    claim = parse("max(C.validation_accuracy) > 0 and max(A.validation_accuracy) > 0.5")
    told = found.of_claim(parse("max(B.validation_accuracy) > max(A.validation_accuracy)"))
    assert told.startswith("3 full replicates each of B-as-run and A: about ")
    assert found.of_claim(claim).startswith("3 full replicates of A: about ")
    assert found.of_claim(parse("A.parameters < 5")) == ""


def test_pages_tell_what_is_missing_where_they_show_nothing(untrained: Path) -> None:
    study = (untrained / "tiny.html").read_text(encoding="utf-8")
    assert study.count("not trained: 3 replicates, about") >= 5
    run = (untrained / "runs/tiny/A.html").read_text(encoding="utf-8")
    assert re.search(r'Not trained: 3 replicates, about [^<]*<a href="#again">', run)
    ledger = (untrained / "claims.html").read_text(encoding="utf-8")
    assert "3 full replicates each of B-as-run and A: about" in ledger
    assert "trained: 3" not in (untrained / "runs/tiny/D.html").read_text(encoding="utf-8")


def test_the_commands_of_a_run_train_it_and_nothing_else(untrained: Path) -> None:
    page = (untrained / "runs/tiny/B-as-run.html").read_text(encoding="utf-8")
    several, one = re.findall(r"<pre[^>]*>([^<]*)</pre>", page)
    settings, _, targets = several.partition(" -- ")
    file = untrained.parents[1] / "studies" / "tiny.yaml"
    assert "scale=full" in shlex.split(settings) and f"studies={file}" in shlex.split(settings)
    assert "data=torchvision" in shlex.split(settings)
    assert targets == "results/full/runs/tiny/B-as-run/seed-{0,1,2}/history.csv"
    assert f"--study {file} --run B-as-run --seed 0 --scale full" in one


LEAVES = (
    "datasets:\n  leaves: {classes: [oak, ash], side: 32, channels: 3, training_images: 6000,"
    " test_images: 100}\n"
)


def told(folder: Path, text: str = STUDY, **changes: object) -> Commands:
    """Return the commands of run A of a study in a folder."""
    seeds = write_results(write_study(folder, text), folder, seeds=[])
    graded = GradedStudy.read(folder / "studies" / "tiny.yaml", folder / "results", seeds)
    (view,) = views([replace(graded, **changes)])
    return commands(view, view.results.by_name["A"], [view])


def test_the_commands_name_a_study_of_the_project_by_its_name(tmp_path: Path) -> None:
    found = told(tmp_path, file=layout.STUDIES / "tiny.yaml")
    assert " studies=tiny " in found.several and "--study tiny " in found.one


def test_the_commands_name_another_study_by_its_file_in_quotes(tmp_path: Path) -> None:
    found = told(tmp_path / "my home")
    file = str(tmp_path / "my home" / "studies" / "tiny.yaml")
    settings = shlex.split(found.several.partition(" -- ")[0])
    assert study_path(file, layout.STUDIES) and f"studies={file}" in settings
    assert file in shlex.split(found.one)


def test_the_commands_leave_a_folder_to_name_for_images_of_ones_own(tmp_path: Path) -> None:
    own = LEAVES + STUDY.replace("dataset: cifar10", "dataset: leaves")
    found = told(tmp_path, own)
    assert "data=FOLDER" in found.several and "--data FOLDER" in found.one
    assert found.images == "leaves"


def test_the_commands_name_no_folder_where_the_study_says_where_its_images_lie(
    tmp_path: Path,
) -> None:
    place = tmp_path / "studies" / "leaves.npz"
    place.parent.mkdir()
    place.touch()
    own = LEAVES.replace("images: 100", "images: 100, path: leaves.npz")
    found = told(tmp_path, own + STUDY.replace("dataset: cifar10", "dataset: leaves"))
    assert "data=torchvision" in found.several and found.images == ""


def test_nothing_waits_on_the_pages_of_a_whole_report(tmp_path: Path) -> None:
    seeds = write_results(write_study(tmp_path, STUDY), tmp_path)
    results = tmp_path / "results"
    (results / "figures" / "tiny").mkdir(parents=True)
    graded = GradedStudy.read(tmp_path / "studies" / "tiny.yaml", results, seeds)
    render([graded], DESIGN, results / "report")
    for path in (results / "report").rglob("*.html"):
        assert 'class="waits"' not in path.read_text(encoding="utf-8"), path
