"""Confusion matrices as small heat maps, with what they show in words."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

SIDE = 240
"""Of a heat map, in pixels."""


def heat_map(table: Sequence[Sequence[int]]) -> Markup:
    """Draw a confusion matrix: a row a class, a column what it is taken for, dark where often."""
    cells = "".join(
        f'<rect x="{column}" y="{row}" width="1" height="1"'
        f' fill-opacity="{count / sum(counts):.2f}"/>'
        for row, counts in enumerate(table)
        for column, count in enumerate(counts)
        if count
    )
    size = len(table)
    return Markup(
        f'<svg viewBox="0 0 {size} {size}" width="{SIDE}" height="{SIDE}" role="img"'
        f' fill="currentColor" aria-label="{describe(table)}">'
        f'<rect width="{size}" height="{size}" fill="none" stroke="currentColor"'
        f' stroke-width="{size / SIDE:.2f}"/>{cells}</svg>'
    )


def describe(table: Sequence[Sequence[int]]) -> str:
    """Tell a confusion matrix in words: how many are right, and the most frequent mistakes."""
    right, images = sum(row[place] for place, row in enumerate(table)), sum(map(sum, table))
    mistakes = sorted(
        (
            (-count, row, column)
            for row, counts in enumerate(table)
            for column, count in enumerate(counts)
            if count and row != column
        ),
    )
    told = [f"class {row} taken for {column} ({-count})" for count, row, column in mistakes[:3]]
    text = f"Confusion matrix: {right} of {images} images right"
    return f"{text}; most often {', '.join(told)}" if told else text
