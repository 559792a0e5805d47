"""Whatever a run can be asked for is measured: an attribute of the vocabulary alone fails here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.recipes import NORMALIZE, TO_TENSOR
from tests.support.tiny_study import study
from tests.support.words import SMALL_CHAIN, SMALL_STAGES

from regrade import layout
from regrade.grading.measurements import Measurements
from regrade.grading.sources import MeasuredSource
from regrade.grading.values import NotAvailable
from regrade.measuring.study import Network, Place, measure_study
from regrade.studies.expressions import Reference
from regrade.studies.resolve import resolve
from regrade.studies.study import Study
from regrade.studies.vocabulary import ATTRIBUTES
from regrade.training.replicate import train_replicate

ASKED = {
    "split": {"kind": "random", "validation": 100, "seed": 1},
    "batches": {"training": 50, "evaluation": 100},
    "stop": {"epochs": 1},
    "also_test": True,
    "selection": {"kind": "best_validation_accuracy", "test": True},
    "measures": ["top5_accuracy", "flip_accuracy", "macro_f1", "class_accuracy"],
}
"""Everything that a recipe may ask for."""
CROPS = {
    "measures": ["five_crop_accuracy", "ten_crop_accuracy"],
    "transforms": {
        part: [{"kind": "center_crop", "size": 24}, TO_TENSOR, NORMALIZE]
        for part in ("training", "evaluation")
    },
}
"""What it may ask for where test images are cropped."""


@pytest.fixture
def asking(make_job, tiny_data: Path, tmp_path: Path) -> tuple[Study, Path]:
    """Train and measure a network of blocks, and another that flattens."""
    found = study(
        {
            "Blocks": {"recipe": ASKED},
            "Chain": {"recipe": ASKED | {"model": "chain"}},
            "Cropped": {"recipe": ASKED | CROPS},
        },
        architectures={"linear": SMALL_STAGES, "chain": SMALL_CHAIN},
    )
    runs = resolve(found)
    for run in runs:
        output = layout.replicate_folder(tmp_path, "tiny", run.name, 0)
        train_replicate(replace(make_job(run.recipe), run=run.name, output=output))
    networks = {run.name: Network(run.recipe_json, "code", fed=True) for run in runs}
    place = Place(
        "tiny", tiny_data.parent, layout.model_folder(tmp_path, "tiny"), tmp_path / "kept"
    )
    measure_study(networks, place)
    return found, tmp_path


def test_a_run_that_asks_for_everything_has_every_attribute(asking) -> None:
    found, results = asking
    runs = list(found.runs)
    source = MeasuredSource(Measurements(found, results, {run: [0] for run in runs}), 0)

    def has(run: str, name: str) -> bool:
        try:
            value = source.value(Reference(run, None, name))
        except NotAvailable:
            return False
        return value is not None

    missing = [name for name in ATTRIBUTES if not any(has(run, name) for run in runs)]
    assert not missing, f"attributes that nothing measures: {', '.join(missing)}"
