"""The workflow as a whole: the real Snakemake on a study that trains in seconds."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest
import yaml
from tests.support.small_disk import small_disk
from tests.support.small_workflow import (
    LIMIT_S,
    PROJECT,
    Outcome,
    Workspace,
    kill_group,
    read_rows,
    wait_for,
    written,
)

from regrade.training.sigterm import STOPPED

TABLES = tuple(f"tables/{name}.csv" for name in ("numbers", "claims", "complexity", "errata"))
TRAINED = {"A1, seed 0", "A2-as-run, seed 0"}
MODULE = """\
configfile: "own.yaml"

module regrade:
    snakefile: "../copy/Snakefile"
    config: config["regrade"]

use rule * from regrade as regrade_*

rule everything:
    default_target: True
    input: rules.regrade_all.input
"""
ONE_EPOCH_LESS = ("as-run: {stop: {epochs: 2}}", "as-run: {stop: {epochs: 1}}")


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, tiny_data: Path) -> Workspace:
    """Run everything once; nobody may change this workspace."""
    space = Workspace.create(tmp_path_factory.mktemp("finished") / "copy", tiny_data.parent)
    outcome = space.snakemake().succeeded()
    assert outcome.trainings == TRAINED
    return space


@pytest.fixture(scope="module")
def recorded(finished: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Return a workspace whose results were recorded and deleted."""
    space = finished.copy(tmp_path_factory.mktemp("recorded") / "copy")
    space.regrade("record", "results").succeeded()
    shutil.rmtree(space.root / "results")
    return space


@pytest.fixture
def workspace(finished: Workspace, tmp_path: Path) -> Workspace:
    """Return a finished workspace to change."""
    return finished.copy(tmp_path / "copy")


@pytest.fixture
def empty(tiny_data: Path, tmp_path: Path) -> Workspace:
    """Return a workspace where nothing has been run."""
    return Workspace.create(tmp_path / "copy", tiny_data.parent)


def assert_told(outcome: Outcome, *pieces: str) -> None:
    """The user was told what is wrong, and nothing of our insides."""
    assert outcome.code != 0, outcome.text
    assert "Traceback" not in outcome.text, outcome.text
    for piece in pieces:
        assert piece in outcome.text, f"{piece!r} is not in:\n{outcome.text}"


class TestFreshRun:
    """What a first run leaves behind."""

    @pytest.mark.parametrize(
        ("table", "columns"),
        [
            (
                "numbers",
                "study run variant quantity unit published precision source measured low high"
                " replicates scale share verdict",
            ),
            (
                "complexity",
                "study run variant parameters macs published_parameters published_macs verdict",
            ),
            (
                "claims",
                "study claim sentence predicate on_published on_measured evidence replicates scale",
            ),
            ("errata", "study erratum sentence evidence source"),
        ],
    )
    def test_tables_have_the_columns_others_rely_on(self, finished, table, columns):
        head = (finished.root / "results/tables" / f"{table}.csv").read_text().splitlines()[0]
        assert set(columns.split()) <= set(head.split(","))

    def test_every_replicate_has_a_row(self, finished):
        rows = read_rows(finished.root / "results/tables/small.csv")
        assert {(row["run"], row["variant"]) for row in rows} >= {("A1", ""), ("A2", "as-run")}

    def test_numbers_and_claims_are_measured(self, finished):
        (number,) = read_rows(finished.root / "results/tables/numbers.csv")
        assert 0 <= float(number["measured"]) <= 1
        (claim,) = read_rows(finished.root / "results/tables/claims.csv")
        assert claim["on_measured"] == "inconclusive", "one seed has no spread"

    def test_the_report_has_a_page_for_study_and_runs(self, finished):
        report = finished.root / "results/report"
        names = {path.relative_to(report).as_posix() for path in report.rglob("*.html")}
        assert {"index.html", "methods.html", "small.html"} <= names
        assert any(name.startswith("runs/") and "A1" in name for name in names)
        assert (finished.root / "results/figures/small/figure-1.svg").is_file()

    def test_snakemakes_own_report_sorts_results_and_explains_them(self, finished, tmp_path):
        page = tmp_path / "report.html"
        finished.snakemake("--report", str(page)).succeeded()
        text = page.read_text()
        (line,) = re.findall(r"var categories = (\{.*\})", text)
        assert set(json.loads(line)) == {"Report", "Tables", "Figures"}
        for caption in (finished.root / "report/captions").glob("*.rst"):
            words = caption.read_text().split()[:3]
            assert " ".join(words) in text, caption.name

    def test_no_state_stays_behind(self, finished):
        left = {path.name for path in (finished.root / "results").glob("state/*")}
        assert left <= {"locks"}

    def test_a_second_run_does_nothing_even_in_a_folder_that_was_moved(self, workspace):
        outcome = workspace.snakemake().succeeded()
        assert "Nothing to be done" in outcome.text
        assert not outcome.jobs


