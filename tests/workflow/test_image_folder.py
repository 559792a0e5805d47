"""A study with a folder of images beside it, through the real Snakemake to a page."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.support.small_workflow import Workspace, read_rows

STUDY = """\
study: leaves
report: {title: Leaves, author: A, course: C, summary: S, sources: [s]}
tolerances: {accuracy: 0.02, loss: 0.1, time: null, reason: one run}
datasets:
  leaves: {classes: [oak, ash], side: 12, channels: 1, training_images: 40, test_images: 20, path: pictures}
protocol:
  dataset: leaves
  split: {kind: indices, file: held_out.txt}
  transforms: {training: &fixed [{kind: to_tensor}], evaluation: *fixed}
  batches: {training: 10, evaluation: 10}
  model: net
  optimizer: {kind: sgd, learning_rate: 0.1}
  schedule: {kind: constant}
  stop: {epochs: 2}
  evaluate: validation
  selection: {kind: last_epoch}
  metrics: {train_loss: image_mean, train_accuracy: image_mean, evaluation_loss: image_mean, evaluation_accuracy: image_mean}
architectures:
  net: {kind: chain, layers: [flatten, {kind: linear, features: classes}]}
runs:
  A: {title: The network of leaves, recipe: {}}
"""  # noqa: E501


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    space = Workspace.create(tmp_path / "copy", tmp_path)
    folder = space.root / "studies"
    (folder / "leaves.yaml").write_text(STUDY)
    (folder / "held_out.txt").write_text("1\n5\n8\n13\n")
    rng = np.random.default_rng(1)
    for part, count in (("train", 40), ("test", 20)):
        for number in range(count):
            place = folder / "pictures" / part / ("oak", "ash")[number % 2] / f"{number}.png"
            place.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(rng.integers(0, 256, (12, 12), np.uint8)).save(place)
    return space


@pytest.mark.slow
def test_images_beside_a_study_are_trained_on_and_watched(space: Workspace) -> None:
    own = {"studies": "leaves", "data": "torchvision"}
    space.snakemake(**own, scale="full").succeeded()
    card = json.loads((space.root / "results/data/leaves.json").read_text())
    assert (card["source"], card["counts"]) == ("npz", {"train": 40, "test": 20})
    (row,) = read_rows(space.root / "results/tables/leaves.csv")
    assert (row["train_images"], row["scored_images"]) == ("36", "4")
    assert "The network of leaves" in (space.root / "results/report/leaves.html").read_text()
    assert space.plan(**own, scale="full").jobs == []
    Image.new("L", (12, 12)).save(space.root / "studies/pictures/train/oak/0.png")
    assert any("leaves" in job for job in space.plan(**own, scale="full").jobs), "overwritten"
    new = space.root / "studies/pictures/train/oak/new.png"
    Image.new("L", (12, 12)).save(new)
    refused = space.snakemake(**own, scale="full")
    assert "train_images: 41 images; the study declares training_images: 40" in refused.text
    assert refused.code and not refused.traceback
