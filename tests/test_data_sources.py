"""Preparing data sets: what each source gives, and what a user is told when it cannot."""

import errno
import hashlib
import io
import json
import os
import pickle
import tarfile
from pathlib import Path

import numpy as np
import pytest

from regrade.data import npz, prepare, synthetic
from regrade.errors import UserError, exit_on_user_error
from regrade.files import atomic_path, write_atomically

COUNTS = {"train": 600, "test": 200}


def make_arrays(classes: int = 10) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(0)
    arrays = {"classes": np.array([f"name {index}" for index in range(classes)])}
    for split, count in (("train", 40), ("test", 20)):
        arrays[f"{split}_images"] = generator.integers(0, 256, (count, 32, 32, 3), np.uint8)
        arrays[f"{split}_labels"] = (np.arange(count) % classes).astype(np.uint8)
    return arrays


def save(folder: Path, arrays: dict[str, np.ndarray], name: str = "cifar10.npz") -> Path:
    np.savez(folder / name, **arrays)
    return folder / name


def run(tmp_path: Path, source: str | Path, dataset: str = "cifar10") -> tuple[Path, dict]:
    """Prepare into tmp_path/out; give the file and the card."""
    data, card = (tmp_path / "out" / f"{dataset}{suffix}" for suffix in (".npz", ".json"))
    prepare.prepare(dataset, str(source), data, card)
    return data, json.loads(card.read_text())


def message(tmp_path: Path, source: str | Path, dataset: str = "cifar10") -> str:
    """Prepare from a bad source; give the message and make sure that nothing was written."""
    with pytest.raises(UserError) as caught:
        run(tmp_path, source, dataset)
    assert not list((tmp_path / "out").glob("*.*")), "a file was left behind"
    return str(caught.value)


@pytest.fixture
def small(monkeypatch):
    """Make the synthetic source quick."""
    monkeypatch.setattr(synthetic.generate, "__defaults__", (COUNTS["train"], COUNTS["test"]))


class TestSynthetic:
    def test_bits_never_change(self):
        """Results on synthetic pictures stay comparable across versions and machines."""
        arrays = synthetic.generate(10, **{f"{split}_images": COUNTS[split] for split in COUNTS})
        digests = prepare.describe(arrays)["sha256"]
        assert {key: digest[:16] for key, digest in digests.items()} == {
            "train_images": "5041f43352ef5f6f",
            "train_labels": "59e9d4d7c16cb22f",
            "test_images": "861850cd7c375f6d",
            "test_labels": "eef0947b2bf2ea85",
            "classes": "68b859d19ce3ee78",
        }

    @pytest.mark.parametrize("classes", [10, 100])
    def test_arrays_pass_the_check_of_users_files(self, classes):
        arrays = synthetic.generate(classes, 600, 200)
        assert set(arrays) == set(npz.KEYS)
        assert npz.find_problems(arrays, classes) == []

    @pytest.mark.parametrize("classes", [10, 100])
    def test_every_prefix_is_balanced(self, classes):
        """Parts of the data, such as a preview takes, hold all classes equally."""
        labels = synthetic.generate(classes, 700, 100)["train_labels"]
        for count in range(classes, 700, 97):
            counts = np.bincount(labels[:count], minlength=classes)
            assert counts.max() - counts.min() <= 1

    def test_first_images_do_not_depend_on_how_many_are_made(self):
        few, more = synthetic.generate(10, 30, 20), synthetic.generate(10, 600, 510)
        for key in ("train_images", "train_labels", "test_images", "test_labels"):
            assert np.array_equal(few[key], more[key][: len(few[key])])

    def test_images_differ_between_splits_and_chunks(self):
        arrays = synthetic.generate(10, 2 * synthetic.CHUNK, synthetic.CHUNK)
        both = np.concatenate([arrays["train_images"], arrays["test_images"]])
        assert len(np.unique(both.reshape(len(both), -1), axis=0)) == len(both)

    def test_images_use_the_range_of_pixels(self):
        """Neither flat nor saturated: about as much contrast as photographs have."""
        images = synthetic.generate(10, 500, 10)["train_images"]
        assert 110 < images.mean() < 145
        assert 45 < images.std() < 65
        assert np.isin(images, (0, 255)).mean() < 0.05

    def test_world_is_made_of_single_precision_numbers(self):
        """Double precision would hide machine-dependent roundings, and take twice the memory."""
        world = synthetic.make_world(10)
        assert world.parts.dtype == world.backgrounds.dtype == np.float32

    def test_card_and_file(self, tmp_path, small):
        data, card = run(tmp_path, "synthetic", "cifar100")
        with np.load(data) as file:
            assert sorted(file.files) == sorted(npz.KEYS)
        assert card["dataset"], card["source"] == ("cifar100", "synthetic")
        assert card["counts"] == COUNTS
        assert len(card["classes"]) == 100


