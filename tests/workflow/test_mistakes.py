"""What users do wrong, and full disks, are told in plain words."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from tests.support.small_disk import small_disk
from tests.support.small_workflow import (
    assert_told,
    written,
)


class TestMistakes:
    """A mistake ends the run with a message that says what is wrong."""

    @pytest.mark.parametrize(
        ("config", "pieces"),
        [
            ({"sclae": "full"}, ["sclae: unknown key", "did you mean 'scale'?"]),
            ({"studies": "smal"}, ["unknown study 'smal'", "did you mean 'small'?"]),
            ({"scale": "ful"}, ["scale: found 'ful'", "did you mean 'full'?"]),
        ],
    )
    def test_in_the_configuration(self, empty, config, pieces):
        assert_told(empty.snakemake(**config), *pieces)

    def test_a_key_of_the_configuration_that_stands_twice(self, empty):
        with (empty.root / "config.yaml").open("a") as config:
            config.write("scale: full\n")
        assert_told(empty.snakemake(), "config.yaml", "scale: this key stands twice")

    def test_in_a_study_are_told_all_at_once(self, empty):
        empty.edit(empty.study, "kind: relu", "kind: rellu")
        empty.edit(empty.study, "momentum: 0.9", "momentun: 0.9")
        empty.edit(empty.study, "source: text}\n  A2", "sauce: text}\n  A2")
        outcome = empty.snakemake()
        assert_told(outcome, "small.yaml: 3 mistakes", "'relu'", "'momentum'", "'source'")

    def test_a_run_that_no_study_has(self, empty):
        outcome = empty.plan("results/runs/small/A9/seed-0/history.csv")
        assert_told(outcome, "results/runs/small/A9/seed-0/history.csv")

    def test_data_that_lacks_arrays(self, empty, tmp_path):
        np.savez(tmp_path / "cifar10.npz", train_images=np.zeros((4, 32, 32, 3), np.uint8))
        outcome = empty.snakemake("results/data/cifar10.npz", data=tmp_path)
        assert_told(outcome, "train_labels: missing", "the file holds train_images")

    def test_a_folder_of_data_that_does_not_exist(self, empty, tmp_path):
        outcome = empty.snakemake("results/data/cifar10.npz", data=tmp_path / "nowhere")
        assert_told(outcome, f"there is no file {tmp_path / 'nowhere'}")

    def test_a_file_in_the_place_of_the_results(self, empty):
        (empty.root / "taken").touch()
        assert_told(empty.snakemake(results="taken"), "taken is a file")

    def test_a_recipe_that_holds_out_more_images_than_there_are(self, workspace):
        workspace.edit(workspace.study, "{training_images: 600, test_images: 200}", "null")
        workspace.edit(workspace.study, "validation: 100", "validation: 5000")
        outcome = workspace.snakemake("results/runs/small/A1/seed-0/history.csv")
        assert_told(outcome, "has 600 training images, but the recipe holds out 5000")

    @pytest.mark.parametrize("worse", [{"scale": "preview"}, {"data": "synthetic"}])
    def test_a_call_that_would_replace_better_results(self, workspace, worse):
        """A preview, or made-up images, into a folder with full recipes on given images."""
        before = written(workspace.replicate("A1"))
        outcome = workspace.snakemake("results/runs/small/A1/seed-0/history.csv", **worse)
        assert_told(outcome, "holds a better replicate")
        assert written(workspace.replicate("A1")) == before

    def test_a_full_disk(self, empty):
        with small_disk(empty.root / "results", "1m") as mounted:
            if not mounted:
                pytest.skip("mounting a small file system needs root")
            outcome = empty.snakemake("results/data/cifar10.npz")
        assert_told(outcome, "no space left on the file system of results/data/cifar10.npz")

    def test_a_disk_that_is_full_when_a_checkpoint_is_written(self, workspace):
        """torch tells of it in errors of its own."""
        shutil.rmtree(workspace.replicate("A1"))
        with small_disk(workspace.root / "results/state", "8k") as mounted:
            if not mounted:
                pytest.skip("mounting a small file system needs root")
            outcome = workspace.snakemake("results/runs/small/A1/seed-0/history.csv")
        assert_told(outcome, "no space left on the file system of results/state")
