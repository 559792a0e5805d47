"""Preparing data sets: what each source gives, and what a user is told when it cannot."""

import hashlib
import io
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.support.recipes import make_recipe
from tests.support.small_datasets import make_arrays, message, run, save

from regrade.data import load, npz, prepare, synthetic
from regrade.data.card import checksum_of, read_card
from regrade.errors import UserError
from regrade.studies.datasets import DATASETS
from regrade.studies.images import training_images

COUNTS = {"train": 600, "test": 200}


@pytest.fixture
def small(monkeypatch):
    """Make the synthetic source quick."""
    fewer = {"training_images": COUNTS["train"], "test_images": COUNTS["test"]}
    for name, dataset in DATASETS.items():
        monkeypatch.setitem(DATASETS, name, replace(dataset, **fewer))


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
        assert npz.find_problems(arrays, replace(DATASETS["cifar10"], classes=classes)) == []

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

    @pytest.mark.parametrize("dataset", DATASETS)
    def test_every_data_set_can_be_made_and_trained_on(self, tmp_path, small, dataset):
        """Previews work without a network, with the counts and classes that the table says."""
        data, _ = run(tmp_path, "synthetic", dataset)
        wanted = make_recipe(dataset=dataset)
        splits = load.load_splits(data, wanted, 10**6, 10**6)
        table = DATASETS[dataset]
        assert splits.classes == table.classes
        assert splits.training.images.shape[1:] == (table.side, table.side, table.channels)
        assert len(splits.training) == training_images(wanted)
        assert len(splits.test) == table.test_images
        assert set(splits.test.labels.tolist()) == set(range(table.classes))


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


def test_data_prepared_from_one_source_are_not_taken_for_another(tmp_path: Path) -> None:
    prepared, source = tmp_path / "results" / "cifar10.npz", tmp_path / "mine"
    source.mkdir()
    save(source, make_arrays())
    prepare.prepare(DATASETS["cifar10"], str(source), prepared, prepared.with_suffix(".json"))
    prepare.require_same_source(DATASETS["cifar10"], str(source), prepared)
    with pytest.raises(UserError, match="prepared from another source"):
        prepare.require_same_source(DATASETS["cifar10"], "synthetic", prepared)
    other = tmp_path / "other"
    other.mkdir()
    save(other, make_arrays())
    with pytest.raises(UserError, match="prepared from another source"):
        prepare.require_same_source(DATASETS["cifar10"], str(other), prepared)
    prepare.require_same_source(DATASETS["cifar10"], "synthetic", tmp_path / "nothing.npz")


def test_a_data_set_without_its_card_is_prepared_anew(tmp_path: Path) -> None:
    """Whoever prepares it may be killed between the two files."""
    data, card = tmp_path / "results" / "cifar10.npz", tmp_path / "results" / "cifar10.json"
    save(tmp_path, make_arrays())
    prepare.prepare_missing(DATASETS["cifar10"], str(tmp_path), data)
    card.unlink()
    assert not prepare.is_prepared(data)
    prepare.require_same_source(DATASETS["cifar10"], "synthetic", data)
    data.write_bytes(b"another")
    prepare.prepare_missing(DATASETS["cifar10"], str(tmp_path), data)
    assert prepare.is_prepared(data)
    assert checksum_of(data) == read_card(data)["checksum"]


def test_a_card_never_lies_beside_the_data_of_another_preparation(tmp_path, monkeypatch) -> None:
    data, card = tmp_path / "results" / "cifar10.npz", tmp_path / "results" / "cifar10.json"
    save(tmp_path, make_arrays())
    prepare.prepare(DATASETS["cifar10"], str(tmp_path), data, card)
    monkeypatch.setattr(prepare, "write_atomically", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        prepare.prepare(DATASETS["cifar10"], str(tmp_path), data, card)
    assert not card.exists()


def test_of_two_that_want_a_data_set_at_once_one_prepares_it(tmp_path, monkeypatch) -> None:
    data, made = tmp_path / "cifar10.npz", []

    def prepare_slowly(*arguments) -> None:
        made.append(arguments)
        time.sleep(0.2)
        for path in (data, data.with_suffix(".json")):
            path.write_text("made")

    monkeypatch.setattr(prepare, "prepare", prepare_slowly)
    wanted = (DATASETS["cifar10"], "synthetic", data)
    both = [threading.Thread(target=prepare.prepare_missing, args=wanted) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(made) == 1
