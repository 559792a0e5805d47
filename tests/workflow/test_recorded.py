"""The report of recorded results, without training."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from tests.support.small_workflow import (
    ONE_EPOCH_LESS,
    TRAINED,
    Workspace,
    assert_told,
    read_rows,
)

TABLES = tuple(f"tables/{name}.csv" for name in ("numbers", "claims", "complexity", "errata"))


@pytest.fixture(scope="module")
def recorded(finished: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Return a workspace whose results were recorded and deleted."""
    space = finished.copy(tmp_path_factory.mktemp("recorded") / "copy")
    space.regrade("record", "results").succeeded()
    shutil.rmtree(space.root / "results")
    return space


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
