"""TrivialAugmentWide and AutoAugment's CIFAR-10 policy as tables of steps.

Spaces and policy are those of torchvision 0.28 (`TrivialAugmentWide`, `AutoAugment`), after
Mueller and Hutter 2021 (arXiv 2103.10158) and Cubuk et al. 2019 (arXiv 1805.09501). Every
operation at every strength and sign is a row of a table; an image draws rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch

from regrade.data import kernels

SIDE = 32
SIGNED = {
    "ShearX", "ShearY", "TranslateX", "TranslateY", "Rotate",
    "Brightness", "Color", "Contrast", "Sharpness",
}  # fmt: skip
TRIVIAL_BINS = 31
AUTO_BINS = 10
RAND_BINS = 31

CIFAR10_POLICY = (
    (("Invert", 0.1, 7), ("Contrast", 0.2, 6)),
    (("Rotate", 0.7, 2), ("TranslateX", 0.3, 9)),
    (("Sharpness", 0.8, 1), ("Sharpness", 0.9, 3)),
    (("ShearY", 0.5, 8), ("TranslateY", 0.7, 9)),
    (("AutoContrast", 0.5, 8), ("Equalize", 0.9, 2)),
    (("ShearY", 0.2, 7), ("Posterize", 0.3, 7)),
    (("Color", 0.4, 3), ("Brightness", 0.6, 7)),
    (("Sharpness", 0.3, 9), ("Brightness", 0.7, 9)),
    (("Equalize", 0.6, 5), ("Equalize", 0.5, 1)),
    (("Contrast", 0.6, 7), ("Sharpness", 0.6, 5)),
    (("Color", 0.7, 7), ("TranslateX", 0.5, 8)),
    (("Equalize", 0.3, 7), ("AutoContrast", 0.4, 8)),
    (("TranslateY", 0.4, 3), ("Sharpness", 0.2, 6)),
    (("Brightness", 0.9, 6), ("Color", 0.2, 8)),
    (("Solarize", 0.5, 2), ("Invert", 0.0, 3)),
    (("Equalize", 0.2, 0), ("AutoContrast", 0.6, 0)),
    (("Equalize", 0.2, 8), ("Equalize", 0.6, 4)),
    (("Color", 0.9, 9), ("Equalize", 0.6, 6)),
    (("AutoContrast", 0.8, 4), ("Solarize", 0.2, 8)),
    (("Brightness", 0.1, 3), ("Color", 0.7, 0)),
    (("Solarize", 0.4, 5), ("AutoContrast", 0.9, 3)),
    (("TranslateY", 0.9, 9), ("TranslateY", 0.7, 9)),
    (("AutoContrast", 0.9, 2), ("Solarize", 0.8, 3)),
    (("Equalize", 0.8, 8), ("Invert", 0.1, 3)),
    (("TranslateY", 0.7, 9), ("AutoContrast", 0.9, 1)),
)
"""25 sub-policies of two operations, each with its probability and the index of its strength."""


@dataclass(frozen=True)
class StepTable:
    """Rows of `kernels.apply_steps`, and where each operation's rows are."""

    codes: np.ndarray
    coefficients: np.ndarray
    factors: np.ndarray
    tables: np.ndarray
    rows: dict[tuple[str, int, int], int]
    """Operation, index of the strength, sign (1 or -1): row."""


def trivial_space() -> dict[str, torch.Tensor]:
    """Return the strengths of TrivialAugmentWide's operations, by bin."""
    n = TRIVIAL_BINS
    blend, shear = torch.linspace(0.0, 0.99, n), torch.linspace(0.0, 0.99, n)
    shift = torch.linspace(0.0, 32.0, n)
    return {
        "Identity": torch.zeros(n),
        "ShearX": shear,
        "ShearY": shear,
        "TranslateX": shift,
        "TranslateY": shift,
        "Rotate": torch.linspace(0.0, 135.0, n),
        "Brightness": blend,
        "Color": blend,
        "Contrast": blend,
        "Sharpness": blend,
        "Posterize": 8 - (torch.arange(n) / ((n - 1) / 6)).round().int(),
        "Solarize": torch.linspace(255.0, 0.0, n),
        "AutoContrast": torch.zeros(n),
        "Equalize": torch.zeros(n),
    }


def auto_space(n: int = AUTO_BINS) -> dict[str, torch.Tensor]:
    """Return the strengths of AutoAugment's operations, by bin, for 32 x 32 pixels."""
    shift = torch.linspace(0.0, 150.0 / 331.0 * SIDE, n)
    blend, shear = torch.linspace(0.0, 0.9, n), torch.linspace(0.0, 0.3, n)
    return {
        "ShearX": shear,
        "ShearY": shear,
        "TranslateX": shift,
        "TranslateY": shift,
        "Rotate": torch.linspace(0.0, 30.0, n),
        "Brightness": blend,
        "Color": blend,
        "Contrast": blend,
        "Sharpness": blend,
        "Posterize": 8 - (torch.arange(n) / ((n - 1) / 4)).round().int(),
        "Solarize": torch.linspace(255.0, 0.0, n),
        "AutoContrast": torch.zeros(n),
        "Equalize": torch.zeros(n),
        "Invert": torch.zeros(n),
    }


def rand_space() -> dict[str, torch.Tensor]:
    """Return the strengths of RandAugment's operations, by bin: AutoAugment's, more finely."""
    n = RAND_BINS
    return {"Identity": torch.zeros(n)} | {
        name: strengths for name, strengths in auto_space(n).items() if name != "Invert"
    }


@cache
def rand_table() -> StepTable:
    """Return the steps of RandAugment."""
    return _table(rand_space())


