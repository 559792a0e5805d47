"""Margins that are no sums of means: the means are drawn, and the margin is evaluated at each draw.

Generalized confidence intervals: Weerahandi (1993), JASA 88, 899-905; Hannig, Iyer and Patterson
(2006), JASA 101, 254-269. The generator's seed is fixed.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

import numpy as np

from regrade.grading.estimates import Estimate
from regrade.grading.evaluate import evaluate, evaluate_number
from regrade.grading.intervals import Interval
from regrade.grading.sources import MeasuredSource
from regrade.grading.values import NotAvailable, Value
from regrade.studies.expressions import Reference

DRAWS = 4000
SEED = 20160701


class TermsSource:
    """Knows terms by the dump of their expression, and whatever depends on no seed.

    The value of a term may be an array of draws.
    """

    def __init__(self, values: Mapping[str, Any], untrained: MeasuredSource) -> None:
        self._values = values
        self._untrained = untrained

    def known(self, node: ast.expr) -> Value | None:
        """Return the value of a term."""
        return self._values.get(ast.dump(node))

    def value(self, wanted: Reference) -> Value:
        """Return what a run is asked for."""
        return self._untrained.value(wanted)


def monte_carlo(
    node: ast.expr,
    used: Mapping[str, Estimate],
    untrained: MeasuredSource,
    confidence: float,
) -> tuple[Interval, float, float]:
    """Draw the means from their t distributions and evaluate the margin at each draw.

    Returns
    -------
    The interval, and the one-sided p-values of the margin being above 0 and below 0.
    """
    generator = np.random.default_rng(SEED)
    scales: dict[str, np.ndarray] = {}
    drawn = {}
    for key, one in used.items():
        freedom = one.known.freedom
        if one.known.source not in scales:
            scales[one.known.source] = np.sqrt(freedom / generator.chisquare(freedom, DRAWS))
        normal = generator.standard_normal(DRAWS)
        drawn[key] = one.mean - normal * one.standard_error * scales[one.known.source]
    margins = _evaluate_drawn(node, drawn, untrained)
    tail = (1 - confidence) / 2
    low, high = np.quantile(margins, (tail, 1 - tail))
    above, below = (
        float((1 + np.sum(side)) / (1 + DRAWS)) for side in (margins <= 0, margins >= 0)
    )
    return Interval(float(low), float(high)), above, below


def _evaluate_drawn(
    node: ast.expr, drawn: Mapping[str, np.ndarray], untrained: MeasuredSource
) -> np.ndarray:
    """Evaluate a margin at all draws: at once where its functions can, else one by one."""
    try:
        with np.errstate(all="ignore"):
            found: Any = evaluate(node, TermsSource(drawn, untrained))
        return np.nan_to_num(np.broadcast_to(found, DRAWS), nan=0.0)
    except (TypeError, NotAvailable):
        return np.array([_at_draw(node, drawn, index, untrained) for index in range(DRAWS)])


def _at_draw(
    node: ast.expr, drawn: Mapping[str, np.ndarray], index: int, untrained: MeasuredSource
) -> float:
    """Evaluate a margin at a draw; what is undefined there counts as 0, which decides nothing."""
    values = {key: float(found[index]) for key, found in drawn.items()}
    try:
        return evaluate_number(node, TermsSource(values, untrained))
    except NotAvailable:
        return 0.0
