"""Compiled resizing with Pillow's arithmetic (Resample.c, Geometry.c), to the pixel."""

from __future__ import annotations

import numpy as np

from regrade.data.compiled import compiled

RESAMPLE_BITS = 22
"""Fixed-point precision of Pillow's resampling: 32 bits less 8 for the value and 2 for overflow."""


@compiled
def _stretch_row(row, out, starts, weights, half):
    """Resize a row of pixels."""
    last = len(row) - 1
    for x in range(len(starts)):
        red, green, blue = half, half, half
        for t in range(weights.shape[1]):
            pixel, weight = min(starts[x] + t, last), weights[x, t]
            red += weight * np.int32(row[pixel, 0])
            green += weight * np.int32(row[pixel, 1])
            blue += weight * np.int32(row[pixel, 2])
        out[3 * x] = min(max(red >> RESAMPLE_BITS, 0), 255)
        out[3 * x + 1] = min(max(green >> RESAMPLE_BITS, 0), 255)
        out[3 * x + 2] = min(max(blue >> RESAMPLE_BITS, 0), 255)


@compiled
def resample(images, starts, weights):
    """Resize square images to square images: rows first, then columns, 8 bits between.

    Parameters
    ----------
    images
        uint8 (n, side, side, 3).
    starts
        int64 (size,): first input pixel of every output pixel.
    weights
        int32 (size, taps): fixed-point weights of the input pixels from there on.
    """
    side, size = images.shape[1], len(starts)
    half = np.int32(1 << (RESAMPLE_BITS - 1))
    wide = np.empty((side, 3 * size), np.uint8)
    sums = np.empty(3 * size, np.int32)
    result = np.empty((len(images), size, size, 3), np.uint8)
    for k in range(len(images)):
        for y in range(side):
            _stretch_row(images[k, y], wide[y], starts, weights, half)
        for y in range(size):
            sums[:] = half
            for t in range(weights.shape[1]):
                row, weight = wide[min(starts[y] + t, side - 1)], weights[y, t]
                for i in range(len(sums)):
                    sums[i] += weight * np.int32(row[i])
            out = result[k, y].reshape(-1)
            for i in range(len(sums)):
                out[i] = min(max(sums[i] >> RESAMPLE_BITS, 0), 255)
    return result


@compiled
def take_nearest(images, places):
    """Take the rows and columns at places, int64 (size,), of each image."""
    size = len(places)
    result = np.empty((len(images), size, size, 3), np.uint8)
    for k in range(len(images)):
        for y in range(size):
            row, out = images[k, places[y]], result[k, y]
            for x in range(size):
                place = places[x]
                out[x, 0], out[x, 1], out[x, 2] = row[place, 0], row[place, 1], row[place, 2]
    return result
