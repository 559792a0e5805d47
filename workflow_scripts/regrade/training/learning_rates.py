"""Learning rates and cycled momenta as formulas: of how far training has come, and nothing else.

torch's schedulers step from each rate to the next; tests hold the formulas to them. A formula needs
no state, so that a run which is continued has the rates that it would have had.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from regrade.studies.schedules import (
        Cosine,
        Cyclic,
        Exponential,
        InverseTime,
        Lasting,
        Linear,
        MultiStepDecay,
        OneCycle,
        Part,
        PiecewiseLinear,
        Polynomial,
        RateTable,
        Sequence,
        StepDecay,
        WarmRestarts,
    )


@dataclass(frozen=True)
class Position:
    """How far training has come."""

    epochs: int
    """Completed epochs."""
    step: int = 0
    """Completed steps of the epoch that runs."""
    steps: int = 1
    """Steps of an epoch."""

    def count(self, per: str) -> int:
        """Count what is completed in epochs or in steps."""
        return self.epochs if per == "epoch" else self.epochs * self.steps + self.step

    def since(self, start: int, per: str) -> Position:
        """Count anew from so many epochs or steps."""
        if per == "epoch":
            return Position(self.epochs - start, self.step, self.steps)
        return Position(*divmod(self.count("step") - start, self.steps), self.steps)


def _progress(word: Lasting, at: Position) -> tuple[int, int]:
    """Return how much is completed of a schedule's length, and the length, in the same unit."""
    length = word.steps or (word.epochs or 0) * (at.steps if word.per == "step" else 1)
    return at.count(word.per), length


