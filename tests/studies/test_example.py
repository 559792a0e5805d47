"""The example study: a report that the project knows from its YAML alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.support.small_workflow import PROJECT, Workspace, read_rows

from regrade.studies.load import load_study
from regrade.studies.resolve import resolve

EXAMPLE = Path("studies/examples/vgg16.yaml")


def test_its_network_is_the_published_one() -> None:
    (run,) = resolve(load_study(PROJECT / EXAMPLE))
    assert run.cost.parameters == 34_015_396


@pytest.fixture
def cifar100(tiny_data: Path, tmp_path: Path) -> Path:
    """Return a folder with images of 100 classes."""
    with np.load(tiny_data) as file:
        arrays = dict(file)
    for split in ("train", "test"):
        images = len(arrays[f"{split}_labels"])
        arrays[f"{split}_labels"] = (np.arange(images) % 100).astype(np.uint8)
    arrays["classes"] = np.array([f"class {number}" for number in range(100)])
    folder = tmp_path / "data"
    folder.mkdir()
    np.savez(folder / "cifar100.npz", **arrays)
    return folder


def test_it_runs_from_the_command_line_to_a_page_of_the_report(
    cifar100: Path, tmp_path: Path
) -> None:
    space = Workspace.create(tmp_path / "copy", cifar100)
    (space.root / EXAMPLE).parent.mkdir(parents=True)
    (space.root / EXAMPLE).write_text((PROJECT / EXAMPLE).read_text())
    space.snakemake(studies=str(EXAMPLE), scale="preview").succeeded()
    page = (space.root / "results/report/vgg16.html").read_text()
    assert "VGG-16 with batch norm" in page
    (size,) = read_rows(space.root / "results/tables/complexity.csv")
    assert (size["parameters"], size["verdict"]) == ("34015396", "reproduced")
    verdicts = {
        row["claim"]: row["on_measured"]
        for row in read_rows(space.root / "results/tables/claims.csv")
    }
    assert verdicts == {"size": "reproduced", "error": "not measured"}
