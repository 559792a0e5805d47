"""A small plot of values that change in steps, such as a long table of learning rates."""

from __future__ import annotations

import math
from collections.abc import Mapping

from markupsafe import Markup

from regrade.report import formatting

WIDTH, HEIGHT, MARGIN = 320, 56, 3
"""In pixels."""
WIDE = 20.0
"""A range of so many times its least value is drawn on a logarithmic axis."""


def step_plot(values: Mapping[int, float], last: int, name: str) -> Markup:
    """Draw values that hold from an epoch on, as an SVG for a page.

    Parameters
    ----------
    values
        By the first epoch (from 1) of each.
    last
        The last epoch of the axis.
    name
        What the values are, read aloud with their range.
    """
    epochs = sorted(values)
    low, high = min(values.values()), max(values.values())
    scale = math.log if low > 0 and high / low > WIDE else float
    bottom, top = scale(low), scale(high)
    span = (top - bottom) or 1.0

    def x(epoch: float) -> float:
        return MARGIN + (WIDTH - 2 * MARGIN) * (epoch - 1) / max(last - 1, 1)

    def y(value: float) -> float:
        return HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * (scale(value) - bottom) / span

    path = f"M{x(epochs[0]):.1f} {y(values[epochs[0]]):.1f}"
    for epoch in epochs[1:]:
        path += f"H{x(epoch):.1f}V{y(values[epoch]):.1f}"
    path += f"H{x(last):.1f}"
    ends = f"{formatting.plain(values[epochs[0]])} to {formatting.plain(values[epochs[-1]])}"
    kind = ", logarithmic axis" if scale is math.log else ""
    label = f"{name}: {len(epochs)} values over {last} epochs, from {ends}{kind}"
    return Markup(
        '<svg class="steps" role="img" aria-label="{}" width="{}" height="{}"'
        ' viewBox="0 0 {} {}"><path d="{}" fill="none" stroke="currentColor"/></svg>'
    ).format(label, WIDTH, HEIGHT, WIDTH, HEIGHT, path)
