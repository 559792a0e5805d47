"""Origins of settings: checked, inherited, and no part of what is trained."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.mistakes import line_of, mistakes
from tests.support.report_results import STUDY

from regrade.report.origin_text import Told, told
from regrade.studies.load import load_study
from regrade.studies.origins import origins_of, value_at
from regrade.studies.resolve import resolve
from regrade.studies.study import Study

SHARED = """
origins:
  optimizer: {told: Section 2}
  batches.training: {evidence: the log}
  loss: {assumed: the default of PyTorch}
  model.net: {told: Figure 1}
architectures:"""
OF_B = """    title: Decay <b>bold</b> ${x_$
    origins:
      schedule: {told: Table 3, evidence: the code}
      stop: {assumed: as in A}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "curves" / "tiny").mkdir(parents=True)
    (tmp_path / "curves" / "tiny" / "A.csv").write_text("epoch,train_loss\n0,2.0\n")
    return tmp_path


def write(folder: Path, shared: str = SHARED, of_b: str = OF_B) -> Path:
    text = STUDY.replace("\narchitectures:", shared)
    text = text.replace("    title: Decay <b>bold</b> ${x_$\n", of_b)
    (folder / "tiny.yaml").write_text(text)
    return folder / "tiny.yaml"


def ways(study: Study, name: str) -> dict[str, dict[str, str]]:
    run = next(one for one in resolve(study) if one.name == name)
    return {path: origin.ways for path, origin in origins_of(study, run).items()}


def test_origins_are_no_part_of_a_recipe(folder: Path) -> None:
    told = resolve(load_study(write(folder)))
    untold = resolve(load_study(write(folder, "\narchitectures:", OF_B.splitlines()[0] + "\n")))
    assert [run.recipe_json for run in told] == [run.recipe_json for run in untold]


def test_a_run_has_the_origins_of_the_protocol_and_of_its_network(folder: Path) -> None:
    assert ways(load_study(write(folder)), "A") == {
        "optimizer": {"told": "Section 2"},
        "batches.training": {"evidence": "the log"},
        "loss": {"assumed": "the default of PyTorch"},
        "model.net": {"told": "Figure 1"},
    }


def test_variants_have_what_belongs_to_each(folder: Path) -> None:
    study = load_study(write(folder))
    assert ways(study, "B-as-told")["schedule"] == {"told": "Table 3"}
    assert ways(study, "B-as-run")["schedule"] == {"evidence": "the code"}
    assert ways(study, "B-as-run")["stop"] == {"assumed": "as in A"}


def test_a_setting_as_told_that_nothing_tells_is_assumed(folder: Path) -> None:
    of_b = OF_B.replace("told: Table 3", "assumed: the usual decay")
    study = load_study(write(folder, of_b=of_b))
    assert ways(study, "B-as-told")["schedule"] == {"assumed": "the usual decay"}
    assert ways(study, "B-as-run")["schedule"] == {"evidence": "the code"}


def test_the_protocols_origin_does_not_hold_for_another_value(folder: Path) -> None:
    shared = SHARED.replace("optimizer:", "optimizer.momentum: {told: Section 3}\n  optimizer:")
    recipe = "    recipe: {optimizer: {kind: sgd, learning_rate: 0.5, momentum: 0.9}}\n"
    found = ways(load_study(write(folder, shared, OF_B + recipe)), "B-as-run")
    assert "optimizer" not in found and found["optimizer.momentum"] == {"told": "Section 3"}


