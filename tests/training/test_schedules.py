"""Learning rates: the schedules are torch's, and the tables are what they say."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.support.learning_rates import (
    EPOCHS,
    RATE,
    make_optimizer,
    make_schedule,
    rates_of,
    rates_of_torch,
    step_rates_of,
    step_rates_of_torch,
)
from tests.support.recipes import as_trainer_sees, make_recipe
from torch.optim import lr_scheduler as lr

from regrade.training.learning_rates import Position
from regrade.training.optimizers import build_optimizer
from regrade.training.schedules import Schedule, scheduled_learning_rate

STEPS = 7
"""Of an epoch."""
COSINE = {"kind": "cosine", "epochs": 35}
LINEAR = {"kind": "linear", "start_factor": 0.1}
TORCHS = {
    "step": ({"kind": "step", "every": 7, "factor": 0.3}, lambda o: lr.StepLR(o, 7, 0.3)),
    "exponential": (
        {"kind": "exponential", "factor": 0.9},
        lambda o: lr.ExponentialLR(o, 0.9),
    ),
    "cosine": (
        {"kind": "cosine", "epochs": 40},
        lambda o: lr.CosineAnnealingLR(o, 40),
    ),
    "cosine that rises again": (
        {"kind": "cosine", "epochs": 9, "minimum": 0.001},
        lambda o: lr.CosineAnnealingLR(o, 9, 0.001),
    ),
    "warm restarts": (
        {"kind": "warm_restarts", "epochs": 10, "minimum": 0.001},
        lambda o: lr.CosineAnnealingWarmRestarts(o, 10, 1, 0.001),
    ),
    "longer restarts": (
        {"kind": "warm_restarts", "epochs": 3, "multiplier": 2},
        lambda o: lr.CosineAnnealingWarmRestarts(o, 3, 2),
    ),
    "linear": ({"kind": "linear", "epochs": 5}, lr.LinearLR),
    "falling line": (
        {"kind": "linear", "start_factor": 1.0, "end_factor": 0.01, "epochs": 30},
        lambda o: lr.LinearLR(o, 1.0, 0.01, 30),
    ),
    "polynomial": (
        {"kind": "polynomial", "epochs": 30, "power": 0.9},
        lambda o: lr.PolynomialLR(o, 30, 0.9),
    ),
    "sequence": (
        {"kind": "sequence", "parts": [LINEAR | {"epochs": 5}, COSINE], "after": [5]},
        lambda o: lr.SequentialLR(
            o, [lr.LinearLR(o, 0.1, total_iters=5), lr.CosineAnnealingLR(o, 35)], [5]
        ),
    ),
    "three parts": (
        {
            "kind": "sequence",
            "parts": [
                {"kind": "constant"},
                {"kind": "exponential", "factor": 0.8},
                {"kind": "multi_step", "after": [2, 5], "factor": 0.5},
            ],
            "after": [4, 20],
        },
        lambda o: lr.SequentialLR(
            o,
            [
                lr.ConstantLR(o, 1.0),
                lr.ExponentialLR(o, 0.8),
                lr.MultiStepLR(o, [2, 5], 0.5),
            ],
            [4, 20],
        ),
    ),
}


@pytest.mark.parametrize("name", TORCHS)
def test_a_schedule_is_torchs_epoch_for_epoch(name: str) -> None:
    word, theirs = TORCHS[name]
    found = rates_of(make_schedule(word), EPOCHS)
    assert found == pytest.approx(rates_of_torch(theirs), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("name", TORCHS)
def test_a_schedule_is_torchs_step_for_step(name: str) -> None:
    """`per: step` and lengths in steps are what torch has where every batch calls its scheduler."""
    word, theirs = TORCHS[name]
    found = step_rates_of(make_schedule(by_step(word)), 6, STEPS)
    expected = step_rates_of_torch(theirs, 6 * STEPS)
    assert [rate for rate, _ in found] == pytest.approx([r for r, _ in expected], abs=1e-15)


def by_step(word: dict) -> dict:
    """Let a schedule count steps."""
    word = {"steps" if key == "epochs" else key: value for key, value in word.items()}
    if "parts" in word:
        word["parts"] = [by_step(part) for part in word["parts"]]
    return word if word["kind"] in ("constant", "table") else word | {"per": "step"}


def test_a_length_in_epochs_counts_their_steps() -> None:
    in_epochs = make_schedule({"kind": "cosine", "epochs": 6, "per": "step"})
    in_steps = make_schedule({"kind": "cosine", "steps": 6 * STEPS})
    assert step_rates_of(in_epochs, 6, STEPS) == step_rates_of(in_steps, 6, STEPS)


def test_restarts_a_step_at_a_time_are_torchs_fractions_of_epochs() -> None:
    word = {"kind": "warm_restarts", "epochs": 1, "multiplier": 2, "per": "step"}
    optimizer = make_optimizer()
    scheduler = lr.CosineAnnealingWarmRestarts(optimizer, 1, 2)
    expected = []
    for step in range(6 * STEPS):
        scheduler.step(step / STEPS)
        expected.append(optimizer.param_groups[0]["lr"])
    found = [rate for rate, _ in step_rates_of(make_schedule(word), 6, STEPS)]
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-15)


TOP = {"kind": "one_cycle", "maximum": 0.4}
CYCLIC = {"kind": "cyclic", "minimum": 0.01, "maximum": 0.4}
CYCLES = {
    "one cycle": (TOP | {"epochs": 6}, lambda o: lr.OneCycleLR(o, 0.4, 6 * STEPS)),
    "of the optimizer's rate": (
        {"kind": "one_cycle", "steps": 50, "cycle_momentum": False},
        lambda o: lr.OneCycleLR(o, RATE, 50, cycle_momentum=False),
    ),
    "three phases": (
        TOP | {"epochs": 6, "three_phase": True, "shape": "linear", "rising": 0.4},
        lambda o: lr.OneCycleLR(
            o, 0.4, 6 * STEPS, three_phase=True, anneal_strategy="linear", pct_start=0.4
        ),
    ),
    "other ends": (
        TOP
        | {"epochs": 6, "start_divisor": 10, "end_divisor": 100}
        | {"base_momentum": 0.7, "max_momentum": 0.8},
        lambda o: lr.OneCycleLR(
            o, 0.4, 6 * STEPS, base_momentum=0.7, max_momentum=0.8, div_factor=10,
            final_div_factor=100,
        ),
    ),
    "cyclic": (CYCLIC | {"steps_up": 5}, lambda o: lr.CyclicLR(o, 0.01, 0.4, 5)),
    "cyclic with another way down": (
        CYCLIC | {"steps_up": 3, "steps_down": 8, "shrinking": "halved"},
        lambda o: lr.CyclicLR(o, 0.01, 0.4, 3, 8, "triangular2"),
    ),
    "cyclic that shrinks": (
        CYCLIC
        | {"steps_up": 4, "shrinking": "exponential", "factor": 0.97, "cycle_momentum": False},
        lambda o: lr.CyclicLR(o, 0.01, 0.4, 4, None, "exp_range", 0.97, cycle_momentum=False),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CYCLES)
def test_rate_and_momentum_of_a_cycle_are_torchs_step_for_step(name: str) -> None:
    word, theirs = CYCLES[name]
    found = step_rates_of(make_schedule(word), 6, STEPS)
    expected = step_rates_of_torch(theirs, 6 * STEPS)
    for ours, of_torch in zip(found, expected, strict=True):
        assert ours == pytest.approx(of_torch, rel=1e-9, abs=1e-15)


def test_a_cycle_moves_beta1_of_adam() -> None:
    recipe = as_trainer_sees(
        make_recipe(optimizer={"kind": "adam", "learning_rate": RATE}, schedule=CYCLES["cyclic"][0])
    )
    parameters = [torch.nn.Parameter(torch.zeros(1))]
    schedule = Schedule(recipe, build_optimizer(recipe, torch.nn.ParameterList(parameters)))
    theirs = torch.optim.Adam(parameters, RATE)
    scheduler = lr.CyclicLR(theirs, 0.01, 0.4, 5)
    for step in range(STEPS):
        schedule.start_step(1, step, STEPS)
        ours, expected = schedule.optimizer.param_groups[0], theirs.param_groups[0]
        assert ours["betas"] == pytest.approx(expected["betas"])
        theirs.step()
        scheduler.step()


def test_inverse_time_decay_is_keras() -> None:
    """Its optimizers had `lr * (1. / (1. + decay * iterations))`, iterations counted from 0.

    keras/optimizers.py of Keras 2.3, `get_updates` of SGD and its like.
    """
    schedule = make_schedule({"kind": "inverse_time", "decay": 1e-2})
    found = [rate for rate, _ in step_rates_of(schedule, 3, STEPS)]
    expected = [RATE * (1.0 / (1.0 + 1e-2 * iterations)) for iterations in range(3 * STEPS)]
    assert found == pytest.approx(expected, rel=1e-15)


def test_inverse_time_decay_takes_its_unit() -> None:
    """Keras' InverseTimeDecay: initial / (1 + decay_rate * step / decay_steps)."""
    schedule = make_schedule({"kind": "inverse_time", "decay": 0.5, "every": 10})
    found = [rate for rate, _ in step_rates_of(schedule, 3, STEPS)]
    assert found == pytest.approx([RATE / (1 + 0.5 * step / 10) for step in range(21)])
    by_epoch = make_schedule({"kind": "inverse_time", "decay": 0.5, "per": "epoch"})
    assert rates_of(by_epoch, 3) == pytest.approx([RATE, RATE / 1.5, RATE / 2])


