"""Random generators that depend on nothing but their keys."""

import numpy as np


def generator(*keys: int) -> np.random.Generator:
    """Return the counter-based generator of some keys, such as seed, epoch and stream."""
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(keys)))


def torch_seed(*keys: int) -> int:
    """Return a seed for torch's own generator from the same kind of keys."""
    return int(np.random.SeedSequence(keys).generate_state(1, np.uint64)[0] >> 1)
