"""Compiled changes of colour with Pillow's arithmetic (Convert.c, Blend.c), to the pixel."""

from __future__ import annotations

from functools import cache

import numpy as np

from regrade.data import kernels
from regrade.data.compiled import compiled

BRIGHTNESS, CONTRAST, SATURATION, HUE = range(4)
"""The operations of colour jitter, as the numbers of their order."""
HueTables = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""uint8 (6, 256, 256): a hue by sector, largest less smallest channel and largest less middle one;
uint8 (256, 256): a saturation by the largest channel and largest less smallest; and of a hue on the
way back its sector, int64 (256,), and its place there, float32 (256,); of a saturation its share of
255, float32 (256,)."""


@cache
def hue_tables() -> HueTables:
    """Fill the tables of RGB to HSV and back, in single and double precision as Convert.c does."""
    byte = np.arange(256, dtype=np.float32)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = byte[None] / byte[:, None]
        # Six sectors: red, green or blue is largest; of the others one is smallest.
        m = shares.astype(np.float64)
        turns = np.stack([1 - shares, shares - 1, 2 + m - 1, 3 - m, 4 + m - 1, 5 - m])
        sixths = turns.astype(np.float32).astype(np.float64) / 6.0 + 1.0
        hues = np.fmod(sixths, 1.0).astype(np.float32)
    places = byte.astype(np.float64) * 6.0 / 255.0
    sectors = np.floor(places)
    return (
        _bytes(hues),
        _bytes(shares),
        sectors.astype(np.int64) % 6,
        (places - sectors).astype(np.float32),
        (byte.astype(np.float64) / 255.0).astype(np.float32),
    )


def _bytes(shares: np.ndarray) -> np.ndarray:
    scaled = np.nan_to_num(shares.astype(np.float64) * 255.0, posinf=0.0, neginf=0.0)
    return np.clip(scaled.astype(np.int64), 0, 255).astype(np.uint8)


@compiled
def _rounded(value, share):
    """Return value times a share, rounded: a byte, as no share exceeds 1."""
    return np.uint8(value * share + 0.5)


ORDERS = np.array([[0, 3, 1], [2, 0, 1], [1, 0, 3], [1, 2, 0], [3, 1, 0], [0, 1, 2]])
"""By the sector of a hue: which of v, p, q and t of Convert.c are red, green and blue."""


@compiled
def _turn(pixels, out, turn, hues, saturations, sectors, rests, shares):
    """Add to the hue of every pixel, by way of HSV in bytes.

    What depends on the sector is looked up and not branched to: a processor guesses it wrong.
    """
    given = np.empty(4, np.uint8)
    for i in range(len(pixels)):
        r, g, b = int(pixels[i, 0]), int(pixels[i, 1]), int(pixels[i, 2])
        high, low = max(r, g, b), min(r, g, b)
        chroma, middle = high - low, r + g + b - high - low
        of_red, of_green = 0 + (b != low), 2 + (b != low)
        of_blue = 4 + (r != low)
        sector = of_red if r == high else (of_green if g == high else of_blue)
        saturation = saturations[high, chroma]
        hue = np.uint8(hues[sector, chroma, high - middle] + turn)
        rest, share = rests[hue], shares[saturation]
        # Without saturation the three are v itself, which makes the pixel gray, as Convert.c does.
        given[0] = np.uint8(high)
        given[1] = _rounded(high, 1.0 - share)
        given[2] = _rounded(high, 1.0 - share * rest)
        given[3] = _rounded(high, 1.0 - share * (1.0 - rest))
        order = ORDERS[sectors[hue]]
        out[i, 0], out[i, 1], out[i, 2] = given[order[0]], given[order[1]], given[order[2]]


@compiled
def jitter(images, factors, turns, orders, wanted, tables):
    """Do brightness, contrast, saturation and hue to every image, each in its own order.

    Parameters
    ----------
    images
        uint8 (n, height, width, 3).
    factors
        float32 (n, 3): of brightness, contrast and saturation.
    turns
        uint8 (n,): what is added to hues.
    orders
        int64 (n, 4): the operations, one after another.
    wanted
        bool (4,): which of them are done at all.
    tables
        What `hue_tables` returns.
    """
    hues, saturations, sectors, rests, shares = tables
    result = images.copy()
    scratch = np.empty_like(images[0])
    for n in range(len(images)):
        for k in range(4):
            which = orders[n, k]
            if not wanted[which]:
                continue
            out = result[n]
            kernels.copy(out, scratch)
            if which == BRIGHTNESS:
                kernels.brightness(scratch, out, factors[n, 0])
            elif which == CONTRAST:
                kernels.contrast(scratch, out, factors[n, 1])
            elif which == SATURATION:
                kernels.color(scratch, out, factors[n, 2])
            elif which == HUE:
                _turn(
                    scratch.reshape(-1, 3), out.reshape(-1, 3), turns[n],
                    hues, saturations, sectors, rests, shares,
                )  # fmt: skip
            else:
                raise ValueError("an order names an operation that is none of the four")
    return result


@compiled
def gray(images, chosen):
    """Make the chosen images gray, in three equal channels: uint8 (n, height, width, 3)."""
    result = np.empty_like(images)
    for n in range(len(images)):
        if not chosen[n]:
            kernels.copy(images[n], result[n])
            continue
        pixels, out = images[n].reshape(-1, 3), result[n].reshape(-1, 3)
        for i in range(len(pixels)):
            value = np.uint8(kernels.luma(pixels, i))
            out[i, 0], out[i, 1], out[i, 2] = value, value, value
    return result
