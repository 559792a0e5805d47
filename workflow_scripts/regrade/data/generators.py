"""Random generators that depend on nothing but their keys."""

from typing import Any

import numpy as np


def generator(*keys: int) -> np.random.Generator:
    """Return the counter-based generator of some keys, such as seed, epoch and stream."""
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(keys)))


def torch_seed(*keys: int) -> int:
    """Return a seed for torch's own generator from the same kind of keys."""
    return int(np.random.SeedSequence(keys).generate_state(1, np.uint64)[0] >> 1)


def draw_coins(transform: Any, rng: np.random.Generator, count: int) -> np.ndarray:
    """Draw which images a transform of some probability changes: bool (count,)."""
    return rng.random(count) < transform.probability