class TestFile:
    @pytest.mark.parametrize("whole_path", [True, False])
    def test_file_or_its_folder(self, tmp_path, whole_path):
        arrays = make_arrays()
        path = save(tmp_path, arrays)
        data, card = run(tmp_path, path if whole_path else tmp_path)
        with np.load(data) as file:
            for key, array in arrays.items():
                assert np.array_equal(file[key], array)
        assert card["source"] == "npz"
        assert str(path) in card["origin"]

    def test_card_fingerprints_the_arrays(self, tmp_path):
        arrays = make_arrays()
        save(tmp_path, arrays)
        _, card = run(tmp_path, tmp_path)
        expected = hashlib.sha256(arrays["test_images"].tobytes()).hexdigest()
        assert card["sha256"]["test_images"] == expected
        arrays["test_images"][0, 0, 0, 0] ^= 1
        save(tmp_path, arrays)
        _, changed = run(tmp_path, tmp_path)
        assert changed["checksum"] != card["checksum"]
        assert changed["sha256"]["train_images"] == card["sha256"]["train_images"]

    def test_same_images_give_the_same_file_however_they_were_stored(self, tmp_path):
        """Compression, memory order and further arrays of the user's file leave no trace."""
        arrays = make_arrays()
        save(tmp_path, arrays)
        data, card = run(tmp_path, tmp_path)
        first = data.read_bytes()
        arrays["train_images"] = np.asfortranarray(arrays["train_images"])
        np.savez_compressed(tmp_path / "cifar10.npz", note=np.array("mine"), **arrays)
        data, again = run(tmp_path, tmp_path)
        assert data.read_bytes() == first
        assert again["checksum"] == card["checksum"]

    def test_all_problems_are_told_at_once(self, tmp_path):
        arrays = make_arrays()
        del arrays["test_labels"]
        arrays["train_images"] = arrays["train_images"][:-1].transpose(0, 3, 1, 2).astype("f4")
        arrays["train_labels"] = arrays["train_labels"].astype(np.int64) + 1
        arrays["test_images"] = arrays["test_images"][:0]
        arrays["classes"] = np.arange(9)
        path = save(tmp_path, arrays)
        told = message(tmp_path, tmp_path).splitlines()
        assert told[0] == f"{path} cannot be used:"
        assert [line.strip() for line in told[1:]] == [
            "test_labels: missing; the file holds classes, train_images, train_labels, test_images",
            "train_images: float32 values; must be uint8, from 0 to 255",
            "train_images: shape (39, 3, 32, 32); must be (images, 32, 32, 3);"
            " use images.transpose(0, 2, 3, 1)",
            "train_labels: int64 values; must be uint8, from 0 to 9",
            "train_labels: 4 labels out of range, such as 10; 10 classes have 0 to 9",
            "train_images, train_labels: 39 images but 40 labels",
            "test_images: no images",
            "classes: int64 values; must be text, numpy.array(['cat', ...])",
            "classes: shape (9,); must be (10,), a name for each",
        ]

    @pytest.mark.parametrize(
        ("key", "value", "part"),
        [
            ("test_images", np.zeros((20, 3072), np.uint8), "must be (images, 32, 32, 3)"),
            ("test_images", np.uint8(3), "must be (images, 32, 32, 3)"),
            ("test_labels", np.zeros((20, 10), np.uint8), "must be (images,)"),
            ("test_labels", np.uint8(3), "must be (images,)"),
            ("test_labels", np.full(20, -1), "out of range, such as -1"),
            ("test_labels", np.full(20, 0.5), "float64 values; must be uint8"),
            ("test_labels", np.sort(make_arrays()["test_labels"]), "sorted by class"),
            ("classes", np.array([b"cat"] * 10), "must be text"),
            ("classes", np.array(["cat"] * 10, dtype=object), "object values; must be text"),
        ],
    )
    def test_problem_names_what_would_be_right(self, tmp_path, key, value, part):
        save(tmp_path, {**make_arrays(), key: value})
        told = message(tmp_path, tmp_path)
        assert part in told
        assert len(told.splitlines()) <= 3

    def test_ten_classes_are_no_cifar100(self, tmp_path):
        path = save(tmp_path, make_arrays())
        assert "must be (100,)" in message(tmp_path, path, "cifar100")

    @pytest.mark.parametrize("length", [0, 100, 0.5, 0.999])
    def test_truncated_file(self, tmp_path, length):
        path = save(tmp_path, make_arrays())
        whole = path.read_bytes()
        path.write_bytes(whole[: int(length * len(whole)) if length < 1 else length])
        assert message(tmp_path, path).startswith(f"{path}: not an npz file, or a damaged one")

    def test_changed_bytes(self, tmp_path):
        path = save(tmp_path, make_arrays())
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 255
        path.write_bytes(content)
        assert "damaged" in message(tmp_path, path)

    def test_single_array_or_text_instead_of_an_archive(self, tmp_path):
        single = io.BytesIO()
        np.save(single, np.zeros(3))
        for content in (single.getvalue(), b"train_images,train_labels\n"):
            (tmp_path / "cifar10.npz").write_bytes(content)
            assert "not an npz file" in message(tmp_path, tmp_path)

    def test_folder_without_the_file(self, tmp_path):
        save(tmp_path, make_arrays(), "cifar-10.npz")
        told = message(tmp_path, tmp_path)
        assert told.endswith(
            f"no file {tmp_path / 'cifar10.npz'}; the folder {tmp_path} has cifar-10.npz"
        )

    def test_missing_folder(self, tmp_path):
        assert f"nor the folder {tmp_path / 'a'}" in message(tmp_path, tmp_path / "a" / "b")

    @pytest.mark.parametrize(
        ("source", "part"),
        [
            ("sinthetic", "did you mean 'synthetic'?"),
            ("Torchvision", "did you mean 'torchvision'?"),
            ("xyz", "It can be: synthetic, torchvision, a folder with cifar10.npz"),
        ],
    )
    def test_misspelt_source(self, tmp_path, monkeypatch, source, part):
        monkeypatch.chdir(tmp_path)
        assert part in message(tmp_path, source)


