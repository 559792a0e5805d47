"""MNIST, its kin and STL-10 by way of torchvision: what it shows is what is prepared."""

from __future__ import annotations

import gzip
import hashlib
import io
import shutil
import struct
import tarfile
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
from tests.support.small_datasets import message, run

from regrade import torchvision_compat
from regrade.data import npz
from regrade.studies.datasets import DATASETS

SPLITS = ("train", "test")
OF_MNIST = ("mnist", "fashion_mnist", "kmnist")
FILES = {"train": "train", "test": "t10k"}


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def arrays(side: int, channels: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(2)
    found = {}
    for split, count in (("train", 40), ("test", 20)):
        shape = (count, side, side, channels)
        found[f"{split}_images"] = rng.integers(0, 256, shape, np.uint8)
        found[f"{split}_labels"] = rng.integers(0, 10, count, np.uint8)
    return found


def idx(array: np.ndarray) -> bytes:
    """Write bytes in the format of MNIST: a magic number, the sides, the values."""
    head = struct.pack(">HBB", 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    return gzip.compress(head + array.tobytes())


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder whose files torchvision downloads by their names; others are out of reach."""
    folder = tmp_path / "served"
    folder.mkdir()

    def serve(url: str, path: str) -> None:
        source = folder / url.rsplit("/", 1)[-1]
        if not source.exists():
            raise URLError("no route")
        shutil.copy(source, path)

    monkeypatch.setattr("torchvision.datasets.utils._urlretrieve", serve)
    return folder


def serve_mnist(served: Path, monkeypatch: pytest.MonkeyPatch, dataset: str) -> None:
    kind = getattr(torchvision_compat.torchvision.datasets, DATASETS[dataset].torchvision)
    given, listed = arrays(28, 1), []
    for split, prefix in FILES.items():
        for what, rank in (("images", 3), ("labels", 1)):
            content = idx(np.squeeze(given[f"{split}_{what}"]))
            name = f"{prefix}-{what}-idx{rank}-ubyte.gz"
            (served / name).write_bytes(content)
            listed.append((name, md5(content)))
    monkeypatch.setattr(kind, "resources", listed)
    # Not http: redirects are followed before anything is downloaded.
    monkeypatch.setattr(kind, "mirrors", [f"{served.as_uri()}/"])


@pytest.fixture
def served_stl10(served: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Serve a small archive of STL-10: columns before rows, labels from 1."""
    kind = torchvision_compat.torchvision.datasets.STL10
    given, written = arrays(96, 3), io.BytesIO()
    lists: dict[str, list] = {"train_list": [], "test_list": []}
    with tarfile.open(fileobj=written, mode="w:gz") as archive:
        for split in SPLITS:
            images = given[f"{split}_images"].transpose(0, 3, 2, 1).tobytes()
            labels = (given[f"{split}_labels"] + 1).tobytes()
            for name, content in ((f"{split}_X.bin", images), (f"{split}_y.bin", labels)):
                lists[f"{split}_list"].append([name, md5(content)])
                _add(archive, f"{kind.base_folder}/{name}", content)
        names = "\n".join(f"thing {number}" for number in range(10))
        _add(archive, f"{kind.base_folder}/{kind.class_names_file}", names.encode())
    (served / kind.filename).write_bytes(written.getvalue())
    monkeypatch.setattr(kind, "url", (served / kind.filename).as_uri())
    monkeypatch.setattr(kind, "tgz_md5", md5(written.getvalue()))
    for name, value in lists.items():
        monkeypatch.setattr(kind, name, value)
    return served


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def assert_as_shown(data: Path, dataset: str, folder: Path, options: dict[str, dict]) -> None:
    """Hold every prepared image and label against what torchvision's own class shows."""
    kind = getattr(torchvision_compat.torchvision.datasets, DATASETS[dataset].torchvision)
    with np.load(data) as file:
        for split in SPLITS:
            shown = kind(str(folder), **options[split])
            images = file[f"{split}_images"]
            assert len(shown) == len(images)
            for number, (picture, label) in enumerate(shown):
                pixels = np.asarray(picture).reshape(images.shape[1:])
                assert np.array_equal(images[number], pixels)
                assert file[f"{split}_labels"][number] == label
        assert npz.find_problems(dict(file), DATASETS[dataset]) == []


@pytest.mark.parametrize("dataset", OF_MNIST)
def test_images_of_mnist_are_what_torchvision_shows(
    tmp_path: Path, served: Path, monkeypatch: pytest.MonkeyPatch, dataset: str
) -> None:
    serve_mnist(served, monkeypatch, dataset)
    data, card = run(tmp_path, "torchvision", dataset)
    downloads = tmp_path / "out" / "downloads"
    options = {split: {"train": split == "train"} for split in SPLITS}
    assert_as_shown(data, dataset, downloads, options)
    with np.load(data) as file:
        assert np.array_equal(file["test_images"], arrays(28, 1)["test_images"])
        assert len(set(file["classes"].tolist())) == 10
    assert card["source"] == "torchvision"
    assert card["origin"].startswith("The official archive, file:")


def test_images_of_stl10_are_what_torchvision_shows(tmp_path: Path, served_stl10: Path) -> None:
    data, _ = run(tmp_path, "torchvision", "stl10")
    downloads = tmp_path / "out" / "downloads"
    assert_as_shown(data, "stl10", downloads, {split: {"split": split} for split in SPLITS})
    with np.load(data) as file:
        assert np.array_equal(file["train_images"], arrays(96, 3)["train_images"])
        assert file["classes"].tolist()[3] == "thing 3"


def test_mnist_out_of_reach_says_which_files_go_where(
    tmp_path: Path, served: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve_mnist(served, monkeypatch, "mnist")
    (served / "t10k-labels-idx1-ubyte.gz").unlink()
    told = message(tmp_path, "torchvision", "mnist")
    assert told.startswith("cannot download file:") and "Error downloading t10k-labels" in told
    assert "data=<folder with mnist.npz>" in told
    raw = tmp_path / "out" / "downloads" / "MNIST" / "raw"
    assert f"t10k-labels-idx1-ubyte.gz into {raw} by hand" in told
    assert (raw / "train-images-idx3-ubyte.gz").exists(), "what had come was thrown away"


@pytest.mark.parametrize("cut", ["download", "unpacked"])
def test_damaged_files_of_mnist_are_removed_and_come_anew(
    tmp_path: Path, served: Path, monkeypatch: pytest.MonkeyPatch, cut: str
) -> None:
    serve_mnist(served, monkeypatch, "mnist")
    raw = tmp_path / "out" / "downloads" / "MNIST" / "raw"
    name = "train-images-idx3-ubyte"
    whole = (served / f"{name}.gz").read_bytes()
    if cut == "download":
        (served / f"{name}.gz").write_bytes(whole[:-100])
    else:
        run(tmp_path, "torchvision", "mnist")
        content = (raw / name).read_bytes()
        (raw / name).write_bytes(content[:-100])
        for path in (tmp_path / "out").glob("mnist.*"):
            path.unlink()
    told = message(tmp_path, "torchvision", "mnist")
    assert told.startswith(f"{raw}: damaged") and "run again" in told
    (served / f"{name}.gz").write_bytes(whole)
    run(tmp_path, "torchvision", "mnist")


def test_damaged_archive_of_stl10_is_removed(tmp_path: Path, served_stl10: Path) -> None:
    path = served_stl10 / torchvision_compat.torchvision.datasets.STL10.filename
    path.write_bytes(path.read_bytes()[:-1])
    told = message(tmp_path, "torchvision", "stl10")
    assert told.startswith(f"{tmp_path / 'out' / 'downloads' / path.name}: damaged")