class TestWhatRunsAgain:
    """An edit trains what it concerns, and nothing else."""

    def test_a_changed_recipe_trains_that_run_alone(self, workspace):
        workspace.edit(workspace.study, *ONE_EPOCH_LESS)
        target = "results/tables/numbers.csv"
        assert workspace.plan(target).trainings == {"A2-as-run, seed 0"}
        workspace.snakemake("results/runs/small/A2-as-run/seed-0/history.csv").succeeded()
        assert len(read_rows(workspace.replicate("A2-as-run") / "history.csv")) == 1
        assert not workspace.plan(target).succeeded().trainings

    def test_more_seeds_train_the_new_replicates_alone(self, workspace):
        before = written(workspace.replicate("A1"))
        outcome = workspace.snakemake("results/tables/numbers.csv", seeds=2).succeeded()
        assert outcome.trainings == {"A1, seed 1", "A2-as-run, seed 1"}
        assert written(workspace.replicate("A1")) == before
        (number,) = read_rows(workspace.root / "results/tables/numbers.csv")
        assert number["replicates"] == "2"

    def test_an_edited_template_renders_the_report_alone(self, workspace):
        template = min((workspace.root / "report/templates").glob("*.j2"))
        template.write_text(template.read_text() + "\n")
        outcome = workspace.snakemake().succeeded()
        assert outcome.jobs == ["Rendering the report"]

    def test_comments_in_the_package_and_its_scripts_run_nothing(self, workspace):
        for path in (workspace.root / "workflow_scripts").rglob("*.py"):
            path.write_text(path.read_text() + "\n# A comment.\n")
        assert not workspace.plan().succeeded().jobs

    def test_an_edit_of_the_training_loop_trains_everything(self, workspace):
        engine = workspace.root / "workflow_scripts/regrade/training/trainer.py"
        engine.write_text(engine.read_text() + "\nADDED = 1\n")
        assert workspace.plan().trainings == TRAINED

    def test_an_edit_of_the_grading_trains_nothing(self, workspace):
        intervals = workspace.root / "workflow_scripts/regrade/grading/intervals.py"
        intervals.write_text(intervals.read_text() + "\nADDED = 1\n")
        assert not workspace.plan().succeeded().trainings


def test_a_killed_training_continues_to_the_same_numbers(finished, workspace):
    """A power cut costs the epoch that was being trained, and changes no number.

    It leaves Snakemake's lock behind, which only the user can know to be stale.
    """
    shutil.rmtree(workspace.replicate("A1"))
    workspace.training_log("A1").unlink()
    target = "results/runs/small/A1/seed-0/history.csv"
    process = workspace.start(target)
    try:
        wait_for(workspace.training_log("A1"), "epoch 3/60", process)
    finally:
        kill_group(process)
    assert not (workspace.root / target).exists(), "it had ended before the kill"

    workspace.snakemake("--unlock").succeeded()
    workspace.snakemake(target).succeeded()
    again, undisturbed = (
        read_rows(space.replicate("A1") / "history.csv", without="seconds")
        for space in (workspace, finished)
    )
    assert again == undisturbed
    provenance = json.loads((workspace.replicate("A1") / "provenance.json").read_text())
    (resumed,) = provenance["resumed_at_epochs"]
    assert 2 <= resumed < 60
    assert not list((workspace.root / "results").glob("state/*/checkpoint.pt"))


def test_a_training_that_is_told_to_stop_says_so_and_continues(finished, workspace):
    """Schedulers send SIGTERM to every process of a job before they kill it."""
    shutil.rmtree(workspace.replicate("A1"))
    workspace.training_log("A1").unlink()
    target = "results/runs/small/A1/seed-0/history.csv"
    process = workspace.start(target)
    try:
        wait_for(workspace.training_log("A1"), "epoch 3/60", process)
        os.killpg(process.pid, signal.SIGTERM)
        assert process.wait(LIMIT_S) != 0
    finally:
        kill_group(process)
    *_, last = workspace.training_log("A1").read_text().splitlines()
    assert last == STOPPED
    assert not (workspace.root / target).exists(), "it went on"

    workspace.snakemake(target).succeeded()
    again, undisturbed = (
        read_rows(space.replicate("A1") / "history.csv", without="seconds")
        for space in (workspace, finished)
    )
    assert again == undisturbed


