"""Recipes in words: one line a setting, for people who know the field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from regrade.report import formatting
from regrade.report.material import Material
from regrade.studies.grid import ResolvedRun, merge
from regrade.studies.recipe import Recipe

ARROW = " → "
_NAMES = {
    "dataset": "Data set",
    "split": "Split",
    "transforms": "Transforms",
    "batches": "Batches",
    "model": "Network",
    "penalty": "Penalty",
    "optimizer": "Optimizer",
    "schedule": "Learning-rate schedule",
    "warmup_epochs": "Warm-up",
    "stop": "Length",
    "evaluate": "Scored after every epoch",
    "selection": "Epoch that is reported",
    "metrics": "Averaging",
}


@dataclass(frozen=True)
class Setting:
    """A line of a recipe."""

    name: str
    text: str
    differs: bool
    """From what all runs of the study share."""
    other: str | None
    """What the other reading of the run has, where it differs."""


def settings(run: ResolvedRun, material: Material) -> list[Setting]:
    """Write out a recipe, and tell what is particular about it."""
    shared = merge(material.study)
    others = material.other_readings(run)
    found = []
    for key in Recipe.model_fields:
        value = getattr(run.recipe, key)
        text = _text(value)
        told = [_text(getattr(other.recipe, key)) for other in others]
        found.append(
            Setting(
                name=_NAMES[key],
                text=text,
                differs=key in shared and key != "model" and _text(shared[key]) != text,
                other=next((other for other in told if other != text), None),
            )
        )
    return found


def _text(value: Any) -> str:
    """Write any setting: `kind (key value, key value)`, sequences with arrows."""
    if hasattr(value, "model_dump"):
        value = value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return _word(value)
    if isinstance(value, list | tuple):
        joint = ARROW if any(isinstance(part, Mapping) for part in value) else ", "
        return joint.join(map(_text, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return formatting.plain(value, 6)
    if isinstance(value, int):
        return formatting.count(value)
    return "none" if value is None else str(value).replace("_", " ")


def _word(fields: Mapping[str, Any]) -> str:
    details = [
        _detail(name, value)
        for name, value in fields.items()
        if name != "kind" and value not in (None, False, [], {}) and (value != 0 or "kind" not in fields)
    ]
    if "kind" not in fields:
        return "; ".join(details)
    kind = fields["kind"].replace("_", " ")
    return f"{kind} ({', '.join(details)})" if details else kind


def _detail(name: str, value: Any) -> str:
    if name == "rates":
        return ", ".join(f"from epoch {first}: {_text(rate)}" for first, rate in value.items())
    if name == "layers":
        return _text(value)
    name = name.replace("_", " ")
    return name if value is True else f"{name} {_text(value)}"
