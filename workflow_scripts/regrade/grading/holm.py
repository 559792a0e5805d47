"""Many claims: how sure a verdict is among all that were judged by chance in its study."""

from __future__ import annotations

from collections.abc import Sequence


def holm(values: Sequence[float | None]) -> list[float | None]:
    """Adjust p-values for their number; None where chance has no part.

    Holm (1979), Scandinavian Journal of Statistics 6, 65-70: the k-th smallest of m p-values
    counts m - k + 1 times, and none less than the one before it.
    """
    order = sorted((p, place) for place, p in enumerate(values) if p is not None)
    adjusted: list[float | None] = [None] * len(values)
    largest = 0.0
    for rank, (p, place) in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * p))
        adjusted[place] = largest
    return adjusted
