"""The published curves of the shipped studies, as text."""

from __future__ import annotations

import csv

from regrade.layout import STUDIES

CURVES = STUDIES / "curves"


def read_curve(file: str) -> list[dict[str, str]]:
    """Read a file below the curves, such as `polito/P1.csv`, row by row."""
    with (CURVES / file).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