def add(archive: tarfile.TarFile, name: str, content: object) -> str:
    """Add a pickled object; give its MD5 sum, as torchvision lists it."""
    pickled = pickle.dumps(content)
    member = tarfile.TarInfo(name)
    member.size = len(pickled)
    archive.addfile(member, io.BytesIO(pickled))
    return hashlib.md5(pickled, usedforsecurity=False).hexdigest()


@pytest.fixture
def official(tmp_path, monkeypatch):
    """Let torchvision know a small archive that nobody serves; give its bytes and its place."""
    from regrade.data.torchvision_compat import torchvision

    kind = torchvision.datasets.CIFAR10
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
    monkeypatch.setattr(kind, "url", (tmp_path / "nowhere.tar.gz").as_uri())
    monkeypatch.setattr(kind, "tgz_md5", hashlib.md5(content, usedforsecurity=False).hexdigest())
    monkeypatch.setattr(kind, "meta", meta)
    for name, value in lists.items():
        monkeypatch.setattr(kind, name, value)
    place = tmp_path / "out" / "downloads" / kind.filename
    place.parent.mkdir(parents=True)
    return content, place


class TestTorchvision:
    def test_archive_is_converted(self, tmp_path, official):
        content, place = official
        place.write_bytes(content)
        data, card = run(tmp_path, "torchvision")
        expected = make_arrays()
        with np.load(data) as file:
            order = np.r_[0:40:2, 1:40:2]  # the two training files, one after the other
            assert np.array_equal(file["train_images"], expected["train_images"][order])
            assert np.array_equal(file["train_labels"], expected["train_labels"][order])
            assert np.array_equal(file["test_images"], expected["test_images"])
            assert file["classes"].tolist() == expected["classes"].tolist()
            assert npz.find_problems(dict(file), 10) == []
        assert card["source"] == "torchvision"
        assert "nowhere.tar.gz" in card["origin"]

    def test_without_a_network(self, tmp_path, official):
        told = message(tmp_path, "torchvision")
        assert told.startswith("cannot download file:")
        assert "data=<folder with cifar10.npz>" in told

    def test_truncated_archive_without_a_network(self, tmp_path, official):
        """A broken download is never taken for the data set."""
        content, place = official
        place.write_bytes(content[:500])
        assert message(tmp_path, "torchvision").startswith("cannot download")

    def test_damaged_download_is_removed(self, tmp_path, official):
        """The next run downloads it again instead of failing for ever."""
        content, place = official
        (tmp_path / "nowhere.tar.gz").write_bytes(content[:-1])
        told = message(tmp_path, "torchvision")
        assert told.startswith(f"{place}: damaged")
        assert not place.exists()

    def test_damaged_list_of_names_is_unpacked_anew(self, tmp_path, official):
        content, place = official
        place.write_bytes(content)
        run(tmp_path, "torchvision")
        (place.parent / "cifar-10-batches-py" / "batches.meta").write_bytes(b"")
        with pytest.raises(UserError, match="damaged"):
            run(tmp_path, "torchvision")
        place.write_bytes(content)
        run(tmp_path, "torchvision")