def _step(word: StepDecay, initial: float, at: Position) -> float:
    return initial * word.factor ** (at.count(word.per) // word.every)


def _multi_step(word: MultiStepDecay, initial: float, at: Position) -> float:
    return initial * word.factor ** sum(at.count(word.per) >= after for after in word.after)


def _table(word: RateTable, _: float, at: Position) -> float:
    return word.rates[max(first for first in word.rates if first <= at.epochs + 1)]


def _exponential(word: Exponential, initial: float, at: Position) -> float:
    return initial * word.factor ** (at.count(word.per) / word.every)


def _inverse_time(word: InverseTime, initial: float, at: Position) -> float:
    return initial / (1 + word.decay * at.count(word.per) / word.every)


def _half_cosine(high: float, low: float, share: float) -> float:
    return low + (high - low) * (1 + math.cos(math.pi * share)) / 2


def _cosine(word: Cosine, initial: float, at: Position) -> float:
    done, length = _progress(word, at)
    return _half_cosine(initial, word.minimum, done / length)


def _warm_restarts(word: WarmRestarts, initial: float, at: Position) -> float:
    done, length = _progress(word, at)
    if word.multiplier == 1:
        done %= length
    while done >= length:
        done, length = done - length, length * word.multiplier
    return _half_cosine(initial, word.minimum, done / length)


def _linear(word: Linear, initial: float, at: Position) -> float:
    done, length = _progress(word, at)
    climbed = (word.end_factor - word.start_factor) * min(done, length) / length
    return initial * (word.start_factor + climbed)


def _polynomial(word: Polynomial, initial: float, at: Position) -> float:
    done, length = _progress(word, at)
    left = (1 - min(done, length) / length) ** word.power
    return (initial - word.minimum) * left + word.minimum


def _line(start: float, end: float, share: float) -> float:
    return (end - start) * share + start


def _piecewise_linear(word: PiecewiseLinear, _: float, at: Position) -> float:
    points = sorted((word.steps or word.epochs or {}).items())
    done = at.count(word.per) / (at.steps if word.epochs and word.per == "step" else 1)
    if done <= points[0][0]:
        return points[0][1]
    for (start, first), (end, last) in pairwise(points):
        if done < end:
            return _line(first, last, (done - start) / (end - start))
    return points[-1][1]


SHAPES: dict[str, Callable[[float, float, float], float]] = {
    "cosine": _half_cosine,
    "linear": _line,
}


def _one_cycle_between(word: OneCycle, at: Position, marks: tuple[float, float, float]) -> float:
    """Interpolate between the values at the start, at the top and at the end of a cycle."""
    done, length = _progress(word, at)
    start, top, end = marks
    ends = [word.rising * length - 1, length - 1]
    values = [start, top, end]
    if word.three_phase:
        ends.insert(1, 2 * word.rising * length - 2)
        values.insert(2, start)
    phase = next((p for p, last in enumerate(ends) if done <= last), len(ends) - 1)
    first = ends[phase - 1] if phase else 0.0
    # A preview of few steps may have no step between two marks.
    span = ends[phase] - first
    share = (done - first) / span if span > 0 else 1.0
    return SHAPES[word.shape](values[phase], values[phase + 1], share)


def _one_cycle(word: OneCycle, initial: float, at: Position) -> float:
    top = word.maximum or initial
    start = top / word.start_divisor
    return _one_cycle_between(word, at, (start, top, start / word.end_divisor))


def _one_cycle_momentum(word: OneCycle, at: Position) -> float:
    marks = (word.max_momentum, word.base_momentum, word.max_momentum)
    return _one_cycle_between(word, at, marks)


SHRINKING: dict[str, Callable[[Cyclic, int, int], float]] = {
    "never": lambda _, __, ___: 1.0,
    "halved": lambda _, cycle, __: 0.5 ** (cycle - 1),
    "exponential": lambda word, _, steps: word.factor**steps,
}
"""The share of its height that a cycle (from 1) has after so many steps of training."""


def _height(word: Cyclic, at: Position) -> float:
    """Return how high a cycle stands, from 0 to 1."""
    done = at.count("step")
    up, down = word.steps_up, word.steps_down or word.steps_up
    cycle = 1 + done // (up + down)
    within = done % (up + down)
    height = within / up if within <= up else 1 - (within - up) / down
    return height * SHRINKING[word.shrinking](word, cycle, done)


def _cyclic(word: Cyclic, _: float, at: Position) -> float:
    return word.minimum + (word.maximum - word.minimum) * _height(word, at)


def _cyclic_momentum(word: Cyclic, at: Position) -> float:
    return word.max_momentum - (word.max_momentum - word.base_momentum) * _height(word, at)


def _active(word: Sequence, at: Position) -> tuple[Part, Position]:
    """Return the part of a sequence that is at work, and how far that has come."""
    starts = [0, *word.after]
    number = sum(at.count(word.per) >= start for start in starts) - 1
    return word.parts[number], at.since(starts[number], word.per)


def _sequence(word: Sequence, initial: float, at: Position) -> float:
    part, since = _active(word, at)
    return LEARNING_RATES[part.kind](part, initial, since)


def _sequence_momentum(word: Sequence, at: Position) -> float | None:
    return momentum(*_active(word, at))


LEARNING_RATES: dict[str, Callable[[Any, float, Position], float]] = {
    "constant": lambda _, initial, __: initial,
    "step": _step,
    "multi_step": _multi_step,
    "table": _table,
    "exponential": _exponential,
    "inverse_time": _inverse_time,
    "cosine": _cosine,
    "warm_restarts": _warm_restarts,
    "linear": _linear,
    "polynomial": _polynomial,
    "piecewise_linear": _piecewise_linear,
    "one_cycle": _one_cycle,
    "cyclic": _cyclic,
    "sequence": _sequence,
    "plateau": lambda _, initial, __: initial,
}
"""The learning rate by the kind of schedule: its word, the optimizer's rate, the position.

A plateau schedule changes it afterwards, by what it has seen."""
MOMENTA: dict[str, Callable[[Any, Position], float | None]] = {
    "one_cycle": _one_cycle_momentum,
    "cyclic": _cyclic_momentum,
    "sequence": _sequence_momentum,
}
"""The momentum of the schedules that cycle it."""


def momentum(word: Any, at: Position) -> float | None:
    """Return the momentum that a schedule gives; None where it leaves it alone."""
    if word.kind not in MOMENTA or not getattr(word, "cycle_momentum", True):
        return None
    return MOMENTA[word.kind](word, at)