def test_polynomial_decay_ends_at_its_minimum() -> None:
    """Keras' PolynomialDecay: (initial - end) * (1 - step / steps) ** power + end."""
    word = {"kind": "polynomial", "steps": 10, "power": 2.0, "minimum": 0.01}
    found = [rate for rate, _ in step_rates_of(make_schedule(word), 2, STEPS)]
    expected = [(RATE - 0.01) * (1 - min(step, 10) / 10) ** 2 + 0.01 for step in range(14)]
    assert found == pytest.approx(expected)


RAMP = {0: 0.0, 1.5: 0.4, 4: 0.02, 5.25: 0.0}


def test_lines_between_points_are_numpys_step_for_step() -> None:
    """The points are no whole epochs, and the run goes on after the last one."""
    schedule = make_schedule({"kind": "piecewise_linear", "epochs": RAMP})
    found = [rate for rate, _ in step_rates_of(schedule, 6, STEPS)]
    done = np.arange(6 * STEPS) / STEPS
    assert found == pytest.approx(np.interp(done, [*RAMP], [*RAMP.values()]), rel=1e-12)


def test_points_may_be_counted_in_steps_or_change_the_rate_by_epochs() -> None:
    word = {"kind": "piecewise_linear", "steps": {3: 0.1, 10: 0.4, 2: 0.3}}
    found = [rate for rate, _ in step_rates_of(make_schedule(word), 2, STEPS)]
    expected = np.interp(np.arange(2 * STEPS), [2, 3, 10], [0.3, 0.1, 0.4])
    assert found == pytest.approx(expected, rel=1e-12)
    by_epoch = make_schedule({"kind": "piecewise_linear", "epochs": RAMP, "per": "epoch"})
    assert rates_of(by_epoch, 6) == pytest.approx(np.interp(range(6), [*RAMP], [*RAMP.values()]))


