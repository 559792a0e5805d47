"""What torch must be told before it trains, so that a recipe means the same bits every time."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch
from tests.support.recipes import make_recipe

from regrade.training.devices import prepare_device
from regrade.training.precision import allow_tf32
from regrade.training.replicate import train_replicate


def tf32() -> tuple[bool, bool]:
    return torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32


@pytest.fixture
def restored_tf32() -> Iterator[None]:
    before = tf32()
    yield
    torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32 = before


@pytest.mark.usefixtures("restored_tf32")
def test_a_gpu_multiplies_in_tf32_where_that_is_wanted_alone() -> None:
    for precision, allowed in (("tf32", True), ("float32", False), ("bf16", False)):
        allow_tf32(precision)
        assert tf32() == (allowed, allowed)


@pytest.mark.usefixtures("restored_tf32")
def test_a_recipe_in_float32_trains_without_tf32_whatever_was_set_before(
    make_job: Callable,
) -> None:
    allow_tf32("tf32")
    train_replicate(make_job(make_recipe(stop={"epochs": 1})))
    assert tf32() == (False, False)


@pytest.mark.usefixtures("repeatable")
def test_what_would_not_repeat_is_an_error() -> None:
    torch.set_deterministic_debug_mode("default")
    prepare_device("cpu", 1)
    assert torch.get_deterministic_debug_mode() == 2