class TestFiles:
    def test_failure_leaves_the_old_file_and_nothing_else(self, tmp_path):
        path = tmp_path / "a.txt"
        write_atomically(path, "old")
        with pytest.raises(ZeroDivisionError), atomic_path(path) as temporary:
            temporary.write_text("half")
            raise ZeroDivisionError
        assert path.read_text() == "old"
        assert list(tmp_path.iterdir()) == [path]

    def test_new_file_can_be_read_by_others(self, tmp_path):
        """Temporary files are private; results follow the user's umask."""
        mask = os.umask(0o022)
        try:
            write_atomically(tmp_path / "deep" / "a", b"\x00")
        finally:
            os.umask(mask)
        assert (tmp_path / "deep" / "a").stat().st_mode & 0o777 == 0o644

    def test_failure_names_the_file_and_not_its_temporary(self, tmp_path):
        path = tmp_path / "a.txt"
        with pytest.raises(OSError) as caught, atomic_path(path):
            raise OSError(errno.ENOSPC, "No space left on device")
        assert caught.value.filename == str(path)


class TestExit:
    @pytest.mark.parametrize(
        ("error", "told"),
        [
            (UserError("a mistake"), "error: a mistake"),
            (OSError(errno.ENOSPC, "full", "/r/a"), "error: no space left on the file system of"),
            (OSError(errno.EROFS, "read-only", "/r/a"), "error: cannot write /r/a: read-only"),
        ],
    )
    def test_users_mistakes_end_in_one_message(self, error, told):
        with pytest.raises(SystemExit) as caught, exit_on_user_error():
            raise error
        assert str(caught.value.code).startswith(told)

    def test_our_own_mistakes_keep_their_traceback(self):
        with pytest.raises(KeyError), exit_on_user_error():
            raise KeyError("bug")
        with pytest.raises(FileNotFoundError), exit_on_user_error():
            raise FileNotFoundError(errno.ENOENT, "missing", "/r/a")
