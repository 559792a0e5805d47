"""What the page of comparisons loads: learning curves and sizes of all runs, as JavaScript."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

from regrade.grading.values import all_series
from regrade.report.study_view import View
from regrade.studies.images import training_images
from regrade.studies.resolve import ResolvedRun
from regrade.studies.vocabulary import ATTRIBUTES, CURVES, Unit

UNITS = (Unit.FRACTION, Unit.NATS)
"""Curves with these units are offered before others."""
DIGITS = 4
"""Significant digits of a point: finer than a plot shows."""


def offered() -> dict[str, str]:
    """Return the curves to choose from and what their axes say; the first that runs have is shown.

    Accuracies come first, then losses, and of each those of the training set last.
    """

    def place(name: str) -> tuple[bool, ...]:
        unit = ATTRIBUTES[name].unit
        return *(unit is not other for other in UNITS), name.startswith("train")

    return {name: ATTRIBUTES[name].label for name in sorted(CURVES, key=place)}


def script(views: Iterable[View]) -> str:
    """Write the data as a script, which pages opened from a file may load where data may not."""
    runs = [_run(view, run) for view in views for run in view.results.runs if not run.measure_only]
    text = json.dumps(runs, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return "window.regradeRuns=" + text.replace("</", "<\\/") + ";\n"


def _run(view: View, run: ResolvedRun) -> dict[str, Any]:
    measured, study = view.results.measurements, view.study.study
    headline = view.comparison(run, view.results.headline(run))
    pair = view.results.pair(run, view.results.headline(run))
    sizes = measured.model(run)
    return {
        "id": f"{study}/{run.name}",
        "study": study,
        "by": view.name,
        "run": run.name,
        "title": view.study.runs[run.run].title,
        "page": view.run_page(run),
        "parameters": sizes["parameters"],
        "macs": sizes["macs"],
        "images": min(
            sizes["steps_per_epoch"] * run.recipe.batches.training, training_images(run.recipe)
        ),
        "headline": headline.name,
        "accuracy": _number(pair.measured),
        "published_accuracy": _number(pair.published),
        "scale": pair.scale,
        "published": _published(view, run),
        "seeds": [_seed(view, run, seed) for seed in measured.seeds(run)],
    }


def _seed(view: View, run: ResolvedRun, seed: int) -> dict[str, Any]:
    measured = view.results.measurements
    history, summary = measured.history(run, seed), measured.summary(run, seed)
    found: dict[str, Any] = {
        "seed": seed,
        "scale": summary["scale"],
        "images": summary["train_images"],
        "epoch": _epochs(history.index.to_numpy(int).tolist()),
    }
    for name, curve in all_series(history).items():
        found[name] = [_number(value) for value in curve]
    return found


def _published(view: View, run: ResolvedRun) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, curve in view.results.published.curves(run.run).items():
        points = curve.dropna()
        epochs = points.index.to_numpy(int).tolist()
        found[name] = {"x": _epochs(epochs), "y": [_number(y) for y in points]}
    return found


def _epochs(epochs: list[int]) -> list[int] | int:
    """Write epochs that follow one another as the first of them."""
    first, *_ = epochs
    return first if epochs == list(range(first, first + len(epochs))) else epochs


def _number(value: Any) -> float | None:
    """Shorten a number; what is not finite is a gap."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.{DIGITS}g}")
