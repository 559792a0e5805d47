"""What a verdict may rest on: full recipes on all real images, in the recipe's precision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from regrade.evidence import IMPORTED, SYNTHETIC, is_imported, lacking_images

RECIPE_PRECISION = "float32"
"""What a recipe means where it says nothing of the precision of its arithmetic."""


def why_undecided(summary: Mapping[str, Any], provenance: Mapping[str, Any]) -> str:
    """Tell why a replicate decides nothing, whatever it scored; empty where it may decide.

    Parameters
    ----------
    summary, provenance
        The contents of the replicate's `summary.json` and `provenance.json`.
    """
    if summary["scale"] != "full":
        return f"only at preview scale ({summary['share']:.2%} of the recipe)"
    if provenance["data"]["source"] == SYNTHETIC:
        return "trained on synthetic images, not on the report's data set"
    if lacking := lacking_images(summary, provenance):
        return f"{lacking} of the recipe: the file of the data set holds no more"
    if provenance["precision"] != RECIPE_PRECISION and not is_imported(provenance):
        return f"trained in {provenance['precision']}, not in the recipe's {RECIPE_PRECISION}"
    return ""


def told_basis(basis: str | None, scale: str | None) -> str:
    """Tell of a verdict that rests on imported curves; empty where it rests on none."""
    if IMPORTED not in (basis or ""):
        return ""
    part = "the whole recipe" if scale == "full" else "a part of the recipe"
    return f"by imported learning curves of {part}, not trained here"
