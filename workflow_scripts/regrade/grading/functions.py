"""The functions of the predicate language.

A series is indexed by epoch, from 1. NaN marks an epoch without a value and is left out; a loss
that diverged is infinite.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import scipy

from regrade.grading.values import Histogram, NotAvailable


def at(series: pd.Series, epoch: float) -> float:
    """Return the value at an epoch.

    Raises
    ------
    NotAvailable
        When the series has no value there.
    """
    value = series.get(epoch, math.nan)
    if math.isnan(value):
        raise NotAvailable(f"there is no value of {series.name} at epoch {epoch:g}")
    return float(value)


def first(series: pd.Series) -> float:
    """Return the value of the first epoch."""
    return at(series, series.index[0])


def last(series: pd.Series) -> float:
    """Return the value of the last epoch."""
    return at(series, series.index[-1])


def window(series: pd.Series, start: float, end: float, *, at_least: int = 1) -> pd.Series:
    """Return the values from one epoch to another, both included.

    Raises
    ------
    NotAvailable
        When the series does not reach that far, or has fewer than `at_least` values there.
    """
    found = series[(series.index >= start) & (series.index <= end)].dropna()
    if start < series.index[0] or end > series.index[-1] or len(found) < at_least:
        raise NotAvailable(
            f"{series.name} has epochs {series.index[0]} to {series.index[-1]} and no"
            f" {at_least} values from epoch {start:g} to {end:g}"
        )
    return found


def mean(series: pd.Series, *epochs: float) -> float:
    """Return the mean over all epochs, or from one to another."""
    return float((window(series, *epochs) if epochs else series).mean())


def std(series: pd.Series, start: float, end: float) -> float:
    """Return the sample standard deviation over epochs."""
    return float(window(series, start, end, at_least=2).std(ddof=1))


def slope(series: pd.Series, start: float, end: float) -> float:
    """Return the slope of the least-squares line, per epoch."""
    values = _finite(window(series, start, end, at_least=2))
    return float(scipy.stats.linregress(values.index, values).slope)


def detrended_std(series: pd.Series, start: float, end: float) -> float:
    """Return the standard deviation about the least-squares line (two fitted parameters)."""
    values = _finite(window(series, start, end, at_least=3))
    line = scipy.stats.linregress(values.index, values)
    return float(np.std(values - line.intercept - line.slope * values.index, ddof=2))


def _finite(values: pd.Series) -> pd.Series:
    if not np.isfinite(values).all():
        raise NotAvailable(f"{values.name} diverged: no line fits it")
    return values


def median_change(series: pd.Series, start: float, end: float) -> float:
    """Return the median absolute change from an epoch to the next."""
    window(series, start, end, at_least=2)
    return float(_changes(series.loc[start:end]).abs().median())


def rises(series: pd.Series, threshold: float, start: float) -> int:
    """Count the rises by more than a threshold from an epoch to the next, from an epoch on."""
    return int((_changes(series.loc[start:]) > threshold).sum())


def _changes(series: pd.Series) -> pd.Series:
    with np.errstate(invalid="ignore"):  # infinite minus infinite is no change that counts
        return series.diff()


def smooth(series: pd.Series, width: float) -> pd.Series:
    """Return the centred moving mean over so many epochs; the edges without a full window go.

    An epoch without a value does not blank its neighbours: the window's other values are taken.

    Raises
    ------
    NotAvailable
        When the series is shorter than the window.
    """
    size = int(width)
    if not 1 <= size <= len(series):
        raise NotAvailable(f"no mean over {width:g} of the {len(series)} epochs of {series.name}")
    windows = np.lib.stride_tricks.sliding_window_view(series.to_numpy(), size)
    start = size // 2
    index = series.index[start : start + len(windows)]
    return pd.Series(pd.DataFrame(windows, index=index).mean(axis=1), name=series.name)


def epochs_to(series: pd.Series, value: float) -> float:
    """Return the first epoch whose value is at least the given one; infinite if there is none."""
    reached = series.index[series >= value]
    return int(reached[0]) if len(reached) else math.inf


def share_below(below: pd.Series, above: pd.Series, *epochs: float) -> float:
    """Return the share of the epochs of both series at which the first is below the second.

    Raises
    ------
    NotAvailable
        When the series have no epoch in common, or do not reach as far as is asked.
    """
    if epochs:
        below, above = window(below, *epochs), window(above, *epochs)
    pairs = pd.concat([below, above], axis=1, join="inner").dropna()
    if pairs.empty:
        raise NotAvailable(f"{below.name} and {above.name} have no epoch in common")
    return float((pairs.iloc[:, 0] < pairs.iloc[:, 1]).mean())


def of_class(values: tuple, number: float) -> float:
    """Return the value of a class, counted from 0.

    Raises
    ------
    NotAvailable
        When no image of the class was scored.
    """
    value = values[int(number)]
    if value is None:
        raise NotAvailable(f"no image of class {int(number)} was scored")
    return value


def length(values: pd.Series | tuple) -> int:
    """Count the epochs of a series or the elements of a list."""
    return len(values)


def rank_correlation(x: pd.Series | tuple, y: tuple | None = None) -> Any:
    """Return Spearman's correlation of a series with its epochs, or of two lists."""
    if isinstance(x, pd.Series):
        values = x.dropna()
        x, y = tuple(values.index), tuple(values)
    one, other = _columns(x, y or ())
    return _pearson(scipy.stats.rankdata(one, axis=0), scipy.stats.rankdata(other, axis=0))


