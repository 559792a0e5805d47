"""Settings in words, as the page of a run shows them."""

from __future__ import annotations

import pytest
from tests.support.recipes import as_trainer_sees, make_recipe

from regrade.report.recipe_text import setting_text


@pytest.mark.parametrize(
    ("schedule", "told"),
    [
        (
            {"piecewise_linear": {"epochs": {24: 0, 0: 0, 4.5: 0.4}}},
            "piecewise linear (0 after 0, 0.4 after 4.5, 0 after 24 epochs, per step)",
        ),
        (
            {"piecewise_linear": {"steps": {0: 0.1, 90: 0}}},
            "piecewise linear (0.1 after 0, 0 after 90 steps, per step)",
        ),
        ({"cosine": {"steps": 90}}, "cosine (90 steps, per step)"),
    ],
)
def test_rates_at_points_are_told_in_their_order(schedule: dict, told: str) -> None:
    assert setting_text(as_trainer_sees(make_recipe(schedule=schedule)).schedule) == told


def test_a_training_that_ends_with_a_step_says_so() -> None:
    recipe = make_recipe(stop={"epochs": 3, "steps": 4000})
    assert setting_text(recipe.stop) == "3 epochs; 4000 steps"
