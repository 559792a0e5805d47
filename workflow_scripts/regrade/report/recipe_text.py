"""Recipes in words: one line a setting, for people who know the field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from regrade.report import formatting
from regrade.report.origin_text import Told, told
from regrade.report.step_plot import step_plot
from regrade.report.study_results import StudyResults
from regrade.studies.datasets import DATASETS
from regrade.studies.origins import given_settings, origins_of, setting_of
from regrade.studies.resolve import ResolvedRun, merge

ARROW = " → "
JOINTS = {"random_choice": " or ", "random_order": " and "}
"""What stands between the transforms inside these; elsewhere they follow each other."""
READABLE_RATES = 8
"""Learning rates of a table that are written out; more are drawn."""
_WORDS = {
    **{name: dataset.title for name, dataset in DATASETS.items()}, "sgd": "SGD", "adam": "Adam",
    "adamw": "AdamW", "relu": "ReLU", "leaky_relu": "leaky ReLU", "rmsprop": "RMSprop",
    "adagrad": "Adagrad", "adadelta": "Adadelta", "adamax": "Adamax", "nadam": "NAdam",
    "radam": "RAdam", "asgd": "ASGD", "rprop": "Rprop", "ema": "EMA", "swa": "SWA",
}  # fmt: skip
_ALWAYS = {
    *("seed", "affine", "running_statistics", "count_include_pad", "min_val", "max_val", "alpha"),
    *("negative_slope", "init", "threshold", "value", "lambd"),
    *("shuffle", "cycle_momentum", "start_factor", "end_factor", "sharpness_factor"),
}
"""Keys whose 0 or false says something."""
_NAMES = {
    "dataset": "Data set",
    "subset": "Part that is used",
    "split": "Split",
    "transforms": "Transforms",
    "batches": "Batches",
    "model": "Network",
    "loss": "Loss",
    "mix": "Mixing",
    "penalty": "Penalty",
    "optimizer": "Optimizer",
    "clip": "Gradient clipping",
    "average_weights": "Averaged weights",
    "schedule": "Learning-rate schedule",
    "warmup_epochs": "Warm-up",
    "stop": "Length",
    "evaluate": "Scored after every epoch",
    "also_test": "Test set scored as well",
    "selection": "Epoch that is reported",
    "metrics": "Averaging",
    "measures": "Measured after training",
}


@dataclass(frozen=True)
class Setting:
    """A line of a recipe."""

    name: str
    text: str
    differs: bool
    """From what all runs of the study share."""
    plot: Markup | None
    """A plot of it, where it is a table too long to read."""
    other: str | None
    """What the other variant of the run has, where it differs."""
    origins: list[Told]
    """Where it comes from."""


def settings(run: ResolvedRun, results: StudyResults) -> list[Setting]:
    """Write out a recipe, and tell what is particular about it."""
    study, recipe = results.study, dict(run.recipe)
    shared = _parts(merge(study))
    others = [_parts(dict(other.recipe)) for other in results.other_variants(run)]
    origins, given = origins_of(study, run), given_settings(study, run)
    return [
        Setting(
            name=name,
            text=text,
            differs=name in shared and name != "Network" and shared[name] != text,
            plot=_plot(run) if name == _NAMES["schedule"] else None,
            other=next((other[name] for other in others if other[name] != text), None),
            origins=told(origins, path, value, is_given=setting_of(path) in given),
        )
        for path, name, value in _places(recipe)
        for text in [setting_text(value)]
    ]


def _plot(run: ResolvedRun) -> Markup | None:
    """Draw a table of learning rates that is longer than a reader wants to read."""
    rates = getattr(run.recipe.schedule, "rates", {})
    if len(rates) <= READABLE_RATES:
        return None
    return step_plot(rates, run.recipe.stop.epochs, "learning rate")


def _parts(recipe: Mapping[str, Any]) -> dict[str, str]:
    """Write each setting under its name."""
    return {name: setting_text(value) for _, name, value in _places(recipe)}


def _places(recipe: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield path, name and value of each setting; each list of transforms is one of its own."""
    for key, name in _NAMES.items():
        if key == "transforms" and key in recipe:
            for which, transforms in recipe[key].model_dump().items():
                yield f"{key}.{which}", f"{which.title()} {name.lower()}", transforms
        elif key in recipe:
            yield key, name, recipe[key]


def setting_text(value: Any) -> str:
    """Write any setting: `kind (key value, key value)`, sequences with arrows."""
    if hasattr(value, "model_dump"):
        value = value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return _word(value)
    if isinstance(value, list | tuple):
        joint = ARROW if any(isinstance(part, Mapping) for part in value) else " / "
        return joint.join(map(setting_text, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return formatting.plain(value, 6)
    if isinstance(value, int):
        return str(value) if value else "none"
    return "none" if value is None else _WORDS.get(value, str(value).replace("_", " "))


def _says(name: str, value: Any) -> bool:
    """Whether a key says something by being 0, false or null."""
    if name == "seed":
        return value is not None
    return name in _ALWAYS or (name == "momentum" and value is None)


def _word(fields: Mapping[str, Any]) -> str:
    if fields.get("kind") in JOINTS:
        # Read as text from here on: what stands between the parts depends on the word.
        inside = JOINTS[fields["kind"]].join(map(setting_text, fields["transforms"]))
        fields = {**fields, "transforms": inside}
    details = [
        _detail(name, value)
        for name, value in fields.items()
        if name != "kind" and (_says(name, value) or value not in (None, False, [], {}, 0))
    ]
    if fields.get("kind") == "chain":
        begins = fields.get("initialization")
        after = f"; initialisation: {setting_text(begins)}" if begins else ""
        return setting_text(fields["layers"]) + after
    if "kind" not in fields:
        return "; ".join(details)
    kind = setting_text(fields["kind"])
    return f"{kind} ({', '.join(details)})" if details else kind


def _points(rates: Mapping[str, float]) -> str:
    """Write learning rates at points of the training, whose order JSON does not keep."""
    ordered = sorted((float(point), rate) for point, rate in rates.items())
    return ", ".join(
        f"{setting_text(rate)} after {formatting.plain(point, 6)}" for point, rate in ordered
    )


def _detail(name: str, value: Any) -> str:
    if name == "rates" and len(value) > READABLE_RATES:
        first, last = min(value, key=int), max(value, key=int)
        return (
            f"{len(value)} learning rates, {setting_text(value[first])} in epoch {first} to"
            f" {setting_text(value[last])} from epoch {last}"
        )
    if name == "rates":
        return ", ".join(
            f"from epoch {first}: {setting_text(rate)}" for first, rate in value.items()
        )
    if name == "layers":
        return setting_text(value)
    if name == "numbers":
        return f"{len(value):,} images"
    if name == "classes":
        return f"classes {', '.join(map(str, value))}"
    if name in ("epochs", "steps"):
        return f"{_points(value) if isinstance(value, Mapping) else value} {name}"
    if name == "seed":
        return f"seed {value}"
    name = name.replace("_", " ")
    if value is False:
        return f"no {name}"
    return name if value is True else f"{name} {setting_text(value)}"
