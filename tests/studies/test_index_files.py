"""Splits by a file of indices: the recipe holds its numbers, and mistakes are told at its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.support.mistakes import mistakes
from tests.support.recipes import as_trainer_sees, make_recipe

from regrade.data.load import load_splits
from regrade.errors import UserError
from regrade.report.recipe_text import setting_text
from regrade.studies.images import held_out_images, training_images
from regrade.studies.load import load_study
from regrade.studies.recipe import Recipe
from regrade.studies.resolve import resolve

RANDOM = "split: {kind: random, validation: 5000, seed: 1}"
BY_FILE = "split: {kind: indices, file: validation.txt}"


@pytest.fixture
def write_split(write_study: Callable[..., Path]) -> Callable[..., Path]:
    """Write a study that holds out what a file says."""

    def write(text: str, split: str = BY_FILE) -> Path:
        path = write_study((RANDOM, split))
        (path.parent / "validation.txt").write_text(text)
        return path

    return write


@pytest.mark.parametrize("text", ["3\n1\n40000\n", "3, 1, 40000", "3 1\n\n40000"])
def test_a_recipe_holds_the_numbers_of_the_file(write_split: Callable, text: str) -> None:
    run = resolve(load_study(write_split(text)))[0]
    assert "validation.txt" not in run.recipe_json
    read = Recipe.model_validate_json(run.recipe_json)
    assert read.split.numbers == [3, 1, 40000]
    assert (held_out_images(read), training_images(read)) == (3, 49_997)
    for other in ("{kind: indices, numbers: [3, 1, 40000]}", "{indices: {file: validation.txt}}"):
        again = resolve(load_study(write_split(text, f"split: {other}")))
        assert again[0].recipe_json == run.recipe_json


def test_numbers_that_numpy_writes_are_read(write_split: Callable, tmp_path: Path) -> None:
    path = write_split("")
    held_out = np.random.default_rng(0).permutation(50_000)[:5_000]
    np.savetxt(path.parent / "validation.txt", held_out, fmt="%d")
    recipe = resolve(load_study(path))[0].recipe
    assert recipe.split.numbers == held_out.tolist()
    assert setting_text(recipe.split) == "indices (5,000 images)"


def test_a_split_is_that_of_torchs_subsets(tiny_data: Path) -> None:
    numbers = torch.randperm(600, generator=torch.Generator().manual_seed(3))[:90].tolist()
    word = as_trainer_sees(make_recipe(split={"kind": "indices", "numbers": numbers}))
    splits = load_splits(tiny_data, word, 10**6, 10**6)
    with np.load(tiny_data) as file:
        images, labels = file["train_images"], file["train_labels"]
    held_out = torch.utils.data.Subset(labels.tolist(), numbers)
    rest = torch.utils.data.Subset(labels.tolist(), sorted({*range(600)} - {*numbers}))
    assert splits.scored.labels.tolist() == [held_out[n] for n in range(len(held_out))]
    assert splits.training.labels.tolist() == [rest[n] for n in range(len(rest))]
    assert np.array_equal(splits.scored.images.numpy(), images[numbers])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "protocol.split.numbers: found 0 items: at least 1 belongs here"),
        ("1\n2\n1\n", "protocol.split: number 1 stands twice"),
        ("1\n-2\n", "validation.txt: line 2: found '-2'; whole numbers from 0 belong here"),
        ("index\n1\n", "validation.txt: line 1: found 'index'"),
        ("1.0e+00\n", "line 1: found '1.0e+00'; whole numbers from 0 belong here"),
        ("50000\n", "split.numbers: found 50000; the training images are numbered 0 to 49999"),
    ],
)
def test_a_mistake_in_the_file_is_told(write_split: Callable, text: str, told: str) -> None:
    assert any(told in line for line in mistakes(write_split(text)))


@pytest.mark.parametrize(
    ("split", "told"),
    [
        ("{kind: indices}", "protocol.split: it needs either a file or numbers"),
        (
            "{kind: indices, file: validation.txt, numbers: [1]}",
            "protocol.split: it needs either a file or numbers",
        ),
        ("{kind: indices, file: valid.txt}", "protocol.split.file: no file or folder"),
        ("{kind: indices, file: ../x.txt}", "protocol.split.file: '../x.txt' leads out of"),
        ("{kind: indices, file: /etc/hosts}", "protocol.split.file: '/etc/hosts' leads out of"),
        ("{kind: indices, file: 3}", "protocol.split.file: found 3: text belongs here"),
        ("{kind: indices, numbers: [1, -1]}", "protocol.split.numbers[1]: found -1"),
    ],
)
def test_a_wrong_word_is_told(write_split: Callable, split: str, told: str) -> None:
    assert any(told in line for line in mistakes(write_split("1\n", f"split: {split}")))


def test_a_run_may_have_a_file_of_its_own(write_study: Callable, tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("5")
    split = "split: {kind: indices, file: own.txt}"
    first = "plain\n    recipe: {model: net"
    path = write_study(
        (first, f"{first}, {split}"), ("as-told: {stop: {epochs: 4}}", f"as-told: {{{split}}}")
    )
    kinds = {run.name: run.recipe.split.kind for run in resolve(load_study(path))}
    assert kinds == {"A1": "indices", "A2-as-told": "indices", "A2-as-run": "random"}


def test_a_report_finds_the_file_of_its_assignment(write_split: Callable, tmp_path: Path) -> None:
    write_split("7\n9\n")
    own = tmp_path / "own" / "ada.yaml"
    own.parent.mkdir()
    own.write_text(
        "study: ada\nextends: ../tiny.yaml\n"
        "report: {title: T, author: A, summary: S, sources: [s]}\n"
    )
    assert resolve(load_study(own))[0].recipe.split.numbers == [7, 9]


def test_fewer_images_than_the_split_names_are_refused(tiny_data: Path) -> None:
    word = as_trainer_sees(make_recipe(split={"kind": "indices", "numbers": [5, 600]}))
    with pytest.raises(UserError, match="names the training image 600, but there are 600"):
        load_splits(tiny_data, word, 10, 10)
