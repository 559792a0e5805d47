"""Data sets of a study's own: read from a file or a folder, made up, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.support.grids import ROOT, grid

from regrade.data import prepare
from regrade.data.places import find_place
from regrade.errors import UserError
from regrade.grid import Grid
from regrade.layout import card_file
from regrade.studies.datasets import DATASETS, Dataset
from regrade.torchvision_compat import torchvision

NAMES = ("oak", "ash", "elm")
LEAVES = Dataset("leaves", "leaves", 3, 30, 12, 20, 1, class_names=NAMES)
IN_COLOUR = replace(LEAVES, channels=3)


def make_arrays(dataset: Dataset = LEAVES) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    found: dict[str, np.ndarray] = {"classes": np.array(NAMES)}
    for part, count in dataset.counts.items():
        shape = (count, dataset.side, dataset.side, dataset.channels)
        found[f"{part}_images"] = rng.integers(0, 256, shape, np.uint8)
        found[f"{part}_labels"] = (np.arange(count) % 3).astype(np.uint8)
    return found


def write_folder(folder: Path, arrays: dict[str, np.ndarray]) -> Path:
    """Write `<part>/<class>/<number>.png` for each image."""
    for part in ("train", "test"):
        labels = arrays[f"{part}_labels"]
        for number, (image, label) in enumerate(zip(arrays[f"{part}_images"], labels, strict=True)):
            place = folder / part / NAMES[label] / f"{number:03}.png"
            place.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image.squeeze()).save(place)
    return folder


def prepared(
    tmp_path: Path, source: object, dataset: Dataset = LEAVES, beside: Path | None = None
) -> tuple[dict[str, np.ndarray], dict]:
    """Prepare a data set; give its arrays and its card."""
    data = tmp_path / "out" / f"{dataset.name}.npz"
    prepare.prepare(dataset, str(source), data, card_file(data), beside)
    with np.load(data) as file:
        return dict(file), json.loads(card_file(data).read_text())


def refused(tmp_path: Path, source: object, dataset: Dataset = LEAVES) -> list[str]:
    with pytest.raises(UserError) as told:
        prepared(tmp_path, source, dataset)
    assert not list((tmp_path / "out").glob("*"))
    return [line.strip() for line in str(told.value).splitlines()]


@pytest.mark.parametrize("dataset", [LEAVES, IN_COLOUR], ids=["gray", "colour"])
def test_made_up_images_have_the_declared_shape_and_classes(tmp_path, dataset: Dataset) -> None:
    arrays, card = prepared(tmp_path, "synthetic", dataset)
    assert arrays["train_images"].shape == (30, 20, 20, dataset.channels)
    assert arrays["test_images"].shape == (12, 20, 20, dataset.channels)
    assert card["classes"] == list(NAMES)
    assert np.bincount(arrays["train_labels"]).tolist() == [10, 10, 10]


@pytest.mark.parametrize("classes", [2, 7, 100, 256])
def test_any_number_of_classes_can_be_made_up(tmp_path, classes: int) -> None:
    names = tuple(f"class {number}" for number in range(classes))
    count = 3 * classes + 1
    many = replace(LEAVES, classes=classes, class_names=names, training_images=count)
    arrays, _ = prepared(tmp_path, "synthetic", many)
    assert set(np.bincount(arrays["train_labels"], minlength=classes)) == {3, 4}


@pytest.mark.parametrize("axis", [True, False])
def test_a_file_needs_neither_the_axis_of_one_channel_nor_the_names(tmp_path, axis: bool) -> None:
    given = make_arrays()
    stored = {key: array for key, array in given.items() if key != "classes"}
    if not axis:
        stored |= {key: stored[key][..., 0] for key in ("train_images", "test_images")}
    np.savez(tmp_path / "leaves.npz", **stored)
    arrays, card = prepared(tmp_path, tmp_path)
    for key, array in given.items():
        assert np.array_equal(arrays[key], array), key
    assert card["source"] == "npz"


def test_what_a_file_has_otherwise_than_declared_is_told(tmp_path) -> None:
    given = make_arrays() | {"classes": np.array(["ash", "oak", "elm"])}
    given["train_images"], given["train_labels"] = (
        given["train_images"][:9],
        np.uint8([0, 1, 2] * 3),
    )
    np.savez(tmp_path / "leaves.npz", **given)
    assert refused(tmp_path, tmp_path)[1:] == [
        "train_images: 9 images; the study declares training_images: 30",
        "classes: ash, oak, elm; the study declares oak, ash, elm",
    ]


@pytest.mark.parametrize("dataset", [LEAVES, IN_COLOUR], ids=["gray", "colour"])
def test_a_folder_has_the_images_that_torchvision_finds(tmp_path, dataset: Dataset) -> None:
    given = make_arrays(dataset)
    folder = write_folder(tmp_path / "leaves", given)
    arrays, card = prepared(tmp_path, tmp_path, dataset)
    for part in ("train", "test"):
        theirs = torchvision.datasets.ImageFolder(str(folder / part))
        mode = "L" if dataset.channels == 1 else "RGB"
        shown = sorted(
            (theirs.classes[label], np.asarray(Image.open(path).convert(mode)).tobytes())
            for path, label in theirs.samples
        )
        ours = zip(arrays[f"{part}_images"], arrays[f"{part}_labels"], strict=True)
        assert sorted((NAMES[label], image.tobytes()) for image, label in ours) == shown
        assert len(set(arrays[f"{part}_labels"][:8].tolist())) > 1, "sorted by class"
    assert card["origin"] == f"The folder {folder.resolve()}."


def test_a_folder_gives_the_same_order_every_time(tmp_path) -> None:
    write_folder(tmp_path / "leaves", make_arrays())
    first, _ = prepared(tmp_path, tmp_path)
    again, _ = prepared(tmp_path, tmp_path)
    assert all(np.array_equal(first[key], again[key]) for key in first)


def test_faults_of_a_folder_are_named(tmp_path) -> None:
    folder = write_folder(tmp_path / "leaves", make_arrays())
    (folder / "train" / "elm").rename(folder / "train" / "beech")
    assert refused(tmp_path, tmp_path) == [
        f"{folder} cannot be used:",
        "train/elm: there is no such folder, but the study declares the class",
        "train/beech: the study declares no such class; it has oak, ash, elm",
    ]
    (folder / "train" / "beech").rename(folder / "train" / "elm")
    Image.new("L", (21, 20)).save(folder / "train" / "oak" / "wide.png")
    (folder / "train" / "ash" / "torn.png").write_bytes(b"\x89PNG")
    told = refused(tmp_path, tmp_path)
    assert "train/oak/wide.png: 21 x 20 pixels; the study declares 20 x 20" in told
    assert any(line.startswith("train/ash/torn.png: no image, or a damaged one") for line in told)


def test_colours_are_not_lost_unasked(tmp_path) -> None:
    folder = write_folder(tmp_path / "leaves", make_arrays())
    file = min((folder / "train" / "oak").iterdir())
    gray = Image.open(file).convert("RGB")
    coloured = gray.copy()
    coloured.putpixel((3, 3), (200, 10, 10))
    coloured.save(file)
    name = file.relative_to(folder)
    assert refused(tmp_path, tmp_path)[1:] == [f"{name}: in colour; the study declares 1 channel"]
    gray.save(file)
    arrays, _ = prepared(tmp_path, tmp_path)
    assert arrays["train_images"].shape[-1] == 1


def test_the_sources_own_file_comes_before_that_beside_the_study(tmp_path) -> None:
    beside = tmp_path / "study" / "leaves.npz"
    beside.parent.mkdir()
    beside.touch()
    assert find_place(LEAVES, "torchvision", beside) == beside
    assert find_place(LEAVES, str(tmp_path), beside) == beside
    (tmp_path / "leaves.npz").touch()
    assert find_place(LEAVES, str(tmp_path), beside) == tmp_path / "leaves.npz"
    (tmp_path / "leaves").mkdir()
    with pytest.raises(UserError, match="which of them is meant"):
        find_place(LEAVES, str(tmp_path), beside)
    (tmp_path / "leaves.npz").unlink()
    assert find_place(LEAVES, str(tmp_path), beside) == tmp_path / "leaves"
    with pytest.raises(UserError, match=r"no file .*mnist\.npz"):
        find_place(DATASETS["mnist"], str(tmp_path / "leaves"))


def test_data_of_another_place_are_not_taken_for_those_beside_the_study(tmp_path) -> None:
    beside = tmp_path / "study" / "leaves.npz"
    beside.parent.mkdir()
    np.savez(beside, **make_arrays())
    prepared(tmp_path, "torchvision", beside=beside)
    data = tmp_path / "out" / "leaves.npz"
    prepare.require_same_source(LEAVES, "torchvision", data, beside)
    with pytest.raises(UserError, match="prepared from another source"):
        prepare.require_same_source(LEAVES, "synthetic", data, beside)


@pytest.fixture
def grid_of(write_study: Callable[..., Path]) -> Callable[..., Grid]:
    """Read the grid of a study with a data set of its own, from a source."""

    def read(source: str, *more: Path, path: str = "") -> Grid:
        declared = (
            "datasets: {leaves: {classes: [oak, ash, elm], side: 20, channels: 3,"
            f" training_images: 6000, test_images: 12{path}}}}}\n"
        )
        file = write_study(
            ("protocol:\n", declared + "protocol:\n"),
            ("dataset: cifar10", "dataset: leaves"),
        )
        config = grid(studies=(str(file), *map(str, more))).config
        return Grid.read(config.model_copy(update={"data": source}), ROOT)

    return read


def test_a_grid_has_the_data_sets_of_its_recipes(grid_of: Callable[..., Grid]) -> None:
    found = grid_of("synthetic")
    assert list(found.datasets) == ["leaves"]
    assert found.datasets["leaves"].class_names == NAMES
    assert {job["dataset"] for job in found.jobs()} == {"leaves"}


def test_torchvision_is_refused_at_once_where_it_cannot_have_the_images(
    grid_of: Callable[..., Grid], tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=r"torchvision has no data set leaves.*leaves\.path"):
        grid_of("torchvision")
    (tmp_path / "leaves.npz").touch()
    found = grid_of("torchvision", path=", path: leaves.npz")
    assert found.own_places == {"leaves": tmp_path / "leaves.npz"}


def test_two_studies_may_not_mean_two_data_sets_by_one_name(
    grid_of: Callable[..., Grid], tmp_path: Path
) -> None:
    grid_of("synthetic")
    other = tmp_path / "other.yaml"
    text = (tmp_path / "tiny.yaml").read_text().replace("study: tiny", "study: other")
    other.write_text(text)
    assert list(grid_of("synthetic", other).datasets) == ["leaves"]
    other.write_text(text.replace("side: 20", "side: 24"))
    with pytest.raises(UserError, match="another study declares a data set of this name otherwise"):
        grid_of("synthetic", other)
