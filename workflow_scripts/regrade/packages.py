"""The packages that make numbers, and which versions of them are installed."""

from __future__ import annotations

import importlib.metadata

PACKAGES = ("torch", "numba", "numpy")
"""Those whose kernels make numbers, or whose distributions draw orders and augmentations."""
OF_WORDS = {
    "timm": ("timm",),
    "torchvision": ("torchvision",),
    **dict.fromkeys(
        ("random_perspective", "gaussian_blur", "elastic_transform", "aug_mix"),
        ("torchvision", "pillow"),
    ),
}
"""Those that make the networks or the pixels of recipes with a word of these kinds."""


def packages_of(recipe_json: str) -> tuple[str, ...]:
    """Return the packages that only recipes with some words use, of those that one has.

    Parameters
    ----------
    recipe_json
        The recipe as canonical JSON.
    """
    found = (names for word, names in OF_WORDS.items() if f'"kind":"{word}"' in recipe_json)
    return tuple(name for names in found for name in names)


def package_versions(names: tuple[str, ...]) -> dict[str, str]:
    """Return the versions of those packages that are installed."""
    found = {}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
