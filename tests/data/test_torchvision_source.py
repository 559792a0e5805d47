"""The official archives by way of torchvision: downloaded, damaged, and out of reach."""

import hashlib
import io
import pickle
import shutil
import tarfile

import numpy as np
import pytest
import scipy.io
from tests.support.small_datasets import make_arrays, message, run

from regrade import torchvision_compat
from regrade.data import npz
from regrade.errors import UserError
from regrade.studies.datasets import DATASETS


def add(archive: tarfile.TarFile, name: str, content: object) -> str:
    """Add a pickled object; give its MD5 sum, as torchvision lists it."""
    pickled = pickle.dumps(content)
    member = tarfile.TarInfo(name)
    member.size = len(pickled)
    archive.addfile(member, io.BytesIO(pickled))
    return hashlib.md5(pickled, usedforsecurity=False).hexdigest()


@pytest.fixture
def official(tmp_path, monkeypatch):
    """Let torchvision know a small archive; give its bytes, where it is served and where kept.

    Nothing is in either place yet. Serving is copying: torchvision's downloads need a server that
    tells the length of a file, which the `file:` scheme does not.
    """
    kind = torchvision_compat.torchvision.datasets.CIFAR10
    arrays, written = make_arrays(), io.BytesIO()
    lists = {"train_list": [], "test_list": []}
    with tarfile.open(fileobj=written, mode="w:gz") as archive:
        for split, parts in (("train", 2), ("test", 1)):
            images = arrays[f"{split}_images"].transpose(0, 3, 1, 2).reshape(-1, 3072)
            labels = arrays[f"{split}_labels"]
            for part in range(parts):
                content = {"data": images[part::parts], "labels": labels[part::parts].tolist()}
                name = f"{split}_{part}"
                lists[f"{split}_list"].append(
                    [name, add(archive, f"{kind.base_folder}/{name}", content)]
                )
        names = {"label_names": arrays["classes"].tolist()}
        meta = {**kind.meta, "md5": add(archive, f"{kind.base_folder}/batches.meta", names)}
    content = written.getvalue()
    served = tmp_path / "served.tar.gz"
    monkeypatch.setattr(
        "torchvision.datasets.utils._urlretrieve", lambda _, path: shutil.copy(served, path)
    )
    monkeypatch.setattr(kind, "url", served.as_uri())
    monkeypatch.setattr(kind, "tgz_md5", hashlib.md5(content, usedforsecurity=False).hexdigest())
    monkeypatch.setattr(kind, "meta", meta)
    for name, value in lists.items():
        monkeypatch.setattr(kind, name, value)
    place = tmp_path / "out" / "downloads" / kind.filename
    place.parent.mkdir(parents=True)
    return content, served, place


class TestTorchvision:
    def test_archive_is_downloaded_and_converted(self, tmp_path, official):
        content, served, _ = official
        served.write_bytes(content)
        data, card = run(tmp_path, "torchvision")
        expected = make_arrays()
        with np.load(data) as file:
            order = np.r_[0:40:2, 1:40:2]  # the two training files, one after the other
            assert np.array_equal(file["train_images"], expected["train_images"][order])
            assert np.array_equal(file["train_labels"], expected["train_labels"][order])
            assert np.array_equal(file["test_images"], expected["test_images"])
            assert file["classes"].tolist() == expected["classes"].tolist()
            assert npz.find_problems(dict(file), DATASETS["cifar10"]) == []
        assert card["source"] == "torchvision"
        assert "served.tar.gz" in card["origin"]

    def test_archive_is_downloaded_once(self, tmp_path, official):
        content, served, _ = official
        served.write_bytes(content)
        _, first = run(tmp_path, "torchvision")
        served.unlink()
        assert run(tmp_path, "torchvision")[1] == first

    def test_without_a_network(self, tmp_path, official):
        told = message(tmp_path, "torchvision")
        assert told.startswith("cannot download file:")
        assert "data=<folder with cifar10.npz>" in told

    def test_truncated_archive_without_a_network(self, tmp_path, official):
        """A broken download is never taken for the data set."""
        content, _, place = official
        place.write_bytes(content[:500])
        assert message(tmp_path, "torchvision").startswith("cannot download")

    def test_damaged_download_is_removed(self, tmp_path, official):
        """The next run downloads it again instead of failing for ever."""
        content, served, place = official
        served.write_bytes(content[:-1])
        told = message(tmp_path, "torchvision")
        assert told.startswith(f"{place}: damaged")
        assert not place.exists()

    def test_damaged_list_of_names_is_unpacked_anew(self, tmp_path, official):
        content, _, place = official
        place.write_bytes(content)
        run(tmp_path, "torchvision")
        (place.parent / "cifar-10-batches-py" / "batches.meta").write_bytes(b"")
        with pytest.raises(UserError, match="damaged"):
            run(tmp_path, "torchvision")
        place.write_bytes(content)
        run(tmp_path, "torchvision")


