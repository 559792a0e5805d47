"""The checks by arithmetic in words: what the page of methods says of each rule."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from regrade.grading.arithmetic import RULES
from regrade.grading.stated import KINDS


@dataclass(frozen=True)
class Description:
    """A rule, as the page of methods tells it."""

    name: str
    text: str
    source: str


def descriptions() -> list[Description]:
    """Describe every rule by its docstring, which ends in its source."""
    rules: dict[str, Callable[..., Any]] = {**RULES}
    rules |= {f"stated {kind}": rule for kind, rule in KINDS.items()}
    return [_describe(name, rule) for name, rule in rules.items()]


def _describe(name: str, rule: Callable[..., Any]) -> Description:
    text, _, source = (inspect.getdoc(rule) or "").partition("Source:")
    return Description(name, " ".join(text.split()), " ".join(source.split()))
