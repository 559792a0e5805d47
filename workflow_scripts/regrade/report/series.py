"""The numbers behind figures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

PUBLISHED = "published"


@dataclass(frozen=True)
class Series:
    """Some numbers behind a figure."""

    run: str
    variant: str | None
    source: str
    """`published`, `measured` (over all seeds), or one of them: `seed 0`."""
    quantity: str
    x: tuple[float, ...]
    y: tuple[float, ...]


def to_csv(series: Iterable[Series]) -> str:
    """Write series as one long table."""
    rows = [
        (one.run, one.variant, one.source, one.quantity, x, y)
        for one in series
        for x, y in zip(one.x, one.y, strict=True)
    ]
    columns = ["run", "variant", "source", "quantity", "x", "y"]
    return pd.DataFrame(rows, columns=columns).to_csv(index=False, lineterminator="\n")
