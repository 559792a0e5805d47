"""What a rule's script does can be done by hand: its docstring says with which command."""

from __future__ import annotations

import argparse
import ast
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.report_results import write_results, write_study

from regrade.__main__ import COMMANDS, parse
from regrade.commands import training
from regrade.commands.studies import find_run, run_of
from regrade.errors import UserError
from regrade.training.job import Job

SCRIPTS = sorted((Path(__file__).parents[1] / "workflow_scripts").glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_the_command_that_a_script_names_is_one(script: Path) -> None:
    told = ast.get_docstring(ast.parse(script.read_text())) or ""
    (command,) = re.findall(r"By hand[^`]*`python -m regrade (.+?)`\.", told, re.DOTALL)
    assert callable(parse(shlex.split(command)).command)


def test_every_argument_of_a_command_says_what_it_is() -> None:
    commands = argparse.ArgumentParser().add_subparsers()
    for add in COMMANDS:
        add(commands)
    silent = [
        f"{name} {argument.dest}"
        for name, parser in commands.choices.items()
        for argument in parser._actions
        if not argument.help
    ]
    assert silent == []


def test_training_by_hand_takes_weights_from_a_folder(tmp_path: Path, monkeypatch) -> None:
    """As `weights` of config.yaml and the list trainer: there may be neither cache nor network."""
    asked: list[Job] = []
    monkeypatch.setattr("regrade.training.environment.restart_with_settings", lambda: None)
    monkeypatch.setattr("regrade.training.cores.claim_cores", lambda threads, bind: threads)
    monkeypatch.setattr("regrade.training.device_lease.lease_device", lambda name: name)
    monkeypatch.setattr("regrade.training.replicate.train_replicate", asked.append)
    monkeypatch.setattr(training, "_prepare", lambda *_: None)
    words = ["train", "--study", "duke", "--run", "D01", "--weights", str(tmp_path / "weights")]
    arguments = parse([*words, "--results", str(tmp_path / "results")])
    arguments.command(arguments)
    assert asked[0].weights == tmp_path / "weights"


def test_a_study_is_graded_and_rendered_by_hand_from_its_records(tmp_path: Path) -> None:
    config = f'{{"records": "only", "studies": "duke", "results": "{tmp_path}"}}'
    for words in (["grade", "duke"], ["collect"], ["render"]):
        arguments = parse([*words, "--config", config])
        arguments.command(arguments)
    assert (tmp_path / "tables/duke/basis.json").is_file()
    assert "reproduced" in (tmp_path / "tables/numbers.csv").read_text()
    assert "D01" in (tmp_path / "report/duke.html").read_text()


@pytest.mark.parametrize("words", ["grade tiny", "draw tiny", "share", "render", "findings"])
def test_a_replicate_of_another_recipe_is_not_shown_as_todays(tmp_path: Path, words: str) -> None:
    write_results(write_study(tmp_path), tmp_path)
    file = tmp_path / "studies" / "tiny.yaml"
    file.write_text(file.read_text().replace("learning_rate: ", "learning_rate: 1", 1))
    config = {"records": "ignore", "studies": str(file), "scale": "full", "seeds": 2}
    config["results"] = str(tmp_path / "results")
    arguments = parse([*words.split(), "--config", json.dumps(config)])
    with pytest.raises(UserError, match=r"seed-0: trained with recipe .*; remove this folder"):
        arguments.command(arguments)


@pytest.mark.parametrize("words", ["draw duke", "collect", "share", "render", "findings"])
def test_a_step_before_its_time_says_what_comes_first(tmp_path: Path, words: str) -> None:
    config = f'{{"records": "only", "studies": "duke", "results": "{tmp_path}"}}'
    arguments = parse([*words.split(), "--config", config])
    with pytest.raises(UserError, match=r"numbers\.csv is not there yet: `python -m regrade grade"):
        arguments.command(arguments)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("grade duke", r"summary\.json is not there yet: `python -m regrade train --study duke"),
        ("measure duke", r"cifar10\.json is not there yet: `python -m regrade prepare cifar10`"),
    ],
)
def test_a_step_before_there_are_results_names_the_step_that_makes_them(
    tmp_path: Path, words: str, told: str
) -> None:
    config = f'{{"records": "ignore", "studies": "duke", "results": "{tmp_path}"}}'
    arguments = parse([*words.split(), "--config", config])
    with pytest.raises(UserError, match=told):
        arguments.command(arguments)


def test_an_unknown_data_set_is_answered_with_each_known_one_once(tmp_path: Path) -> None:
    arguments = parse(["prepare", "cifar", "--config", f'{{"results": "{tmp_path}"}}'])
    with pytest.raises(UserError, match="no data set 'cifar'") as refused:
        arguments.command(arguments)
    assert str(refused.value).count("cifar100") == 1


@pytest.mark.parametrize("text", ["[]", "5", "null", "{", '"x"'])
def test_changes_that_are_no_object_are_answered_with_an_example(text: str, capsys) -> None:
    with pytest.raises(SystemExit):
        parse(["plan", "--config", text])
    assert '{"studies": "kaist", "scale": "full"}' in capsys.readouterr().err


def test_a_reader_that_has_enough_ends_a_command_in_peace() -> None:
    """`python -m regrade words | head` must not end in a traceback."""
    command = [sys.executable, "-m", "regrade", "words"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        told = process.stderr.read().decode()
    assert told == ""


def test_a_bare_run_name_means_the_evidence() -> None:
    """As it does in predicates: `train --run D05`, `why duke/D05`, `import duke/D05`."""
    assert find_run("duke", "D05").name == "D05-as-run"
    assert run_of("duke/D05")[0].name == "D05-as-run"
    assert find_run("duke", "D05-as-told").name == "D05-as-told"
    with pytest.raises(UserError, match=r"no run 'D011'; did you mean 'D11'\?"):
        find_run("duke", "D011")
