"""Learning curves that somebody's own code wrote, read as the history of a run."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regrade.errors import UserError
from regrade.files import read_json
from regrade.studies.budget import budget
from regrade.studies.curve_file import CurveFile, curve_mistakes, read_curve_file, value_mistake
from regrade.studies.measured import why_not_measured
from regrade.studies.spelling import suggest
from regrade.studies.vocabulary import ATTRIBUTES, FRACTION, HISTORY_COLUMNS
from regrade.training.history import SELECTIONS, Epoch, diverged_at
from regrade.training.stop_rules import READS, is_finished
from regrade.verify import differences

if TYPE_CHECKING:
    from regrade.studies.recipe import Recipe
    from regrade.studies.resolve import ResolvedRun

COLUMNS = tuple(HISTORY_COLUMNS.values())
TOLD = (
    "last_test_accuracy",
    "selected_test_loss",
    "selected_test_accuracy",
    "selected_test_image_accuracy",
    "top5_accuracy",
    "flip_accuracy",
    "five_crop_accuracy",
    "ten_crop_accuracy",
    "macro_f1",
    "largest_batch_norm_shift",
)
"""What a summary tells that no learning curve does."""
DERIVED = (
    "schema_version", "scale", "share", "epochs", "recipe_epochs", "train_images",
    "scored_images", "test_images", "diverged_at_epoch", "selected_epoch", "last", "best",
    "lowest", "weights", "seconds",
)  # fmt: skip
"""What curves and recipe give, and the weights, which are not taken."""


def read_curves_of(run: ResolvedRun, path: Path, first_epoch: int = 1) -> list[Epoch]:
    """Read a file of learning curves as the history of a run, its epochs counted from 1.

    A column is whole or left out, and no epoch is missing before the last.

    Raises
    ------
    UserError
        Listing what is wrong with the file, with a remedy.
    """
    _refuse(curve_mistakes(path, first_epoch, COLUMNS))
    curve = read_curve_file(path)
    names = [name for name in HISTORY_COLUMNS if _is_told(curve, HISTORY_COLUMNS[name])]
    _refuse(f"{path}: {text}" for text in _mistakes(curve, names, run.recipe, first_epoch))
    place = {name: curve.columns.index(HISTORY_COLUMNS.get(name, name)) for name in names}
    epoch = curve.columns.index("epoch")
    rows = sorted(curve.rows, key=lambda row: int(row[epoch]))
    return [
        {"epoch": number, **{name: float(row[column]) for name, column in place.items()}}
        for number, row in enumerate(rows, 1)
    ]


def is_whole(run: ResolvedRun, rows: list[Epoch], path: Path) -> bool:
    """Whether curves cover all epochs of a run's recipe, by its own rule for the end.

    Raises
    ------
    UserError
        When they go on after its end, or lack what that rule or the selection reads.
    """
    recipe, whole = run.recipe, budget(run, "full")
    _refuse(
        f"{path}: the column {column} is missing, which the recipe's {reader} reads"
        for column, reader in _read_by_rules(recipe)
        if column not in rows[0]
    )
    known = [{"train_loss": 0.0, **row} for row in rows]
    for end in range(1, min(len(rows), whole.epochs + 1)):
        if is_finished(recipe, whole, known[:end]) and not diverged_at(known[:end]):
            raise UserError(
                f"{path}: it has {len(rows)} epochs, but the recipe ends after {end}; the curves"
                " are of another recipe, or the study's `stop` is another than its author's"
            )
    return is_finished(recipe, whole, known)


def read_told(path: Path, derived: Mapping[str, Any]) -> dict[str, float | None]:
    """Read a summary: what no curve tells; what the curves tell must agree with them.

    Parameters
    ----------
    path
        A JSON file with keys as in our `summary.json`.
    derived
        What the curves give.

    Raises
    ------
    UserError
        For a file that cannot be read, an unknown key, a value that cannot be, or one that is
        not that of the curves.
    """
    found = read_json(path)
    _refuse(f"{path}: {text}" for text in _told_mistakes(found))
    _refuse(differences(str(path), found, _common(derived, found)))
    return {name: found[name] for name in TOLD if name in found}


def _common(derived: Any, found: Any) -> Any:
    """Return the part of what the curves give that a summary speaks of."""
    if not isinstance(derived, dict) or not isinstance(found, dict):
        return derived
    return {key: _common(derived[key], found[key]) for key in derived if key in found}


def _refuse(mistakes: Iterator[str]) -> None:
    found = list(mistakes)
    if found:
        raise UserError("\n".join(found))


def _is_told(curve: CurveFile, column: str) -> bool:
    """Whether a file has a column with anything in it."""
    if column not in curve.columns:
        return False
    place = curve.columns.index(column)
    return any(row[place] for row in curve.rows)


def _mistakes(
    curve: CurveFile, names: Sequence[str], recipe: Recipe, first_epoch: int
) -> Iterator[str]:
    """Yield what a published curve may have and a replicate may not."""
    place = curve.columns.index("epoch")
    epochs = sorted(int(row[place]) for row in curve.rows)
    there = set(epochs)
    missing = [epoch for epoch in range(first_epoch, epochs[-1]) if epoch not in there]
    if missing:
        yield f"epoch {missing[0]} is missing; every epoch up to the last belongs in it"
    if not any(name.endswith(("_loss", "_accuracy")) for name in names):
        yield "it has no loss and no accuracy"
    for name in names:
        column = HISTORY_COLUMNS[name]
        if reason := why_not_measured(recipe, name):
            yield f"the run has no {column}: {reason}"
        cells = [row[curve.columns.index(column)] for row in curve.rows]
        if "" in cells:
            epoch = curve.rows[cells.index("")][place]
            yield f"epoch {epoch}: {column} is empty; a column is whole, or left out"


def _read_by_rules(recipe: Recipe) -> Iterator[tuple[str, str]]:
    """Yield the columns that the end of training and the selected epoch depend on."""
    selection, stopping = recipe.selection, recipe.stop.early_stopping
    if compared := SELECTIONS[selection.kind](selection.model_dump()):
        yield compared[0], "selection"
    if stopping:
        yield stopping.monitor, "early stopping"
    for word in recipe.stop.then_while:
        yield from ((column, "stop rule") for column in READS[word.kind])


def _told_mistakes(found: Mapping[str, Any]) -> Iterator[str]:
    known = (*TOLD, *DERIVED)
    for key, value in found.items():
        if key not in known:
            yield f"unknown key {key[:40]!r}{suggest(key, known)}; allowed: {', '.join(TOLD)}"
        elif key in TOLD:
            yield from (f"{key}: {text}" for text in _number_mistakes(key, value))


def _number_mistakes(key: str, value: Any) -> Iterator[str]:
    if value is None:
        return
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    is_finite = is_number and math.isfinite(value)
    if not is_finite:
        yield f"found {value!r}; a finite number belongs here, or null"
    # Shares of any name lie between 0 and 1, as accuracies do.
    column = "test_accuracy" if ATTRIBUTES[key].unit is FRACTION else key
    if is_finite and (text := value_mistake(column, str(value))):
        yield text