class TestMistakes:
    """A mistake ends the run with a message that says what is wrong."""

    @pytest.mark.parametrize(
        ("config", "pieces"),
        [
            ({"sclae": "full"}, ["sclae: unknown key", "did you mean 'scale'?"]),
            ({"studies": "smal"}, ["unknown study 'smal'", "did you mean 'small'?"]),
            ({"scale": "ful"}, ["scale: found 'ful'", "allowed: preview, full"]),
        ],
    )
    def test_in_the_configuration(self, empty, config, pieces):
        assert_told(empty.snakemake(**config), *pieces)

    def test_in_a_study_are_told_all_at_once(self, empty):
        empty.edit(empty.study, "kind: relu", "kind: rellu")
        empty.edit(empty.study, "momentum: 0.9", "momentun: 0.9")
        empty.edit(empty.study, "source: text}\n  A2", "sauce: text}\n  A2")
        outcome = empty.snakemake()
        assert_told(outcome, "small.yaml: 4 mistakes", "'relu'", "'momentum'", "'source'")

    def test_a_run_that_no_study_has(self, empty):
        outcome = empty.plan("results/runs/small/A9/seed-0/history.csv")
        assert_told(outcome, "results/runs/small/A9/seed-0/history.csv")

    def test_data_that_lacks_arrays(self, empty, tmp_path):
        np.savez(tmp_path / "cifar10.npz", train_images=np.zeros((4, 32, 32, 3), np.uint8))
        outcome = empty.snakemake("results/data/cifar10.npz", data=tmp_path)
        assert_told(outcome, "train_labels: missing", "the file holds train_images")

    def test_a_folder_of_data_that_does_not_exist(self, empty, tmp_path):
        outcome = empty.snakemake("results/data/cifar10.npz", data=tmp_path / "nowhere")
        assert_told(outcome, f"there is no file {tmp_path / 'nowhere'}")

    def test_a_file_in_the_place_of_the_results(self, empty):
        (empty.root / "taken").touch()
        assert_told(empty.snakemake(results="taken"), "taken is a file")

    def test_a_recipe_that_holds_out_more_images_than_there_are(self, workspace):
        workspace.edit(workspace.study, "validation: 100", "validation: 5000")
        outcome = workspace.snakemake("results/runs/small/A1/seed-0/history.csv")
        assert_told(outcome, "has 600 training images, but the recipe holds out 5000")

    @pytest.mark.parametrize("worse", [{"scale": "preview"}, {"data": "synthetic"}])
    def test_a_call_that_would_replace_better_results(self, workspace, worse):
        """A preview, or made-up images, into a folder with full recipes on given images."""
        before = written(workspace.replicate("A1"))
        outcome = workspace.snakemake("results/runs/small/A1/seed-0/history.csv", **worse)
        assert_told(outcome, "holds a better replicate")
        assert written(workspace.replicate("A1")) == before

    def test_a_full_disk(self, empty):
        with small_disk(empty.root / "results", "1m") as mounted:
            if not mounted:
                pytest.skip("mounting a small file system needs root")
            outcome = empty.snakemake("results/data/cifar10.npz")
        assert_told(outcome, "no space left on the file system of results/data/cifar10.npz")

    def test_a_disk_that_is_full_when_a_checkpoint_is_written(self, workspace):
        """torch tells of it in errors of its own."""
        shutil.rmtree(workspace.replicate("A1"))
        with small_disk(workspace.root / "results/state", "8k") as mounted:
            if not mounted:
                pytest.skip("mounting a small file system needs root")
            outcome = workspace.snakemake("results/runs/small/A1/seed-0/history.csv")
        assert_told(outcome, "no space left on the file system of results/state")