def test_a_warm_up_by_steps_may_hand_over_to_epochs() -> None:
    parts = [LINEAR | {"epochs": 2, "per": "step"}, {"kind": "step", "every": 1, "factor": 0.5}]
    schedule = make_schedule({"kind": "sequence", "parts": parts, "after": [2]})
    found = [rate for rate, _ in step_rates_of(schedule, 4, 2)]
    climbing = [RATE * (0.1 + 0.9 * step / 4) for step in range(4)]
    assert found == pytest.approx([*climbing, RATE, RATE, RATE / 2, RATE / 2])


def test_a_constant_schedule_keeps_the_rate() -> None:
    assert rates_of(make_schedule({"kind": "constant"}), 3) == [RATE] * 3


def test_a_multi_step_schedule_is_torchs() -> None:
    word = {"kind": "multi_step", "after": [3, 10, 11], "factor": 0.1}
    expected = rates_of_torch(lambda o: lr.MultiStepLR(o, [3, 10, 11], gamma=0.1))
    assert rates_of(make_schedule(word), EPOCHS) == pytest.approx(expected, rel=1e-12)


def test_a_table_gives_each_block_its_rate() -> None:
    """Duke B1 as really applied: the first decay starts from a tenth of the rate."""
    word = {"kind": "table", "rates": {1: 0.1, 6: 0.009, 11: 0.0081, 16: 0.00729}}
    expected = [0.1] * 5 + [0.009] * 5 + [0.0081] * 5 + [0.00729] * 5
    assert rates_of(make_schedule(word), 20) == expected


def test_the_order_of_a_table_does_not_matter() -> None:
    """The keys of JSON are sorted as text: 11 stands before 6."""
    recipe = make_recipe(schedule={"kind": "table", "rates": {11: 0.3, 6: 0.2, 1: 0.1}})
    seen = as_trainer_sees(recipe)
    assert list(seen.schedule.rates) == [1, 11, 6]
    assert [scheduled_learning_rate(seen, Position(epoch - 1)) for epoch in (5, 6, 10, 11, 99)] == [
        0.1,
        0.2,
        0.2,
        0.3,
        0.3,
    ]


def test_warm_up_climbs_a_step_at_a_time_to_the_schedules_rate() -> None:
    schedule = make_schedule({"kind": "step", "every": 1, "factor": 0.5}, warmup_epochs=2)
    rates = []
    for epoch in (1, 2, 3):
        for step in range(4):
            schedule.start_step(epoch, step, 4)
            rates.append(schedule.learning_rate)
    first = [RATE * step / 8 for step in (1, 2, 3, 4)]
    second = [RATE * 0.5 * step / 8 for step in (5, 6, 7, 8)]
    assert rates == pytest.approx(first + second + [RATE * 0.25] * 4)
