"""Which evidence a run is graded by: what is recorded of it, or what a call trains."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.support.grids import ROOT, grid

from regrade.errors import UserError
from regrade.evidence import NO_RECORDS, Evidence, Recorded
from regrade.fingerprint import recipe_hash
from regrade.measuring.version import MEASUREMENT_VERSION
from regrade.planning.evidence_choice import choose_evidence, has_own_logs
from regrade.record_files import sums_of, write_list
from regrade.studies.resolve import ResolvedRun, resolve
from regrade.studies.study import Study

EXAMPLE = (ROOT / "studies/examples/homework/momentum.yaml").read_text(encoding="utf-8")


@pytest.fixture
def runs(plain_study: Study) -> list[ResolvedRun]:
    """Return three runs: A1, A2-as-told and A2-as-run."""
    return resolve(plain_study)


def settings(records: str = "use", scale: str = "preview", data: str = "synthetic") -> object:
    return SimpleNamespace(records=records, scale=scale, data=data, seeds=2)


def record(
    folder: Path,
    run: ResolvedRun,
    seed: int = 0,
    scale: str = "full",
    source: str = "npz",
    recipe: str | None = None,
    imported: bool = False,
    **summary: object,
) -> None:
    place = folder / "runs" / run.study / run.name / f"seed-{seed}"
    place.mkdir(parents=True)
    provenance = {
        "recipe_hash": recipe or recipe_hash(run.recipe_json),
        "scale": scale,
        "data": {"source": source},
    } | ({"imported": {}} if imported else {})
    (place / "provenance.json").write_text(json.dumps(provenance))
    (place / "summary.json").write_text(json.dumps(summary))


def test_a_recorded_full_recipe_on_real_images_is_not_previewed(tmp_path: Path, runs) -> None:
    record(tmp_path, runs[0], seed=3)
    record(tmp_path, runs[0], seed=1)
    seeds, recorded = choose_evidence(settings(), tmp_path, runs)
    assert seeds == {"A2-as-told": [0, 1], "A2-as-run": [0, 1]}
    assert recorded.replicates == {"A1": [1, 3]}


@pytest.mark.parametrize(
    ("recorded", "data", "taken"),
    [
        ({"scale": "preview"}, "synthetic", True),
        ({"scale": "preview"}, "torchvision", False),
        ({"source": "synthetic"}, "synthetic", True),
        ({"source": "synthetic"}, "torchvision", False),
        ({"source": "synthetic", "scale": "preview"}, "synthetic", False),
        ({"recipe": "0" * 16}, "synthetic", False),
        ({"not_measured": "no weights"}, "synthetic", False),
    ],
)
def test_a_record_is_taken_where_it_says_more_than_a_preview_would(
    tmp_path: Path, runs, recorded: dict, data: str, taken: bool
) -> None:
    """Real images before made-up ones, full recipes before previews, today's recipe alone."""
    record(tmp_path, runs[0], **recorded)
    _, found = choose_evidence(settings(data=data), tmp_path, runs)
    assert ("A1" in found.replicates) is taken


def test_of_several_records_the_best_are_taken(tmp_path: Path, runs) -> None:
    record(tmp_path, runs[0], seed=0, scale="preview")
    record(tmp_path, runs[0], seed=1)
    assert choose_evidence(settings(), tmp_path, runs)[1].replicates == {"A1": [1]}


@pytest.mark.parametrize("mode", ["use", "only"])
def test_imported_curves_count_where_nothing_as_good_was_measured(
    tmp_path: Path, runs, mode: str
) -> None:
    record(tmp_path, runs[0], seed=0, imported=True)
    record(tmp_path, runs[0], seed=1, scale="preview")
    _, found = choose_evidence(settings(mode), tmp_path, runs)
    assert (found.replicates, found.imported) == ({"A1": [0]}, ("A1",))
    assert Evidence("tiny", tmp_path, {}, found).basis("A1") == "imported"
    record(tmp_path, runs[0], seed=2)
    _, found = choose_evidence(settings("use"), tmp_path, runs)
    assert (found.replicates, found.imported) == ({"A1": [2]}, ())


def test_nothing_is_trained_over_curves_that_were_imported_for_another_recipe(
    tmp_path: Path, runs
) -> None:
    record(tmp_path, runs[0], recipe="0" * 16, imported=True)
    with pytest.raises(UserError, match=r"imported for recipe 0000.*import the curves again"):
        choose_evidence(settings(), tmp_path, runs)
    assert "A1" in choose_evidence(settings("ignore"), tmp_path, runs)[0]


def test_at_full_scale_everything_is_trained_and_records_stand_beside(tmp_path: Path, runs) -> None:
    record(tmp_path, runs[0], seed=4)
    record(tmp_path, runs[1], seed=4, scale="preview")
    seeds, recorded = choose_evidence(settings(scale="full"), tmp_path, runs)
    assert list(seeds) == ["A1", "A2-as-told", "A2-as-run"]
    assert (recorded.replicates, recorded.beside) == ({}, {"A1": [4]})