@cache
def trivial_table() -> StepTable:
    """Return the steps of TrivialAugmentWide."""
    return _table(trivial_space())


@cache
def auto_table() -> StepTable:
    """Return the steps of AutoAugment."""
    return _table(auto_space())


def _table(space: dict[str, torch.Tensor]) -> StepTable:
    rows: dict[tuple[str, int, int], int] = {}
    codes, coefficients, factors = [kernels.NOTHING], [np.zeros(6)], [1.0]
    tables = [np.arange(256)]
    for name, strengths in space.items():
        for index, strength in enumerate(strengths.tolist()):
            for sign in (1, -1) if name in SIGNED else (1,):
                rows[name, index, sign] = len(codes)
                code, matrix, factor, values = _step(name, sign * strength)
                codes.append(code)
                coefficients.append(np.zeros(6) if matrix is None else np.array(matrix))
                factors.append(factor)
                tables.append(values)
    return StepTable(
        np.array(codes, np.int64),
        np.array(coefficients, np.float64),
        np.array(factors, np.float32),
        np.array(tables, np.uint8),
        rows,
    )


def _step(name: str, strength: float) -> tuple[int, tuple[float, ...] | None, float, np.ndarray]:
    """Return code, inverse affine matrix, blend factor and lookup table of an operation."""
    values = np.arange(256)
    code, matrix, factor = kernels.NOTHING, None, 1.0
    match name:
        case "ShearX" | "ShearY":
            # By way of an angle, as torchvision does it: the last bits differ otherwise.
            slope = math.tan(math.radians(math.degrees(math.atan(strength))))
            code = kernels.AFFINE
            matrix = (
                (1.0, slope, 0.0, 0.0, 1.0, 0.0)
                if name == "ShearX"
                else (1.0, 0.0, 0.0, slope, 1.0, 0.0)
            )
        case "TranslateX":
            code, matrix = kernels.SHIFT, (1.0, 0.0, -float(int(strength)), 0.0, 1.0, 0.0)
        case "TranslateY":
            code, matrix = kernels.SHIFT, (1.0, 0.0, 0.0, 0.0, 1.0, -float(int(strength)))
        case "Rotate":
            code, matrix = kernels.AFFINE, tuple(rotation_matrices(np.array([strength]), SIDE)[0])
        case "Brightness" | "Color" | "Contrast" | "Sharpness":
            code, factor = getattr(kernels, name.upper()), 1.0 + strength
        case "Posterize":
            code, values = kernels.LOOKUP, values & (0xFF << (8 - int(strength)))
        case "Solarize":
            code, values = kernels.LOOKUP, np.where(values < strength, values, 255 - values)
        case "Invert":
            code, values = kernels.LOOKUP, 255 - values
        case "AutoContrast" | "Equalize":
            code = getattr(kernels, name.upper())
    return code, matrix, factor, values


def rotation_matrices(degrees: np.ndarray, side: int) -> np.ndarray:
    """Return the inverse affine matrices of PIL's `Image.rotate` about the middle: (n, 6)."""
    angle = -np.radians(degrees % 360.0)
    cos, sin = np.round(np.cos(angle), 15), np.round(np.sin(angle), 15)
    middle = side / 2.0
    x = cos * -middle + sin * -middle + middle
    y = -sin * -middle + cos * -middle + middle
    return np.stack([cos, sin, x, -sin, cos, y], axis=1)


def draw_trivial(rng: np.random.Generator, count: int) -> np.ndarray:
    """Draw one operation, strength and sign an image: rows int16 (count, 1)."""
    table = trivial_table()
    space = list(trivial_space())
    names, bins = rng.integers(len(space), size=count), rng.integers(TRIVIAL_BINS, size=count)
    signs = rng.integers(2, size=count)
    lookup = np.zeros((len(space), TRIVIAL_BINS, 2), np.int16)
    for (name, index, sign), row in table.rows.items():
        side = int(sign < 0) if name in SIGNED else slice(None)
        lookup[space.index(name), index, side] = row
    return lookup[names, bins, signs][:, None]


def draw_auto(rng: np.random.Generator, count: int) -> np.ndarray:
    """Draw a sub-policy an image, and which of its two operations are done: int16 (count, 2)."""
    rows = auto_table().rows
    lookup = np.zeros((len(CIFAR10_POLICY), 2, 2), np.int16)
    chances = np.zeros((len(CIFAR10_POLICY), 2))
    for number, policy in enumerate(CIFAR10_POLICY):
        for position, (name, probability, index) in enumerate(policy):
            chances[number, position] = probability
            for side, sign in enumerate((1, -1)):
                key = (name, index, sign if name in SIGNED else 1)
                lookup[number, position, side] = rows[key]
    drawn = rng.integers(len(CIFAR10_POLICY), size=count)
    signs, luck = rng.integers(2, size=(count, 2)), rng.random((count, 2))
    steps = lookup[drawn[:, None], [[0, 1]], signs]
    return np.where(luck <= chances[drawn], steps, 0).astype(np.int16)


def draw_rand(rng: np.random.Generator, count: int, operations: int, magnitude: int) -> np.ndarray:
    """Draw so many operations an image, and the sign of each: int16 (count, operations)."""
    rows, names = rand_table().rows, list(rand_space())
    lookup = np.array(
        [
            [rows[name, magnitude, sign if name in SIGNED else 1] for sign in (1, -1)]
            for name in names
        ],
        np.int16,
    )
    drawn = rng.integers(len(names), size=(count, operations))
    return lookup[drawn, rng.integers(2, size=(count, operations))]
