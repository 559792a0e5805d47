"""Splits with as large a share of every class, in the arithmetic of scikit-learn."""

from __future__ import annotations

import numpy as np
import torch


def split_by_class(
    labels: np.ndarray, validation: int, seed: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Split image numbers as `train_test_split(..., stratify=labels, random_state=seed)` does.

    It draws from numpy's old generator: a permutation for each class, then one for each set.

    Returns
    -------
    training, validation
        int64 numbers, in the order that scikit-learn gives them.
    """
    rng = np.random.RandomState(seed)
    classes, of_class, counts = np.unique(labels, return_inverse=True, return_counts=True)
    training = _shares(counts, len(labels) - validation, rng)
    held_out = _shares(counts - training, validation, rng)
    members = np.split(np.argsort(of_class, kind="stable"), np.cumsum(counts)[:-1])
    chosen: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    for number in range(len(classes)):
        order = members[number][rng.permutation(counts[number])]
        middle = training[number]
        chosen[0].append(order[:middle])
        chosen[1].append(order[middle : middle + held_out[number]])
    first, second = (rng.permutation(np.concatenate(parts)) for parts in chosen)
    return torch.from_numpy(first), torch.from_numpy(second)


def _shares(counts: np.ndarray, total: int, rng: np.random.RandomState) -> np.ndarray:
    """Share out so many images over the classes: the largest remainders get the rest.

    Among equal remainders the generator chooses.
    """
    exact = counts / counts.sum() * total
    shares = np.floor(exact)
    missing = int(total - shares.sum())
    remainders = exact - shares
    for remainder in np.sort(np.unique(remainders))[::-1]:
        if missing <= 0:
            break
        (equal,) = np.where(remainders == remainder)
        take = min(len(equal), missing)
        shares[rng.choice(equal, size=take, replace=False)] += 1
        missing -= take
    return shares.astype(int)
