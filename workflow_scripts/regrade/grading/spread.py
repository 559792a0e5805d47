"""The spread over seeds: a run's own, or pooled over the runs of a study."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy

FEWEST_RUNS = 3
"""A pool has at least so many runs: fewer say little of what they have in common."""
FEWEST_SEEDS = 2
"""With which a run has a spread of its own."""
FEWEST_EQUAL = 3
"""Replicates that are all equal, and not by rounding, say nothing of a further one below this."""
UNEQUAL = 0.05
"""Variances differ where their equality is less likely than this."""
MANY_REPLICATES = 10
"""Of each run, from which on Levene's test tells spreads apart."""


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
    apart: frozenset[str] = frozenset()
    """Runs that scatter unlike the others: they have their own spread."""

    def spread(self, run: str, centre: float, source: str) -> Spread | None:
        """Return the spread of a run with this mean; None where it has to have its own."""
        if self.deviation is None or run in self.apart:
            return None
        scale = abs(centre) if self.relative else 1.0
        return Spread(self.deviation * scale, self.freedom, "pooled", source)

    def why_not(self, run: str) -> str:
        """Tell why a run has to have its own spread."""
        return UNLIKE if run in self.apart else self.obstacle


UNLIKE = "it scatters unlike its study's other runs"


def own_spread(values: Sequence[float], source: str, step: float) -> Spread | None:
    """Return the standard deviation of a run's own replicates.

    None for a single one, for infinite ones, and for equal ones where they are too few to tell.
    """
    if len(values) < FEWEST_SEEDS or not np.isfinite(values).all():
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


def pool(groups: Mapping[str, Sequence[float]], *, relative: bool) -> Pool:
    """Pool the variances of runs with replicates, each weighted by its degrees of freedom.

    Parameters
    ----------
    groups
        The values of each run's replicates. Runs with one replicate, a diverged one, or equal
        ones (a network that stays at chance, a tie) say nothing of a common spread, and runs with
        the very same values count once.
    relative
        Whether the deviations are proportional to the means, as those of losses are.
    """
    varied: dict[tuple[float, ...], list[str]] = {}
    for run, values in groups.items():
        if _says_something(values):
            varied.setdefault(tuple(values), []).append(run)
    scaled = {runs[0]: _scaled(values, relative) for values, runs in varied.items()}
    if len(scaled) < FEWEST_RUNS:
        return Pool(len(scaled), obstacle=f"{len(scaled)} runs of its study have replicates of it")
    unlike = unlike_the_others(scaled)
    alike = [values for run, values in scaled.items() if run not in unlike]
    apart = frozenset(run for runs in varied.values() if runs[0] in unlike for run in runs)
    test, likely = equal_variances(alike)
    if likely < UNEQUAL:
        obstacle = f"its study's runs differ in spread ({test}, p = {likely:.2g})"
        return Pool(len(alike), obstacle=obstacle, apart=apart)
    freedom, squares = _degrees_and_squares(alike)
    return Pool(len(alike), freedom, math.sqrt(squares / freedom), relative, apart=apart)


def _says_something(values: Sequence[float]) -> bool:
    return len(values) > 1 and bool(np.isfinite(values).all()) and min(values) < max(values)


def _scaled(values: Sequence[float], relative: bool) -> np.ndarray:
    centre = abs(np.mean(values)) if relative else 1.0
    return np.asarray(values) / (centre or 1.0)


def _degrees_and_squares(groups: Iterable[np.ndarray]) -> tuple[int, float]:
    found = [(len(values) - 1, float(np.var(values, ddof=1))) for values in groups]
    return sum(freedom for freedom, _ in found), sum(freedom * s for freedom, s in found)


def unlike_the_others(groups: Mapping[str, np.ndarray]) -> list[str]:
    """Find runs that scatter more or less than all others together, the most unlike first.

    One at a time, by the F distribution of the ratio of both variances; each of k runs may err at
    a k-th of 5 % (Bonferroni). Cochran (1941), Annals of Eugenics 11, 47-52, tests the largest of
    several variances in this way.
    """
    rest, found = list(groups), []
    freedoms = {run: len(values) - 1 for run, values in groups.items()}
    variances = {run: float(np.var(values, ddof=1)) for run, values in groups.items()}
    while len(rest) > FEWEST_RUNS:
        likely = _likeness(
            np.array([freedoms[run] for run in rest]), np.array([variances[run] for run in rest])
        )
        if likely.min() >= UNEQUAL / len(groups):
            break
        found.append(rest.pop(int(likely.argmin())))
    return found


def _likeness(freedoms: np.ndarray, variances: np.ndarray) -> np.ndarray:
    """Return for each run the two-sided p-value of scattering as all others together do."""
    squares = freedoms * variances
    others = freedoms.sum() - freedoms
    ratios = variances / ((squares.sum() - squares) / others)
    ends = (scipy.special.fdtr, scipy.special.fdtrc)
    return 2 * np.minimum(*(end(freedoms, others, ratios) for end in ends))


def equal_variances(groups: Sequence[np.ndarray]) -> tuple[str, float]:
    """Return the name and the p-value of a test of equal variances.

    Bartlett's (1937, Proc. R. Soc. A 160, 268-282) takes the runs to be normal, as all intervals
    here do. Levene's about the median (Brown and Forsythe 1974, JASA 69, 364-367) does not, but
    of few replicates it sees nothing.
    """
    if min(map(len, groups)) >= MANY_REPLICATES:
        return "Levene", float(scipy.stats.levene(*groups, center="median").pvalue)
    return "Bartlett", float(scipy.stats.bartlett(*groups).pvalue)
