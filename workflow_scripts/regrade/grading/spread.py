"""The spread over seeds: a run's own, or pooled over the runs of a study."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy

FEWEST_RUNS = 3
"""A pool has at least so many runs: fewer say little of what they have in common."""
FEWEST_EQUAL = 3
"""Replicates that are all equal, and not by rounding, say nothing of a further one below this."""
UNEQUAL = 0.05
"""Variances differ where their equality is less likely than this."""


@dataclass(frozen=True)
class Spread:
    """A standard deviation over seeds, and how well it is known."""

    deviation: float
    freedom: int
    origin: str
    """`own` or `pooled`."""
    source: str
    """What it was estimated from: spreads of one source err together."""


@dataclass(frozen=True)
class Pool:
    """What the runs of a study say together of the spread of a quantity."""

    runs: int
    freedom: int = 0
    deviation: float | None = None
    """None where nothing can be pooled; relative to the mean if `relative`."""
    relative: bool = False
    obstacle: str = ""
    """Why nothing can be pooled."""

    def spread(self, centre: float, source: str) -> Spread | None:
        """Return the spread of a run with this mean."""
        if self.deviation is None:
            return None
        scale = abs(centre) if self.relative else 1.0
        return Spread(self.deviation * scale, self.freedom, "pooled", source)


def own_spread(values: Sequence[float], source: str, step: float) -> Spread | None:
    """Return the standard deviation of a run's own replicates.

    None for a single one, for infinite ones, and for equal ones where they are too few to tell.
    """
    if len(values) < 2 or not np.isfinite(values).all():
        return None
    found = deviation(values, step)
    if found == 0 and len(values) < FEWEST_EQUAL:
        return None
    return Spread(found, len(values) - 1, "own", source)


def deviation(values: Sequence[float], step: float) -> float:
    """Return the sample standard deviation.

    Equal values that come in steps (an epoch, a count) have that of rounding, step / sqrt(12): a
    tie of two does not say that a third would be the same (Sheppard 1898, Proc. London Math. Soc.
    29). That of other equal values is 0.
    """
    if min(values) < max(values):
        return float(np.std(values, ddof=1))
    return step / math.sqrt(12)


def pool(groups: Iterable[Sequence[float]], *, relative: bool) -> Pool:
    """Pool the variances of runs with replicates, each weighted by its degrees of freedom.

    Parameters
    ----------
    groups
        The values of each run's replicates. Runs with one replicate, a diverged one, or equal
        ones (a network that stays at chance, a tie) say nothing of a common spread, and two runs
        with the very same values count once.
    relative
        Whether the deviations are proportional to the means, as those of losses are.
    """
    varied = {tuple(values): values for values in groups if _says_something(values)}
    scaled = [_scaled(values, relative) for values in varied.values()]
    if len(scaled) < FEWEST_RUNS:
        return Pool(len(scaled), obstacle=f"{len(scaled)} runs of its study have replicates of it")
    test, likely = equal_variances(scaled)
    if likely < UNEQUAL:
        return Pool(
            len(scaled), obstacle=f"its study's runs differ in spread ({test}, p = {likely:.2g})"
        )
    freedom = sum(len(values) - 1 for values in scaled)
    squares = sum((len(values) - 1) * float(np.var(values, ddof=1)) for values in scaled)
    return Pool(len(scaled), freedom, math.sqrt(squares / freedom), relative)


def _says_something(values: Sequence[float]) -> bool:
    return len(values) > 1 and bool(np.isfinite(values).all()) and min(values) < max(values)


def _scaled(values: Sequence[float], relative: bool) -> np.ndarray:
    centre = abs(np.mean(values)) if relative else 1.0
    return np.asarray(values) / (centre or 1.0)


def equal_variances(groups: Sequence[np.ndarray]) -> tuple[str, float]:
    """Return the name and the p-value of a test of equal variances.

    Levene's test about the median (Brown and Forsythe 1974, JASA 69, 364-367) needs three
    replicates of a run: with two, both are as far from their median. Bartlett's (1937, Proc. R.
    Soc. A 160, 268-282) takes its place there.
    """
    if min(map(len, groups)) > 2:
        return "Levene", float(scipy.stats.levene(*groups, center="median").pvalue)
    return "Bartlett", float(scipy.stats.bartlett(*groups).pvalue)
