"""The configuration: names and paths as people write them."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
import yaml

from regrade.__main__ import parse
from regrade.commands import training
from regrade.commands.studies import STUDIES
from regrade.config import Config, read_config, read_settings, study_paths, told_of_images
from regrade.errors import UserError
from regrade.files import require_results_folder


def config(**changes: object) -> Config:
    settings = yaml.safe_load((STUDIES.parent / "config.yaml").read_text(encoding="utf-8"))
    return read_config(settings | changes)


def test_a_path_with_a_space_is_one_study(tmp_path: Path) -> None:
    path = tmp_path / "my dir" / "a.yaml"
    path.parent.mkdir()
    path.write_text("study: a\n")
    assert study_paths(config(studies=str(path)), STUDIES) == [path]
    found = study_paths(config(studies=f"{path}, duke kaist"), STUDIES)
    assert found == [path, STUDIES / "duke.yaml", STUDIES / "kaist.yaml"]


def test_both_endings_of_study_files_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    path.write_text("study: a\n")
    assert study_paths(config(studies=str(path)), STUDIES) == [path]
    assert study_paths(config(studies="a"), tmp_path) == [path]
    assert study_paths(config(studies="all"), tmp_path) == [path]


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.yaml").write_text("study: same\n")
    names = f"{tmp_path}/a/same.yaml,{tmp_path}/b/same.yaml"
    with pytest.raises(UserError, match="two files are named 'same'"):
        study_paths(config(studies=names), STUDIES)


def test_the_home_folder_is_the_users(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    found = config(results="~/x", data="~/images", weights="~/w")
    assert (found.results, found.data, found.weights) == (
        f"{tmp_path}/x",
        f"{tmp_path}/images",
        f"{tmp_path}/w",
    )


@pytest.mark.parametrize("key", ["data", "weights"])
def test_a_folder_is_known_by_one_spelling(monkeypatch, tmp_path: Path, key: str) -> None:
    """Trainings know it by its spelling: by another one they would all be done again."""
    monkeypatch.chdir(tmp_path)
    for spelled in ("in/cifar", "./in/cifar/", "in/../in//cifar", f"{tmp_path}/in/cifar"):
        assert getattr(config(**{key: spelled}), key) == "in/cifar"
    outside = str(tmp_path.parent / "cifar")
    assert getattr(config(**{key: f"{outside}/"}), key) == outside


@pytest.mark.parametrize("name", ["synthetic", "torchvision"])
def test_a_folder_may_have_the_name_of_a_source(monkeypatch, tmp_path: Path, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert config(data=name).data == name
    assert config(data=f"./{name}").data != name
    assert config(data=str(tmp_path / name)).data != name


@pytest.mark.parametrize("value", [20241010, datetime.date(2024, 10, 10), 1.5])
def test_a_folder_that_reads_as_a_number_gets_a_remedy_that_helps(value: object) -> None:
    with pytest.raises(UserError, match=r"results: found .* is written as a path, such as \./NAME"):
        config(results=value)
    assert config(results="./2024_10_10").results == "2024_10_10"


PROJECT = STUDIES.parent


@pytest.mark.parametrize("folder", [".", "..", "records", "studies/mine", "report"])
def test_results_never_mix_with_what_the_project_is_made_of(folder: str) -> None:
    """Snakemake removes an output before it makes it: `results=.` would remove report/assets."""
    with pytest.raises(UserError, match="name a folder of their own"):
        require_results_folder(PROJECT / folder, PROJECT)


@pytest.mark.parametrize("folder", [".", "records"])
def test_training_by_hand_writes_nothing_into_the_project(folder: str, tmp_path: Path) -> None:
    """A replicate among the records would be taken for one that was reviewed and sealed."""
    results = str(PROJECT / folder)
    arguments = parse(["train", "--study", "duke", "--run", "D01", "--results", results])
    with pytest.raises(UserError, match="name a folder of their own"):
        arguments.command(arguments)


def test_whole_recipes_on_made_up_images_are_warned_of() -> None:
    """They take days and decide nothing."""
    for option in ("data=", "--data "):
        assert f"give {option}torchvision" in told_of_images("full", "synthetic", option)
    for scale, source in (("preview", "synthetic"), ("full", "torchvision")):
        assert told_of_images(scale, source, "data=") == ""


def test_a_whole_recipe_on_made_up_images_is_warned_of_by_hand(capsys, monkeypatch) -> None:
    monkeypatch.setattr(training, "find_run", lambda study, run: None)
    monkeypatch.setattr(training, "_train", lambda arguments, run, threads: None)
    monkeypatch.setattr("regrade.training.environment.restart_with_settings", lambda: None)
    monkeypatch.setattr("regrade.training.cores.claim_cores", lambda threads, bind: threads)
    for words, warned in ((["--scale", "full"], True), (["--scale", "preview"], False)):
        arguments = parse(["train", "--study", "duke", "--run", "D01", *words])
        arguments.command(arguments)
        assert ("decide nothing; give --data torchvision" in capsys.readouterr().err) == warned


def test_results_lie_within_the_project_or_anywhere_else(tmp_path: Path) -> None:
    for folder in (PROJECT / "results", PROJECT / "results" / "records", tmp_path / "records"):
        require_results_folder(folder, PROJECT)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "a line for each key belongs in it"),
        ("- scale", "a line for each key belongs in it"),
        ("scale: full\nscale: preview\n", "line 2: scale: this key stands twice"),
        ("scale: [", "not valid YAML"),
    ],
)
def test_a_file_of_settings_is_read_as_strictly_as_a_study(tmp_path, text: str, told: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match=told):
        read_settings(path)


@pytest.mark.parametrize("seeds", [0, True, 1.5, 1_000_001])
def test_seeds_are_a_number_of_replicates_that_can_be_planned(seeds: object) -> None:
    settings = yaml.safe_load((PROJECT / "config.yaml").read_text())
    with pytest.raises(UserError, match="seeds: found"):
        read_config(settings | {"seeds": seeds})
