"""Files of the user's are inputs of the jobs that read them: a change of theirs is seen."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from tests.support.replicates import FILES
from tests.support.small_workflow import Workspace

from regrade.training.attempts import note_attempt

NETWORK = """\
    kind: chain
    layers:
      - {kind: conv, channels: 4, kernel: 5, stride: 4}
      - {kind: relu}
      - {kind: flatten}
      - {kind: linear, features: classes}
"""
TARGET = "results/runs/small/A1/seed-0/history.csv"


@pytest.fixture
def space(tiny_data: Path, tmp_path: Path) -> Workspace:
    """Return a workspace with a source of data that a test may change."""
    source = tmp_path / "source"
    source.mkdir()
    shutil.copy(tiny_data, source)
    return Workspace.create(tmp_path / "copy", source)


def test_a_source_that_changed_is_read_again(space: Workspace) -> None:
    prepared = "results/data/cifar10.npz"
    space.snakemake(prepared).succeeded()
    assert space.plan(prepared).succeeded().jobs == []
    os.utime(space.data / "cifar10.npz")
    assert space.plan(prepared).succeeded().jobs == [f"Preparing cifar10 from {space.data}"]


def test_prepared_data_may_be_the_source_of_a_run_elsewhere_and_of_the_same(space) -> None:
    space.snakemake("results/data/cifar10.npz").succeeded()
    for results in ("results", "other"):
        outcome = space.plan(f"{results}/data/cifar10.npz", data="results/data", results=results)
        outcome.succeeded()


def test_the_weights_that_a_network_starts_from_are_an_input(space: Workspace, tmp_path) -> None:
    weights = tmp_path / "weights"
    weights.mkdir()
    for name in ("resnet18-f37072fd.pth", "resnet34-b627a593.pth"):
        (weights / name).touch()
    space.edit(space.study, NETWORK, "    {kind: torchvision, name: resnet18, pretrained: true}\n")
    made = [space.root / "results/data" / name for name in ("cifar10.npz", "cifar10.json")]
    for path in [*made, *(space.replicate("A1") / name for name in FILES)]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    space.snakemake("--touch", TARGET, weights=weights).succeeded()
    os.utime(weights / "resnet34-b627a593.pth")
    assert space.plan(TARGET, weights=weights).succeeded().jobs == []
    os.utime(weights / "resnet18-f37072fd.pth")
    assert space.plan(TARGET, weights=weights).succeeded().trainings == {"A1, seed 0"}


def test_a_run_whose_weights_were_missing_is_trained_once_they_are_there(
    space: Workspace, tmp_path: Path
) -> None:
    weights = tmp_path / "weights"
    weights.mkdir()
    space.edit(space.study, NETWORK, "    {kind: torchvision, name: resnet18, pretrained: true}\n")
    summary = space.replicate("A1") / "summary.json"
    space.snakemake(TARGET, weights=weights).succeeded()
    assert "cannot be read" in json.loads(summary.read_text())["not_measured"]
    assert space.plan(TARGET, weights=weights).succeeded().jobs == []
    (weights / "resnet18-f37072fd.pth").touch()
    assert space.plan(TARGET, weights=weights).succeeded().trainings == {"A1, seed 0"}
    assert space.plan(TARGET, weights=tmp_path).succeeded().trainings == {"A1, seed 0"}


def test_a_run_whose_weights_could_not_be_downloaded_is_tried_again_and_then_left(
    space: Workspace,
) -> None:
    space.edit(space.study, NETWORK, "    {kind: torchvision, name: resnet18, pretrained: true}\n")
    made = [space.root / "results/data" / name for name in ("cifar10.npz", "cifar10.json")]
    replicate = space.replicate("A1")
    for path in [*made, *(replicate / name for name in FILES)]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    provenance = {"scale": "full", "data": {"source": "npz"}}
    (replicate / "provenance.json").write_text(json.dumps(provenance))
    (replicate / "summary.json").write_text(json.dumps({"not_measured": "no network"}))
    space.snakemake("--touch", TARGET).succeeded()
    assert space.plan(TARGET).succeeded().jobs == []
    note_attempt(replicate)
    assert space.plan(TARGET).succeeded().trainings == {"A1, seed 0"}
    space.snakemake("--touch", TARGET).succeeded()
    assert space.plan(TARGET).succeeded().jobs == []
