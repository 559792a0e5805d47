"""Which sets a recipe scores, of those that a run can be asked for."""

from __future__ import annotations

from regrade.studies.recipe import Recipe

_OF_THE_SELECTED = {
    "selected_test_loss",
    "selected_test_accuracy",
    "selected_test_image_accuracy",
    "last_test_accuracy",
}


def why_not_measured(recipe: Recipe, attribute: str) -> str | None:
    """Say why replicates of a recipe never have a value; None where they have."""
    scored = attribute.partition("_")[0]
    if scored in ("validation", "test") and recipe.evaluate != scored:
        return f"its recipe scores another set after every epoch (`evaluate: {recipe.evaluate}`)"
    if attribute in _OF_THE_SELECTED and not recipe.selection.test:
        return "its recipe does not test after training (`selection.test`)"
    return None
