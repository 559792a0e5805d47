"""The path of a GPU, on a strict device without hardware: nothing fails, and no step waits.

Import `fake_device` in conftest.py, before any backward pass of the process.
"""

from __future__ import annotations

import pytest
import torch
from tests.support.device_training import run
from tests.support.fake_device import DEVICE
from tests.support.recipes import CROP, FLIP, NORMALIZE, TO_TENSOR, make_recipe
from tests.support.replicates import ADAM, DROPOUT_NET

pytestmark = pytest.mark.usefixtures("repeatable")

FIXED = [TO_TENSOR, NORMALIZE]
NESTED = {
    "kind": "random_choice",
    "transforms": [{"kind": "random_apply", "transforms": [CROP]}, {"kind": "random_invert"}],
}
RESIZE = {"kind": "resize", "size": 32}
ERASING = {"kind": "random_erasing"}
TRANSFORMS = {
    "fixed": (FIXED, FIXED),
    "on_device": ([CROP, FLIP, *FIXED], FIXED),
    "after_normalize": ([*FIXED, CROP, FLIP], FIXED),
    "cpu_then_device": ([{"kind": "trivial_augment_wide"}, FLIP, *FIXED], FIXED),
    "nested_then_device": ([NESTED, FLIP, *FIXED], FIXED),
    "by_the_library": ([{"kind": "gaussian_blur", "kernel": 3}, FLIP, *FIXED], FIXED),
    "cpu_to_the_end": ([TO_TENSOR, RESIZE],) * 2,
    "nested_to_the_end": ([TO_TENSOR, {"kind": "random_apply", "transforms": [ERASING]}], FIXED),
    "both_on_cpu": ([{"kind": "trivial_augment_wide"}, *FIXED],) * 2,
}


@pytest.mark.parametrize("precision", ["float32", "bf16"])
@pytest.mark.parametrize("word", [None, ADAM], ids=["sgd", "adam"])
@pytest.mark.parametrize("name", TRANSFORMS)
def test_no_step_waits_for_the_device(name: str, word: dict | None, precision: str) -> None:
    training, evaluation = TRANSFORMS[name]
    changes = {"optimizer": word} if word else {}
    recipe = make_recipe(
        model=DROPOUT_NET,
        transforms={"training": training, "evaluation": evaluation},
        batches={"training": 8, "evaluation": 10},
        **changes,
    )
    scores, crossed = run(recipe, DEVICE, precision)
    assert crossed == []
    if precision == "float32":
        assert scores == run(recipe, torch.device("cpu"))[0]
