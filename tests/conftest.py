"""What several test files share: tiny images, jobs of the trainer and study files."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# Before any word is read: the schema and the reference are held against the committed ones.
os.environ["REGRADE_DESCRIBE"] = "1"

import pytest
import torch
from tests.support.fake_device import DEVICE as DEVICE  # before any backward pass
from tests.support.recipes import TEST_IMAGES, TRAIN_IMAGES
from tests.support.study_text import STUDY
from tests.support.tiny_data import write_tiny_data

from regrade.data.card import checksum_of
from regrade.studies.execution import Budget
from regrade.studies.images import held_out_images
from regrade.studies.load import load_study
from regrade.studies.recipe import Recipe
from regrade.studies.resolve import canonical
from regrade.studies.study import Study

# Networks of tests are tiny: a second thread only waits, and takes a core from tests beside.
torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the tiny data set, with its card beside it."""
    path = write_tiny_data(tmp_path_factory.mktemp("data"))
    checksum = checksum_of(path)
    card = {"schema_version": 1, "dataset": "cifar10", "source": "tests", "checksum": checksum}
    path.with_suffix(".json").write_text(json.dumps(card))
    return path


@pytest.fixture
def make_job(tiny_data: Path, tmp_path: Path) -> Callable:
    """Build jobs of the trainer on the tiny data set; `folder` keeps their files apart."""
    from regrade.training.job import Job

    def make(recipe: Recipe, folder: str = "run", **options: Any) -> Job:
        held_out = held_out_images(recipe)
        images = options.pop("train_images", TRAIN_IMAGES - held_out)
        scored = held_out if recipe.evaluate == "validation" else TEST_IMAGES
        epochs = options.pop("epochs", recipe.stop.longest)
        device = options.pop("device", "cpu")
        return Job(
            study="tiny",
            run="A1",
            recipe_json=canonical(recipe),
            budget=Budget("full", epochs, images, scored, TEST_IMAGES, 1.0),
            seed=options.pop("seed", 0),
            data=tiny_data,
            output=tmp_path / folder / "output",
            state=tmp_path / folder / "state",
            device=device,
            **options,
        )

    return make


@pytest.fixture
def repeatable() -> Iterator[None]:
    """Demand determinism, as `prepare_device` does."""
    before = torch.get_deterministic_debug_mode()
    torch.set_deterministic_debug_mode("error")
    yield
    torch.set_deterministic_debug_mode(before)


@pytest.fixture
def write_study(tmp_path: Path) -> Callable[..., Path]:
    """Write the study file with pieces of its text replaced."""

    def write(*replacements: tuple[str, str]) -> Path:
        text = STUDY
        for old, new in replacements:
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the study"
            text = text.replace(old, new)
        path = tmp_path / "tiny.yaml"
        path.write_text(text)
        return path

    return write


@pytest.fixture
def plain_study(write_study: Callable[..., Path]) -> Study:
    """Return the study without mistakes."""
    return load_study(write_study())
