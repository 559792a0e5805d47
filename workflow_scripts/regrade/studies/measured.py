"""Which sets a recipe scores, of those that a run can be asked for."""

from __future__ import annotations

from regrade.studies.recipe import Recipe
from regrade.studies.vocabulary import ATTRIBUTES, Needs


def why_not_measured(recipe: Recipe, attribute: str) -> str | None:
    """Say why replicates of a recipe never have a value; None where they have."""
    needs = ATTRIBUTES[attribute].needs
    scored = {recipe.evaluate, *(["test"] if recipe.also_test else [])}
    if needs in (Needs.VALIDATION, Needs.TEST) and needs.value not in scored:
        return f"its recipe scores another set after every epoch (`evaluate: {recipe.evaluate}`)"
    if needs is Needs.MEASURES and attribute not in recipe.measures:
        return f"its recipe does not ask for it (`measures: [{attribute}]`)"
    if needs is Needs.SELECTED and not recipe.selection.test:
        return "its recipe does not test after training (`selection.test`)"
    return None


def measured_quantities(recipe: Recipe) -> list[str]:
    """Return the losses and accuracies that are measured after every epoch."""
    sets = ["train", recipe.evaluate, *(["test"] if recipe.also_test else [])]
    return [f"{which}_{what}" for which in sets for what in ("loss", "accuracy")]
