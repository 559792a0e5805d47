"""Lists of replicates, trained without Snakemake."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from tests.support.recipes import make_recipe

from regrade.errors import UserError
from regrade.studies.resolve import canonical
from regrade.training import __main__ as job_list
from regrade.training.job import Job

LINE = "tiny/A1 seed 0: epoch 1/1"


@pytest.fixture
def train(make_job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Train a list of one job with a number of epochs; give its folder of results."""
    monkeypatch.setattr(job_list, "restart_with_settings", lambda: None)
    monkeypatch.setattr(job_list, "claim_cores", lambda threads, bind: threads)

    def run(epochs: int) -> Path:
        job: Job = make_job(make_recipe(), epochs=epochs)
        entry = {
            **{"study": "tiny", "run": "A1", "seed": 0, "dataset": job.data.stem},
            **{"recipe": job.recipe_json, "budget": vars(job.budget), "precision": "float32"},
        }
        jobs = tmp_path / "jobs.jsonl"
        jobs.write_text(json.dumps(entry) + "\n")
        results = tmp_path / "results"
        words = ["jobs", str(jobs), "--data", str(job.data.parent), "--results", str(results)]
        monkeypatch.setattr(sys, "argv", [*words, "--device", "cpu"])
        job_list.main()
        return results

    return run


def test_what_is_finished_is_skipped(train, capsys: pytest.CaptureFixture) -> None:
    history = train(1) / "runs/tiny/A1/seed-0/history.csv"
    first = history.read_text()
    assert LINE in capsys.readouterr().out
    train(1)
    assert capsys.readouterr().out == "tiny/A1/seed-0: done\n"
    assert history.read_text() == first


def test_first_epochs_are_no_reason_to_skip_the_whole_recipe(train) -> None:
    train(1)
    results = train(2)
    history = results / "runs/tiny/A1/seed-0/history.csv"
    assert len(history.read_text().splitlines()) == 3


def test_every_replicate_keeps_its_log(train) -> None:
    log = train(1) / "logs/train/tiny/A1/seed-0.log"
    assert LINE in log.read_text()


@pytest.mark.parametrize("folder", [".", "records"])
def test_results_of_a_list_never_mix_with_the_project(folder, tmp_path, monkeypatch) -> None:
    jobs = tmp_path / "jobs.jsonl"
    jobs.write_text("")
    words = ["jobs", str(jobs), "--data", "synthetic", "--results", str(job_list.PROJECT / folder)]
    monkeypatch.setattr(sys, "argv", words)
    monkeypatch.setattr(job_list, "restart_with_settings", lambda: None)
    with pytest.raises(SystemExit, match="name a folder of their own"):
        job_list.main()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "jobs.jsonl: cannot be read"),
        (b"\xff\xfe", "jobs.jsonl: cannot be read"),
        (b"# Regrade\n", r"line 1 is no job .*; `python -m regrade export"),
        (b"{}\n", "line 1 is no job"),
        (b"[1]\n", "line 1 is no job"),
    ],
)
def test_what_is_no_list_of_jobs_is_refused_before_anything_starts(content, told, tmp_path) -> None:
    path = tmp_path / "jobs.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=told):
        job_list.read_jobs(path)


def entry(**changes: object) -> str:
    """Return a line of a list of jobs with some of its values replaced."""
    budget = {"scale": "full", "epochs": 2, "share": 1.0}
    budget |= {"train_images": 9, "scored_images": 9, "test_images": 9}
    good = {"study": "tiny", "run": "A1-as-run", "seed": 0, "budget": budget}
    recipe = canonical(make_recipe())
    return json.dumps({**good, "recipe": recipe, "precision": "float32", **changes})


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"study": "../../elsewhere"}, "study: String should match"),
        ({"run": ".."}, "run: String should match"),
        ({"run": "a/b"}, "run: String should match"),
        ({"seed": -1}, "seed: Input should be greater"),
        ({"seed": "0"}, "seed: Input should be a valid integer"),
        ({"recipe": "{}"}, "Field required"),
        ({"budget": {"scale": "full"}}, "budget.epochs: Field required"),
        ({"budget": json.loads(entry())["budget"] | {"images": 3}}, "unexpected keyword .*images"),
        ({"precision": "float16"}, "precision: Input should be 'float32'"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_job_that_another_version_or_an_editor_wrote_is_told_with_its_line(
    changes: dict, told: str, tmp_path: Path
) -> None:
    path = tmp_path / "jobs.jsonl"
    path.write_text(f"{entry()}\n")
    assert job_list.read_jobs(path) == [json.loads(entry())]
    path.write_text(f"{entry()}\n{entry(**changes)}\n")
    with pytest.raises(UserError, match=f"line 2 is no job .*{told}.*of this version") as refused:
        job_list.read_jobs(path)
    assert "\n" not in str(refused.value)
