"""Data sets that a study declares: what its recipes hold of them, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.mistakes import mistakes

from regrade.studies.images import dataset_of, training_images
from regrade.studies.load import load_study
from regrade.studies.recipe import Recipe
from regrade.studies.resolve import resolve

DECLARED = (
    "datasets:\n  leaves: {classes: [oak, ash, elm], side: 20, channels: 3, training_images: 6000,"
    " test_images: 12, path: leaves.npz}\n"
)


@pytest.fixture
def write_own(write_study: Callable[..., Path]) -> Callable[..., Path]:
    """Write a study with a data set of its own beside it, a piece of its words replaced."""

    def write(old: str = "", new: str = "") -> Path:
        assert old in DECLARED
        declared = DECLARED.replace(old, new)
        path = write_study(
            ("protocol:\n", declared + "protocol:\n"), ("dataset: cifar10", "dataset: leaves")
        )
        (path.parent / "leaves.npz").touch()
        return path

    return write


def test_a_recipe_says_in_full_what_its_own_data_set_is(write_own: Callable[..., Path]) -> None:
    run = resolve(load_study(write_own()))[0]
    read = Recipe.model_validate_json(run.recipe_json)
    data = dataset_of(read)
    assert (data.name, data.classes, data.side, data.channels) == ("leaves", 3, 20, 3)
    assert training_images(read) == 6000 - 5000
    # 16 x 16 pixels of 4 channels are left for the last layer.
    assert run.cost.parameters == 4 * (3 * 25 + 1) + 3 * (4 * 16 * 16 + 1)


def test_where_it_lies_is_no_part_of_a_recipe(write_own: Callable[..., Path]) -> None:
    first = resolve(load_study(write_own()))[0].recipe_json
    assert "npz" not in first
    assert resolve(load_study(write_own(", path: leaves.npz")))[0].recipe_json == first
    assert resolve(load_study(write_own("12", "13")))[0].recipe_json != first


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("leaves:", "leafs:", "protocol.dataset: found 'leaves'; did you mean 'leafs'?"),
        ("leaves:", "mnist:", "datasets.mnist: mnist is a data set that goes by name"),
        ("elm]", "oak]", "datasets.leaves.classes: found 'oak' twice"),
        ("[oak, ash, elm]", "[oak]", "datasets.leaves.classes: found 1 item: at least 2"),
        ("channels: 3", "channels: 2", "datasets.leaves.channels: found 2; allowed: 1 or 3"),
        ("side: 20", "side: 0", "datasets.leaves.side: found 0: it must be greater than"),
        ("6000", "0", "datasets.leaves.training_images: found 0"),
        ("6000", "5000", "split.validation 5000 leaves no images to train on"),
        ("leaves.npz", "../leaves.npz", "'../leaves.npz' leads out of the folder"),
        ("leaves.npz", "/etc/passwd", "'/etc/passwd' leads out of the folder"),
        ("leaves.npz", "leave.npz", "no file or folder"),
        ("side: 20, ", "", "datasets.leaves.side: this key is missing"),
    ],
)
def test_a_mistake_is_told_before_anything_runs(
    write_own: Callable[..., Path], old: str, new: str, told: str
) -> None:
    assert any(told in line for line in mistakes(write_own(old, new)))


def test_a_link_does_not_lead_out_of_the_folder(write_own: Callable[..., Path]) -> None:
    path = write_own("leaves.npz", "link/leaves.npz")
    outside = path.parent.parent / "outside"
    outside.mkdir(exist_ok=True)
    (outside / "leaves.npz").touch()
    (path.parent / "link").symlink_to(outside)
    assert any("leads out of the folder" in line for line in mistakes(path))


def test_a_report_inherits_the_data_sets_of_its_assignment(
    write_own: Callable[..., Path], tmp_path: Path
) -> None:
    write_own()
    own = tmp_path / "own" / "ada.yaml"
    own.parent.mkdir()
    own.write_text(
        "study: ada\nextends: ../tiny.yaml\n"
        "report: {title: T, author: A, summary: S, sources: [s]}\n"
    )
    run = resolve(load_study(own))[0]
    assert dataset_of(run.recipe).class_names == ("oak", "ash", "elm")
