"""The workflow as a whole: the real Snakemake on a study that trains in seconds."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal

import pytest
import yaml
from tests.support.small_workflow import (
    LIMIT_S,
    ONE_EPOCH_LESS,
    PROJECT,
    TRAINED,
    Workspace,
    assert_told,
    kill_group,
    read_rows,
    wait_for,
    written,
)

from regrade.training.sigterm import STOPPED

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


def contents(space):
    """Return the files of all replicates, with their times of day and of epochs."""
    files = (space.root / "results" / "runs").rglob("*.*")
    return {path: path.read_bytes() for path in files if path.is_file()}


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

    def test_images_that_were_moved_change_nothing_and_whoever_forces_a_training_gets_it(
        self, workspace, tmp_path
    ):
        """Jobs run, because the images have another place; what they are tells that none trains."""
        before = contents(workspace)
        shutil.copytree(workspace.data, tmp_path / "moved")
        assert workspace.snakemake(data=tmp_path / "moved").succeeded().trainings == TRAINED
        assert contents(workspace) == before
        assert {path.name for path in (workspace.root / "results/state").iterdir()} <= {"locks"}
        target = "results/runs/small/A1/seed-0/history.csv"
        workspace.snakemake(target, "-R", "train_run", data=tmp_path / "moved").succeeded()
        assert contents(workspace) != before

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