@pytest.mark.parametrize(
    ("shared", "of_b", "line", "words"),
    [
        ("optimiser: {told: x}", None, "optimiser: {", "'optimiser'; did you mean 'optimizer'?"),
        ("optimizer.momentun: {told: x}", None, "momentun",
         "optimizer has no 'momentun'; did you mean 'momentum'?"),
        ("model.nett: {told: x}", None, "nett", "'nett'; did you mean 'net'?"),
        ("dataset.name: {told: x}", None, "dataset.name", "dataset has no 'name'; it has no parts"),
        ("split: {}", None, "split: {}", "it needs one of told, evidence and assumed"),
        ("split: {said: x}", None, "split: {said", "known keys: told, evidence, assumed"),
        (None, "schedule.evry: {told: x}", "evry", "schedule has no 'evry'; did you mean 'every'?"),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_line_and_the_nearest_name(
    folder: Path, shared: str | None, of_b: str | None, line: str, words: str
) -> None:
    origins = f"\norigins:\n  {shared}\narchitectures:" if shared else "\narchitectures:"
    of = f"{OF_B.splitlines()[0]}\n    origins:\n      {of_b}\n" if of_b else OF_B
    path = write(folder, origins, of)
    (mistake,) = mistakes(path)
    assert mistake.startswith(f"line {line_of(path, line)}: ") and words in mistake


def test_what_the_protocol_does_not_give_has_its_origin_at_the_runs(folder: Path) -> None:
    text = write(folder, "\norigins: {stop: {told: x}}\narchitectures:").read_text()
    stop = next(line for line in text.splitlines(keepends=True) if line.startswith("  stop:"))
    path = folder / "tiny.yaml"
    path.write_text(text.replace(stop, ""))
    assert any("nothing here gives the setting 'stop'" in line for line in mistakes(path))


REPORT = "study: ann\nextends: tiny.yaml\nreport: {title: T, author: A, summary: S, sources: [s]}\n"


def extending(folder: Path, text: str) -> Study:
    write(folder)
    (folder / "ann.yaml").write_text(REPORT + text)
    return load_study(folder / "ann.yaml")


def test_a_report_inherits_origins_and_gives_its_own(folder: Path) -> None:
    study = extending(folder, "origins: {batches.training: {told: page 9}, loss: null}\n")
    found = ways(study, "A")
    assert found["batches.training"] == {"told": "page 9"} and "loss" not in found
    assert found["optimizer"] == {"told": "Section 2"}
    assert ways(study, "B-as-told")["schedule"] == {"told": "Table 3"}


def test_origins_of_what_a_report_replaces_are_not_inherited(folder: Path) -> None:
    study = extending(
        folder,
        "protocol: {optimizer: {kind: adam, learning_rate: 0.1}}\n"
        "runs: {B: {recipe: {stop: {epochs: 9}}, origins: {evaluate: {told: page 2}}}}\n",
    )
    assert "optimizer" not in ways(study, "A") and "batches.training" in ways(study, "A")
    assert "stop" not in ways(study, "B-as-run")
    assert ways(study, "B-as-run")["evaluate"] == {"told": "page 2"}


def test_parts_are_told_one_by_one_and_the_rest_is_not_stated(folder: Path) -> None:
    study = load_study(write(folder))
    run = resolve(study)[0]
    origins = origins_of(study, run)
    batches = told(origins, "batches", run.recipe.batches, is_given=True)
    assert batches == [Told("training", "evidence", "the log"), Told("the rest", "not stated", "")]
    assert told(origins, "split", run.recipe.split, is_given=True) == [Told("", "not stated", "")]
    assert told(origins, "clip", None, is_given=False) == [Told("", "the default", "")]
    assert told(origins, "model", run.recipe.model, is_given=True)[0].text == "Figure 1"


def test_values_are_found_by_their_paths(folder: Path) -> None:
    recipe = dict(resolve(load_study(write(folder)))[0].recipe)
    assert value_at(recipe, "optimizer.learning_rate") == 0.01
    assert value_at(recipe, "optimizer.nothing") is value_at({}, "stop")


@pytest.mark.parametrize("name", ["duke", "kaist", "nyu", "polito", "marais"])
def test_every_setting_of_a_trained_run_of_the_five_studies_has_an_origin(name: str) -> None:
    study = load_study(Path(__file__).parents[2] / "studies" / f"{name}.yaml")
    trained = [run for run in resolve(study) if not run.measure_only]
    unsaid = {
        f"{run.name} {setting}"
        for run in trained
        for setting in ("split", "batches", "model", "optimizer", "schedule", "stop")
        for one in told(
            origins_of(study, run), setting, getattr(run.recipe, setting), is_given=True
        )
        if one.way == "not stated" and not one.part
    }
    assert unsaid <= {"mlp_c10 stop"}
