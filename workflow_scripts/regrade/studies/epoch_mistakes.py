"""Epochs that a recipe never reaches: in expressions, and in published curves."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

from regrade.studies.curve_file import read_curve_file
from regrade.studies.expressions import Reference, references
from regrade.studies.functions import FUNCTIONS
from regrade.studies.published import PublishedCurve
from regrade.studies.vocabulary import Kind

_EPOCHS = {("at", 2): 1} | {
    (name, len(form)): len(form) - 2
    for name, function in FUNCTIONS.items()
    for form in function.takes
    if form[0] is Kind.SERIES and form[-2:] == (Kind.NUMBER, Kind.NUMBER) and name != "rises"
}
"""Where the epochs begin among the arguments, by the function and the number of arguments."""


def epoch_mistakes(node: ast.expr, longest: Callable[[Reference], int]) -> Iterator[str]:
    """Yield what is asked of epochs that never come; an expression counts them from 1.

    Parameters
    ----------
    node
        An expression without mistakes.
    longest
        Gives the most epochs of what is asked.
    """
    for part in ast.walk(node):
        match part:
            case ast.Call(func=ast.Name(id=name), args=arguments) if (
                name,
                len(arguments),
            ) in _EPOCHS:
                epochs = arguments[_EPOCHS[name, len(arguments)] :]
                last = min((longest(asked) for asked in references(arguments[0])), default=None)
                values = [one.value for one in epochs if isinstance(one, ast.Constant)]
                numbers = [value for value in values if isinstance(value, int | float)]
                if last is None or not numbers:
                    continue
                if max(numbers) > last or (name == "at" and numbers[0] < 1):
                    yield f"{ast.unparse(part)!r}: the recipe has epochs 1 to {last}"


def curve_beyond(path: Path, curve: PublishedCurve, longest: int) -> str:
    """Say that a curve, a file without mistakes, is longer than its recipe; or nothing."""
    found = read_curve_file(path)
    epochs = [int(row[found.columns.index("epoch")]) for row in found.rows]
    last = max(epochs) - curve.first_epoch + 1
    if last <= longest:
        return ""
    return f"{path}: it has {last} epochs, but the recipe ends after {longest}"