def correlation(x: tuple, y: tuple) -> Any:
    """Return Pearson's correlation of two lists."""
    return _pearson(*_columns(x, y))


def _columns(x: tuple, y: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Stack two lists, whose elements may be arrays of draws: along the first axis."""
    if len(x) != len(y) or len(x) < 2:
        raise NotAvailable("a correlation needs two lists of one length, with two or more elements")
    stacked = np.array(np.broadcast_arrays(*x, *y), dtype=float)
    one, other = stacked[: len(x)], stacked[len(x) :]
    if np.ndim(one) == 1 and (np.ptp(one) == 0 or np.ptp(other) == 0):
        raise NotAvailable("a correlation needs two lists, neither of them constant")
    return one, other


def _pearson(one: np.ndarray, other: np.ndarray) -> Any:
    one, other = one - one.mean(axis=0), other - other.mean(axis=0)
    with np.errstate(invalid="ignore"):  # a draw may be constant
        found = (one * other).sum(axis=0) / np.sqrt((one**2).sum(axis=0) * (other**2).sum(axis=0))
    found = np.clip(found, -1.0, 1.0)
    return float(found) if np.ndim(found) == 0 else found


def share_within(weights: Histogram, limit: float) -> float:
    """Return the share of weights with an absolute value below a limit."""
    return float(weights.cdf(limit) - weights.cdf(-limit))


def ks_distance(one: Histogram, other: Histogram) -> float:
    """Return the largest distance between two distribution functions, at the edges of the bins."""
    return float(np.abs(one.cdf(one.edges) - other.cdf(one.edges)).max())


def standard_error(share: Any, images: float) -> Any:
    """Return the binomial standard error of a share of so many images."""
    return _square_root(share * (1 - share) / images)


def _elementwise(of_number: Callable[[float], float], of_array: Callable[[Any], Any]) -> Callable:
    """Return a function of a number that also takes an array of draws."""
    return lambda value: (of_array if isinstance(value, np.ndarray) else of_number)(value)


_square_root = _elementwise(math.sqrt, np.sqrt)


def separable_saving(kernel: float, channels: float) -> float:
    """Return the MACs of a k x k convolution over its depthwise-separable form.

    k^2 M N / (k^2 M + M N) for M inputs and N outputs: M cancels (MobileNets,
    arXiv:1704.04861, section 3.1).
    """
    return kernel**2 * channels / (kernel**2 + channels)


def total(series: pd.Series, *epochs: float) -> float:
    """Return the sum over all epochs, or from one to another.

    Raises
    ------
    NotAvailable
        When an epoch has no value.
    """
    values = window(series, *epochs) if epochs else series
    if values.isna().any():
        raise NotAvailable(f"{series.name} lacks epochs: no sum")
    return float(values.sum())


def median(series: pd.Series, *epochs: float) -> float:
    """Return the median over all epochs, or from one to another."""
    return float((window(series, *epochs) if epochs else series).median())


def _largest(first: pd.Series | tuple | float, *others: float) -> float:
    if isinstance(first, pd.Series):
        return float((window(first, *others) if others else first).max())
    return max([*_values(first), *others])


def _smallest(first: pd.Series | tuple | float, *others: float) -> float:
    if isinstance(first, pd.Series):
        return float((window(first, *others) if others else first).min())
    return min([*_values(first), *others])


def _values(given: tuple | float) -> tuple:
    return given if isinstance(given, tuple) else (given,)


IMPLEMENTATIONS: dict[str, Callable[..., Any]] = {
    "first": first,
    "last": last,
    "at": at,
    "max": _largest,
    "min": _smallest,
    "argmax": lambda series: int(series.idxmax()),
    "argmin": lambda series: int(series.idxmin()),
    "total": total,
    "mean": mean,
    "median": median,
    "std": std,
    "detrended_std": detrended_std,
    "median_change": median_change,
    "slope": slope,
    "smooth": smooth,
    "rises": rises,
    "epochs_to": epochs_to,
    "of_class": of_class,
    "length": length,
    "share_below": share_below,
    "rank_correlation": rank_correlation,
    "correlation": correlation,
    "share_within": share_within,
    "ks_distance": ks_distance,
    "standard_error": standard_error,
    "separable_saving": separable_saving,
    "abs": abs,
    "floor": _elementwise(math.floor, np.floor),
    "log": _elementwise(math.log, np.log),
    "sqrt": _square_root,
}
"""The functions by their names in `regrade.studies.functions`, save `selected` and `spread`: only
a source knows which epoch was selected, and only all replicates together how they scatter."""