class TestRecorded:
    """The report can be built of recorded results, without training."""

    def test_records_give_the_same_tables(self, recorded, finished):
        outcome = recorded.snakemake(records="only", results="rec").succeeded()
        assert {job.split()[0] for job in outcome.jobs} == {
            *("Grading", "Collecting", "Exporting", "Drawing", "Rendering")
        }
        for table in TABLES:
            ours, theirs = (
                read_rows(space.root / results / table, without="basis")
                for space, results in ((recorded, "rec"), (finished, "results"))
            )
            assert ours == theirs
        (number,) = read_rows(recorded.root / "rec/tables/numbers.csv")
        assert number["basis"] == "recorded"

    def test_the_screen_shows_progress_and_the_end_and_the_log_everything(self, recorded):
        outcome = recorded.quietly(records="only", results="quiet").succeeded()
        assert not outcome.jobs
        assert " left · " in outcome.text
        assert "Graded 1 study by 2 replicates from records/." in outcome.text
        page = recorded.root / "quiet/report/index.html"
        assert f"Report: {page.as_uri()}" in outcome.text
        (log,) = re.findall(r"^Log: (.+)$", outcome.text, re.MULTILINE)
        assert "Grading small" in Path(log).read_text()
        assert len(outcome.text.splitlines()) < 15, outcome.text

    def test_a_run_without_a_record_is_not_measured(self, recorded, tmp_path):
        space = recorded.copy(tmp_path / "copy")
        shutil.rmtree(space.root / "records/runs/small/A1")
        space.snakemake("new/tables/numbers.csv", records="only", results="new").succeeded()
        (number,) = read_rows(space.root / "new/tables/numbers.csv")
        assert number["verdict"] == "not measured"

    def test_a_record_of_another_recipe_is_refused(self, recorded, tmp_path):
        space = recorded.copy(tmp_path / "copy")
        space.edit(space.study, *ONE_EPOCH_LESS)
        outcome = space.snakemake("new/tables/numbers.csv", records="only", results="new")
        assert_told(outcome, "small/A2-as-run/seed-0/provenance.json: recorded with recipe")

    def test_networks_that_were_not_recorded_are_named_before_anything_runs(
        self, recorded, tmp_path
    ):
        space = recorded.copy(tmp_path / "copy")
        shutil.rmtree(space.root / "records/models/small")
        (space.root / "records/models/small").mkdir()
        outcome = space.plan(records="only", results="new")
        assert_told(outcome, "no measured network of small/A1, small/A2-as-run", "measure with")

    def test_previews_are_made_only_of_runs_without_a_record(self, recorded, tmp_path):
        """The best evidence at hand: a recorded full recipe is not replaced by a preview."""
        space = recorded.copy(tmp_path / "copy")
        shutil.rmtree(space.root / "records/runs/small/A2-as-run")
        outcome = space.snakemake(scale="preview", results="new", data="synthetic").succeeded()
        assert outcome.trainings == {"A2-as-run, seed 0"}
        rows = read_rows(space.root / "new/tables/small.csv")
        assert {(row["trained_as"], row["basis"], row["scale"]) for row in rows} == {
            ("A1", "recorded", "full"),
            ("A2-as-run", "trained", "preview"),
        }

    def test_at_full_scale_everything_asked_for_is_trained(self, recorded):
        assert recorded.plan(results="new").trainings == TRAINED

    def test_there_must_be_something_to_record(self, empty):
        assert_told(empty.regrade("record", "results"), "no replicates")


class TestSnakemake:
    """The workflow is one that Snakemake's own tools accept."""

    def test_lint_finds_nothing(self, empty):
        empty.snakemake("--lint").succeeded()

    def test_gpus_are_a_limit_that_it_accepts(self, empty):
        outcome = empty.plan("--cores", "8", "--resources", "gpu=1").succeeded()
        assert outcome.trainings == TRAINED

    def test_the_plan_chooses_runs_as_targets_that_the_workflow_knows(self, empty):
        settings = '{"scale": "full", "device_speed": 1}'
        outcome = empty.regrade("plan", "--config", settings, "--gpus", "2", "--budget", "1")
        assert "1 of 1 claims that need training" in outcome.succeeded().text
        target = outcome.text.splitlines()[-1]
        assert target == "results/runs/{small/A1,small/A2-as-run}/seed-0/history.csv"
        names = [
            target.replace("{small/A1,small/A2-as-run}", f"small/{run}")
            for run in ("A1", "A2-as-run")
        ]
        assert empty.plan(*names).trainings == TRAINED
        preview = empty.regrade("plan", "--budget", "1")
        assert_told(preview, "--budget: a preview decides no claim; plan with scale full")

    def test_the_catalogs_snakefile_plans_the_same(self, empty):
        outcome = empty.plan("--snakefile", "workflow/Snakefile").succeeded()
        assert outcome.trainings == TRAINED

    def test_another_workflow_uses_this_one_as_a_module(self, empty, tmp_path):
        own = Workspace(tmp_path / "own", empty.data)
        own.root.mkdir()
        settings = yaml.safe_load((empty.root / "config.yaml").read_text())
        settings |= {"scale": "full", "data": str(empty.data), "device": "cpu"}
        (own.root / "own.yaml").write_text(yaml.safe_dump({"regrade": settings}))
        (own.root / "Snakefile").write_text(MODULE)
        outcome = own.plan("--workflow-profile", "none").succeeded()
        assert outcome.trainings == TRAINED
        own.snakemake("--workflow-profile", "none", "results/models/small").succeeded()
        assert (own.root / "results/models/small/A1.json").is_file()

    @pytest.mark.parametrize(
        "profile", [path.parent.name for path in sorted(PROJECT.glob("profiles/*/*.yaml"))]
    )
    def test_every_profile_plans_the_same(self, empty, profile):
        outcome = empty.plan("--profile", f"profiles/{profile}").succeeded()
        assert outcome.trainings == TRAINED
