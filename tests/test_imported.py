"""Learning curves of somebody's own code are graded like replicates, and never pass for them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from tests.support.imported import CURVES, curve_writer
from tests.support.report_results import write_results, write_study
from tests.support.tiny_study import number, study, write_curves, write_model, write_replicate

from regrade.errors import UserError
from regrade.evidence import Recorded
from regrade.exports.write import export
from regrade.grading.graded_study import GradedStudy
from regrade.grading.tables import aggregate
from regrade.imported_records import Source, import_replicate
from regrade.record_files import sums_of, write_list
from regrade.records import record
from regrade.report.figures.draw import draw
from regrade.report.pages import render
from regrade.report.scope import scope_of
from regrade.report.study_results import StudyResults
from regrade.studies.resolve import ResolvedRun, resolve
from regrade.studies.study import Study
from regrade.verify import verify

BEST = "max(validation_accuracy)"


def small_study(**recipe: object) -> Study:
    numbers = [
        number(BEST, "0.50"),
        number("last(train_loss)", "1.2", unit="nats"),
        number("share_within(weights, 0.1)", "0.9"),
    ]
    run = {"recipe": {"stop": {"epochs": 3}, **recipe}, "published": {"numbers": numbers}}
    claim = {"sentence": "s", "predicate": f"{BEST.replace('(', '(A.')} > 0.4", "source": "t"}
    return study({"A": run}, claims={"c": claim})


@pytest.fixture
def run() -> ResolvedRun:
    return resolve(small_study())[0]


@pytest.fixture
def curves(tmp_path: Path) -> Callable[..., Path]:
    return curve_writer(tmp_path)


def tables(results: Path, records: Path | None = None, seeds: tuple = (0, 1)) -> dict:
    recorded = Recorded(str(records), {"A": seeds}, imported=["A"]) if records else Recorded()
    graded = GradedStudy(small_study(), results, results, {"A": list(seeds)}, recorded)
    return aggregate(graded)


def test_imported_curves_get_the_verdicts_of_the_replicates_they_came_from(tmp_path, run) -> None:
    results, records = tmp_path / "results", tmp_path / "records"
    write_model(results, "A")
    for seed, shift in ((0, 0.0), (1, 0.001)):
        accuracy = [value + shift for value in CURVES["validation_accuracy"]]
        write_replicate(results, "A", seed, **CURVES | {"validation_accuracy": accuracy})
        written = results / f"runs/tiny/A/seed-{seed}/history.csv"
        import_replicate(run, seed, Source(written), records)
    ours, theirs = tables(results), tables(results, records)
    verdicts = list(ours["numbers"]["verdict"])
    assert verdicts[0] == "reproduced"
    assert list(theirs["numbers"]["verdict"])[:2] == verdicts[:2]
    assert list(theirs["numbers"]["measured"])[:2] == list(ours["numbers"]["measured"])[:2]
    assert list(theirs["claims"]["on_measured"]) == list(ours["claims"]["on_measured"])


def test_a_verdict_by_imported_curves_says_so(tmp_path, run, curves) -> None:
    for seed in (0, 1, 2):
        seconds = [10.0 + seed] * len(CURVES["train_loss"])  # Another log, of the same numbers.
        import_replicate(run, seed, Source(curves(seconds=seconds)), tmp_path / "records")
    write_model(tmp_path, "A")
    found = tables(tmp_path, tmp_path / "records", (0, 1, 2))
    row = found["numbers"].iloc[0]
    assert (row["verdict"], row["scale"], row["basis"]) == ("reproduced", "full", "imported")
    assert "by imported learning curves of the whole recipe, not trained here" in row["reason"]
    (claim,) = found["claims"].to_dict("records")
    assert claim["on_measured"] == "reproduced"
    assert claim["evidence"].endswith("of the whole recipe, not trained here")
    assert set(found["replicates"]["device"]) == {"imported"}


def test_weights_that_nobody_told_are_not_measured(tmp_path, run, curves) -> None:
    import_replicate(run, 0, Source(curves()), tmp_path / "records")
    write_model(tmp_path, "A")
    row = tables(tmp_path, tmp_path / "records", (0,))["numbers"].iloc[2]
    assert row["verdict"] == "not measured"
    assert "A has no weights" in row["reason"]


def test_a_part_of_the_recipe_is_shown_and_decides_nothing(tmp_path, run, curves) -> None:
    path = curves(**{name: values[:2] for name, values in CURVES.items()})
    taken = import_replicate(run, 0, Source(path), tmp_path / "records")
    assert (taken.is_whole, taken.epochs) == (False, 2)
    write_model(tmp_path, "A")
    row = tables(tmp_path, tmp_path / "records", (0,))["numbers"].iloc[0]
    assert (row["verdict"], row["measured"]) == ("not measured", 0.45)
    assert row["reason"].startswith("only at preview scale (66.67% of the recipe)")


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"accuracy": [0.1, 0.2, 0.3]}, "unknown column 'accuracy'"),
        ({"validation_accuracy": [35.0, 45.0, 50.0]}, "are these percent[?] Divide by 100"),
        ({"train_loss": [1.9, None, 1.2]}, "epoch 2: train_loss is empty; a column is whole"),
        ({"test_accuracy": [0.1, 0.2, 0.3]}, "the run has no test_accuracy: its recipe scores"),
        ({"train_loss": [1.9, "x", 1.2]}, "epoch 2: train_loss: found 'x'"),
        (dict.fromkeys([name for name in CURVES if name != "seconds"]), "no loss and no accuracy"),
        ({name: [*values, 0.5] for name, values in CURVES.items()}, "recipe ends after 3"),
    ],
)
def test_curves_that_cannot_be_of_the_run_are_refused(
    tmp_path, run, curves, columns: dict, told: str
) -> None:
    with pytest.raises(UserError, match=told):
        import_replicate(run, 0, Source(curves(**columns)), tmp_path / "records")
    assert not (tmp_path / "records").exists()


def test_epochs_are_whole_and_count_from_one_or_as_is_said(tmp_path, run, curves) -> None:
    path = curves("from_zero.csv", first_epoch=0)
    with pytest.raises(UserError, match="its epochs count from 0, but first_epoch is 1"):
        import_replicate(run, 0, Source(path), tmp_path / "records")
    assert import_replicate(run, 0, Source(path, first_epoch=0), tmp_path / "records").is_whole
    lines = curves().read_text().splitlines()
    path.write_text("\n".join([lines[0], lines[1], lines[3]]) + "\n")
    with pytest.raises(UserError, match="epoch 2 is missing"):
        import_replicate(run, 1, Source(path), tmp_path / "records")


def test_curves_without_times_and_training_loss_are_taken(tmp_path, run, curves) -> None:
    path = curves(train_loss=None, seconds=None)
    taken = import_replicate(run, 0, Source(path), tmp_path / "records")
    summary = json.loads((taken.folder / "summary.json").read_text())
    assert (summary["seconds"], summary["diverged_at_epoch"]) == (None, None)
    write_list(tmp_path / "records", sums_of(tmp_path / "records"))
    assert list(verify(tmp_path / "records")) == []


def test_a_loss_that_diverged_stays_one(tmp_path, run, curves) -> None:
    path = curves(train_loss=[1.9, "nan", "nan"])
    taken = import_replicate(run, 0, Source(path), tmp_path / "records")
    summary = json.loads((taken.folder / "summary.json").read_text())
    assert (summary["diverged_at_epoch"], summary["scale"]) == (2, "full")


def test_the_end_of_a_run_is_that_of_its_stop_rule(tmp_path, curves) -> None:
    stop = {"epochs": 9, "early_stopping": {"patience": 1, "monitor": "validation_loss"}}
    run = resolve(small_study(stop=stop))[0]
    ended = curves(validation_loss=[1.8, 1.6, 1.7])
    assert import_replicate(run, 0, Source(ended), tmp_path / "records").is_whole
    assert not import_replicate(run, 1, Source(curves()), tmp_path / "records").is_whole
    with pytest.raises(UserError, match="the recipe ends after 2"):
        import_replicate(
            run, 2, Source(curves(validation_loss=[1.8, 1.9, 1.7])), tmp_path / "records"
        )
    with pytest.raises(UserError, match=r"validation_loss is missing, which .* early stopping"):
        import_replicate(run, 2, Source(curves(validation_loss=None)), tmp_path / "records")


def test_a_selection_needs_its_column(tmp_path, curves) -> None:
    run = resolve(small_study(selection={"kind": "best_validation_accuracy"}))[0]
    with pytest.raises(UserError, match=r"validation_accuracy is missing, .* selection reads"):
        import_replicate(run, 0, Source(curves(validation_accuracy=None)), tmp_path / "records")


def summary_file(folder: Path, **content: object) -> Path:
    path = folder / "summary.json"
    path.write_text(json.dumps(content))
    return path


def test_a_summary_tells_what_no_curve_does(tmp_path, run, curves) -> None:
    told = summary_file(tmp_path, selected_test_accuracy=0.49, best={}, epochs=3)
    taken = import_replicate(run, 0, Source(curves(), told), tmp_path / "records")
    summary = json.loads((taken.folder / "summary.json").read_text())
    assert summary["selected_test_accuracy"] == 0.49
    assert summary["best"]["validation_accuracy"] == {"epoch": 3, "value": 0.5}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"selected_test_accuracy": 49.0}, "are these percent"),
        ({"macro_f1": 49.0}, "are these percent"),
        ({"selected_test_acc": 0.49}, "did you mean 'selected_test_accuracy'"),
        ({"selected_test_accuracy": "0.49"}, "a finite number belongs here"),
        ({"epochs": 4}, "epochs is 4, but the history gives 3"),
        ({"last": {"train_loss": 1.0}}, "last.train_loss is 1.0, but the history gives 1.2"),
    ],
)
def test_a_summary_that_cannot_be_is_refused(tmp_path, run, curves, content, told: str) -> None:
    source = Source(curves(), summary_file(tmp_path, **content))
    with pytest.raises(UserError, match=told):
        import_replicate(run, 0, source, tmp_path / "records")


def test_the_same_files_give_the_same_bytes_and_others_replace_only_when_told(
    tmp_path, run, curves
) -> None:
    source = Source(curves())
    first, second = (
        import_replicate(run, 0, source, tmp_path / name).folder for name in ("one", "two")
    )
    contents = [{p.name: p.read_bytes() for p in place.iterdir()} for place in (first, second)]
    assert contents[0] == contents[1]
    assert import_replicate(run, 0, source, tmp_path / "one").outcome == "equal"
    other = Source(curves(train_loss=[1.9, 1.5, 1.1]))
    with pytest.raises(UserError, match=r"another replicate lies there.*--replace"):
        import_replicate(run, 0, other, tmp_path / "one")
    assert (first / "history.csv").read_bytes() == contents[0]["history.csv"]
    assert import_replicate(run, 0, other, tmp_path / "one", replace=True).outcome == "replaced"


def test_it_names_the_file_and_its_checksum(tmp_path, run, curves) -> None:
    from regrade.seals import file_digest

    path = curves("log of mine.csv")
    taken = import_replicate(run, 0, Source(path), tmp_path / "records")
    provenance = json.loads((taken.folder / "provenance.json").read_text())
    told = {"file": "log of mine.csv", "checksum": file_digest(path)}
    assert provenance["imported"] == {"history": told}
    assert provenance["device"] == "imported"


def test_what_was_trained_takes_the_place_of_what_was_imported(tmp_path, run, curves) -> None:
    taken = import_replicate(run, 0, Source(curves()), tmp_path / "records")
    trained = tmp_path / "results"
    write_replicate(trained, "A", 0, provenance={"scale": "full"}, **CURVES)
    assert [one.outcome for one in record(trained, tmp_path / "records")] == ["replaced"]
    assert "imported" not in json.loads((taken.folder / "provenance.json").read_text())


def test_page_and_exports_show_that_replicates_were_imported(tmp_path: Path) -> None:
    loaded = write_study(tmp_path)
    seeds = write_results(loaded, tmp_path)
    run = resolve(loaded)[0]
    epochs = run.recipe.stop.epochs
    path, records = tmp_path / "log.csv", tmp_path / "records"
    accuracy = [0.3 + 0.01 * epoch for epoch in range(epochs)]
    write_curves(path, validation_accuracy=accuracy, train_loss=[1.0] * epochs)
    import_replicate(run, 0, Source(path), records)
    recorded = Recorded(str(records), {"A": [0]}, imported=["A"])
    graded = GradedStudy(loaded, tmp_path / "studies/curves", tmp_path / "results", seeds, recorded)
    notices = scope_of([(StudyResults(graded), resolve(loaded)[:1])]).notices
    (notice,) = [one for one in notices if one.title == "Imported"]
    assert "Data" not in {one.title for one in notices}, "a log tells nothing of its images"
    assert notice.is_warning and "not trained here" in notice.text
    design, figures = Path(__file__).parents[1] / "report", tmp_path / "results/figures/tiny"
    draw(graded, figures)
    drawn = pd.read_csv(figures / "weights.csv")
    assert set(drawn["run"]) == {"B"}, "no weights came with the curves of A"
    exports = tmp_path / "results/exports"
    export([graded], exports, parquet=False)
    crate = json.loads((exports / "ro-crate-metadata.json").read_text())
    entities = {one["@id"]: one for one in crate["@graph"]}
    action = entities["#replicate-tiny-A-0"]
    assert "import" in action["name"] and "log.csv" in action["description"]
    assert all(link["@id"] in entities for link in [action["instrument"], *action["object"]])
    render([graded], design, tmp_path / "results/report")
    page = (tmp_path / "results/report/runs/tiny/A.html").read_text()
    assert "learning curves that somebody’s own code wrote" in page
    assert "log.csv" in page


def test_a_history_stays_readable_by_pandas(tmp_path, run, curves) -> None:
    taken = import_replicate(run, 0, Source(curves()), tmp_path / "records")
    frame = pd.read_csv(taken.folder / "history.csv")
    assert list(frame["validation_accuracy"]) == CURVES["validation_accuracy"]
