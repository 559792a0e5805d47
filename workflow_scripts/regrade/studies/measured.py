"""Which sets a recipe scores, of those that a run can be asked for."""

from __future__ import annotations

from regrade.studies.recipe import Recipe
from regrade.studies.vocabulary import ATTRIBUTES, Needs


def why_not_measured(recipe: Recipe, attribute: str) -> str | None:
    """Say why replicates of a recipe never have a value; None where they have."""
    needs = ATTRIBUTES[attribute].needs
    if needs in (Needs.VALIDATION, Needs.TEST) and recipe.evaluate != needs:
        return f"its recipe scores another set after every epoch (`evaluate: {recipe.evaluate}`)"
    if needs is Needs.SELECTED and not recipe.selection.test:
        return "its recipe does not test after training (`selection.test`)"
    return None