def test_records_can_be_ignored(tmp_path: Path, runs) -> None:
    record(tmp_path, runs[0])
    seeds, recorded = choose_evidence(settings("ignore"), tmp_path, runs)
    assert list(seeds) == ["A1", "A2-as-told", "A2-as-run"]
    assert recorded == Recorded(str(tmp_path))


def test_from_records_alone_nothing_is_trained_and_previews_count(tmp_path: Path, runs) -> None:
    record(tmp_path, runs[0], scale="preview")
    seeds, recorded = choose_evidence(settings("only"), tmp_path, runs)
    assert (seeds, recorded.replicates) == ({}, {"A1": [0]})


def test_where_only_records_count_one_of_another_recipe_is_refused(tmp_path: Path, runs) -> None:
    record(tmp_path, runs[0], recipe="0" * 16)
    with pytest.raises(UserError, match=r"A1/seed-0/provenance.json: recorded with recipe 0000"):
        choose_evidence(settings("only"), tmp_path, runs)


@pytest.mark.parametrize(
    ("version", "recipe", "taken"),
    [(MEASUREMENT_VERSION, None, True), (1, None, False), (MEASUREMENT_VERSION, "0", False)],
)
def test_a_recorded_network_is_taken_while_recipe_and_counting_are_todays(
    tmp_path: Path, runs, version: int, recipe: str | None, taken: bool
) -> None:
    path = tmp_path / "models/tiny/A1.json"
    path.parent.mkdir(parents=True)
    found = {"version": version, "recipe_hash": recipe or recipe_hash(runs[0].recipe_json)}
    path.write_text(json.dumps(found))
    assert ("A1" in choose_evidence(settings(), tmp_path, runs)[1].models) is taken


def test_files_are_read_where_they_lie() -> None:
    recorded = Recorded("rec", {"A": [2]}, {}, ["B"])
    evidence = Evidence("s", Path("res"), {"B": [0]}, recorded)
    assert evidence.replicate("A", 2) == Path("rec/runs/s/A/seed-2")
    assert evidence.log("A", 2) == Path("rec/runs/s/A/seed-2/train.log")
    assert evidence.replicate("B", 0) == Path("res/runs/s/B/seed-0")
    assert evidence.log("B", 0) == Path("res/logs/train/s/B/seed-0.log")
    assert (evidence.model("A"), evidence.model("B")) == (
        Path("res/models/s/A.json"),
        Path("rec/models/s/B.json"),
    )
    assert (evidence.basis("A"), evidence.basis("B")) == ("recorded", "trained")
    assert Evidence("s", Path("res"), {}, NO_RECORDS).seeds("A") == ()


REPORT = """\
study: {name}
extends: sheet.yaml
report: {{title: T, author: {name}, summary: S, sources: [s]}}
runs: {{X: {{title: X, recipe: {{stop: {{epochs: 7}}}}}}}}
"""


@pytest.mark.parametrize("scale", ["preview", "full"])
@pytest.mark.parametrize("author", ["ada", "ben"])
def test_the_logs_of_a_report_grade_no_other_report_of_its_set(
    tmp_path: Path, author: str, scale: str
) -> None:
    """Ada and Ben share a recipe that the assignment does not have; one of them gave logs of it."""
    folder = tmp_path / "studies"
    folder.mkdir()
    (folder / "sheet.yaml").write_text(EXAMPLE.replace("study: momentum", "study: sheet"))
    for name in ("ada", "ben"):
        (folder / f"{name}.yaml").write_text(REPORT.format(name=name))
    shared = grid(scale, ("ada", "ben"), "use", tmp_path)
    assert shared.evidence("ben").home("X") == ("ada", "X")
    record(tmp_path / "records", shared.run(author, "X"), imported=True)
    write_list(tmp_path / "records", sums_of(tmp_path / "records"))

    found = grid(scale, ("ada", "ben"), "use", tmp_path)
    for name in ("ada", "ben"):
        evidence, logs = found.evidence(name), {"X": [0]} if name == author else {}
        instead, beside = (logs, {}) if scale == "preview" else ({}, logs)
        assert evidence.home("X") == (name, "X")
        assert evidence.basis("X") == ("imported" if instead else "trained")
        assert (evidence.recorded.replicates, evidence.recorded.beside) == (instead, beside)
        assert evidence.trained.get("X") == (None if instead else [0, 1])


def test_measured_records_that_are_as_good_are_shared_in_the_place_of_logs(
    tmp_path: Path, runs
) -> None:
    record(tmp_path, runs[0], seed=0, imported=True)
    assert has_own_logs(runs[0], settings(), tmp_path)
    assert not has_own_logs(runs[0], settings("ignore"), tmp_path)
    assert not has_own_logs(runs[1], settings(), tmp_path)
    record(tmp_path, runs[0], seed=1)
    assert not has_own_logs(runs[0], settings(), tmp_path)


def test_logs_of_a_former_recipe_are_still_a_runs_own(tmp_path: Path, runs) -> None:
    """Else nobody would be told that the run is trained in their place."""
    record(tmp_path, runs[0], recipe="0" * 16, imported=True)
    assert has_own_logs(runs[0], settings(), tmp_path)
