"""Transforms that torchvision itself does, image by image: a seed each says what it draws.

They are slower than what is compiled. A process that has one thread does them itself; one that has
several, or that must not touch the random numbers of its main thread, leaves them to workers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image

from regrade.data import library_workers
from regrade.torchvision_compat import torchvision

if TYPE_CHECKING:
    from regrade.studies.library_words import LibraryWord

transforms = torchvision.transforms
Picture = Any
"""An image of PIL."""


def _perspective(word: Any) -> Callable[[Picture], Picture]:
    return transforms.RandomPerspective(
        word.distortion_scale, word.probability, _mode(word), word.fill
    )


def _elastic(word: Any) -> Callable[[Picture], Picture]:
    alpha = word.alpha if isinstance(word.alpha, tuple) else (word.alpha, word.alpha)
    return transforms.ElasticTransform(alpha, word.widths, _mode(word), word.fill)


def _aug_mix(word: Any) -> Callable[[Picture], Picture]:
    return transforms.AugMix(
        word.severity,
        word.mixture_width,
        word.chain_depth,
        word.alpha,
        word.all_ops,
        _mode(word),
        word.fill,
    )


def _mode(word: Any) -> Any:
    return transforms.InterpolationMode(word.interpolation)


BUILDERS: dict[str, Callable[[Any], Callable[[Picture], Picture]]] = {
    "random_perspective": _perspective,
    "gaussian_blur": lambda word: transforms.GaussianBlur(word.kernel, word.sigma),
    "elastic_transform": _elastic,
    "aug_mix": _aug_mix,
}
"""torchvision's own transform for each kind of word."""


@cache
def build(word: LibraryWord) -> Callable[[Picture], Picture]:
    """Build torchvision's transform of a word."""
    return BUILDERS[word.kind](word)


def draw_seeds(_: LibraryWord, rng: np.random.Generator, count: int) -> np.ndarray:
    """Draw a seed of torch's generator for each image: int64 (count,)."""
    return rng.integers(2**63, size=count)


def transform(word: LibraryWord, images: torch.Tensor, seeds: torch.Tensor) -> torch.Tensor:
    """Transform each image, uint8 (batch, side, side, 3), with the numbers that its seed gives."""
    threads = torch.get_num_threads()
    alone = threading.current_thread() is threading.main_thread()
    if threads == 1 and alone:
        return torch.from_numpy(transform_all(word, images.numpy(), seeds.numpy()))
    done = library_workers.transform(word, images.numpy(), seeds.numpy(), threads)
    return torch.from_numpy(done)


def transform_all(word: LibraryWord, images: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """Transform images in this process; torch's random numbers go on as if nothing had been.

    Only the generator of the CPU is seeded, whatever devices there are.
    """
    made, random = build(word), torch.default_generator
    before = random.get_state()
    try:
        return np.stack(
            [
                np.asarray(made(_seeded(random, seed, image)))
                for image, seed in zip(images, seeds.tolist(), strict=True)
            ]
        )
    finally:
        random.set_state(before)


def _seeded(random: torch.Generator, seed: int, image: np.ndarray) -> Picture:
    random.manual_seed(seed)
    return Image.fromarray(image)
