"""What is said about expressions that people write otherwise: how they are written here."""

from __future__ import annotations

import ast
import re

from regrade.studies.functions import FUNCTIONS
from regrade.studies.vocabulary import ATTRIBUTES, Kind

_PERCENTAGE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*%")


_OTHERWISE = {
    r"\.as-(told|run)\b": "a variant is written with an underscore: RUN.as_told.train_loss",
    r"&&|\|\|": "truths are joined by `and` and `or`",
    r"(?<![<>=!])=(?!=)": "two sides are equal by `==`",
    "≥": "it is written >=",
    "≤": "it is written <=",
    "≠": "it is written !=",
    "[−–]": "a minus is written -",
    "×": "times is written *",
}
"""Forms of other languages, and what stands for them here."""


def of_text(text: str) -> str:
    """Return a hint for a text that cannot be read at all, or nothing."""
    if found := _PERCENTAGE.search(text):
        return f"; a percentage is a fraction here: {found[1]}% is {float(found[1]) / 100:g}"
    return next((f"; {hint}" for form, hint in _OTHERWISE.items() if re.search(form, text)), "")


def of_name(name: str) -> str:
    """Return a hint for a name that is no run, or nothing."""
    return f"; it is asked of a run: RUN.{name}" if name in ATTRIBUTES else ""


def of_form(node: ast.expr) -> str:
    """Return a hint for what the language lacks, or nothing."""
    match node:
        case ast.Call(func=ast.Attribute(value=run, attr=name), args=[ast.Name(id=asked), *_]):
            if name in FUNCTIONS and asked in ATTRIBUTES:
                return f"; it is written {name}({ast.unparse(run)}.{asked})"
    return ""


def of_kind(shown: str, kind: Kind) -> str:
    """Return a hint for something that stands where a number belongs, or nothing."""
    if kind is Kind.SERIES:
        return f", such as last({shown}) or max({shown})"
    return ""