@pytest.fixture
def official_digits(tmp_path, monkeypatch):
    """Let torchvision know small files of SVHN; give where they are served and where kept."""
    kind = torchvision_compat.torchvision.datasets.SVHN
    arrays, served, listed = make_arrays(), tmp_path / "served", {}
    served.mkdir()
    for split in ("train", "test"):
        path = served / f"{split}_32x32.mat"
        labels = arrays[f"{split}_labels"].copy()
        labels[labels == 0] = 10  # so SVHN writes the digit 0
        images = arrays[f"{split}_images"].transpose(1, 2, 3, 0)
        scipy.io.savemat(path, {"X": images, "y": labels[:, None]})
        digest = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
        listed[split] = [path.as_uri(), path.name, digest]
    monkeypatch.setattr(kind, "split_list", listed)

    def serve(_: str, path: str) -> None:
        shutil.copy(served / path.rsplit("/", 1)[-1], path)

    monkeypatch.setattr("torchvision.datasets.utils._urlretrieve", serve)
    return served, tmp_path / "out" / "downloads"


class TestSVHN:
    def test_arrays_are_what_torchvision_shows(self, tmp_path, official_digits):
        """Each image and label, the digit 0 as class 0, and names that follow the labels."""
        data, card = run(tmp_path, "torchvision", "svhn")
        _, downloads = official_digits
        with np.load(data) as file:
            for split in ("train", "test"):
                shown = torchvision_compat.torchvision.datasets.SVHN(str(downloads), split)
                assert len(shown) == len(file[f"{split}_images"])
                for number, (image, label) in enumerate(shown):
                    assert np.array_equal(file[f"{split}_images"][number], np.asarray(image))
                    assert file[f"{split}_labels"][number] == label
            assert np.array_equal(file["train_images"], make_arrays()["train_images"])
            assert np.array_equal(file["train_labels"], make_arrays()["train_labels"])
            assert file["classes"].tolist() == list("0123456789")
            assert npz.find_problems(dict(file), DATASETS["svhn"]) == []
        assert "train_32x32.mat" in card["origin"]
        assert "test_32x32.mat" in card["origin"]

    def test_without_a_network(self, tmp_path, official_digits):
        served, downloads = official_digits
        (served / "test_32x32.mat").unlink()
        told = message(tmp_path, "torchvision", "svhn")
        assert told.startswith("cannot download file:")
        assert "data=<folder with svhn.npz>" in told
        assert f"put test_32x32.mat into {downloads}" in told

    def test_damaged_download_is_removed(self, tmp_path, official_digits):
        served, downloads = official_digits
        path = served / "train_32x32.mat"
        path.write_bytes(path.read_bytes()[:-1])
        told = message(tmp_path, "torchvision", "svhn")
        assert told.startswith(f"{downloads / path.name}: damaged")
        assert not (downloads / path.name).exists()


class TestCompatibility:
    def test_matching_builds_are_left_alone(self, monkeypatch):
        """Nothing is declared where torchvision imports by itself."""
        monkeypatch.setattr(torchvision_compat, "_declare_operators", lambda: 1 / 0)
        imported = torchvision_compat._import_torchvision()
        assert imported is torchvision_compat.torchvision

    def test_other_failures_are_not_hidden(self, monkeypatch):
        def fail(name: str) -> None:
            raise RuntimeError("something else")

        monkeypatch.setattr(torchvision_compat.importlib, "import_module", fail)
        with pytest.raises(RuntimeError, match="something else"):
            torchvision_compat._import_torchvision()
