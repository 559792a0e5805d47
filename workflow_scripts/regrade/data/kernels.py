"""Compiled image operations with PIL's arithmetic, to the pixel.

The reports augmented PIL images, and torchvision's tensor operations give other pixels. Each kernel
follows the C code of Pillow (Geometry.c, Blend.c, Filter.c, Resample.c) or the Python of its
ImageOps and ImageEnhance for one uint8 RGB image of any side. Images are (height, width, 3).
"""

from __future__ import annotations

import numba
import numpy as np

NOTHING, AFFINE, SHIFT, BRIGHTNESS, COLOR, CONTRAST, SHARPNESS, LOOKUP, AUTOCONTRAST, EQUALIZE = (
    range(10)
)
"""What a step does to an image."""

RESAMPLE_BITS = 22
"""Fixed-point precision of Pillow's resampling: 32 bits less 8 for the value and 2 for overflow."""

_compile = numba.njit(cache=True, nogil=True, boundscheck=False)


@_compile
def affine(image, out, a):
    """Map by an inverse affine matrix, nearest pixel, black outside, in 16.16 fixed point."""
    height, width = image.shape[:2]
    a0, a1 = int(np.floor(a[0] * 65536.0 + 0.5)), int(np.floor(a[1] * 65536.0 + 0.5))
    a3, a4 = int(np.floor(a[3] * 65536.0 + 0.5)), int(np.floor(a[4] * 65536.0 + 0.5))
    row_x = int(np.floor((a[2] + a[0] * 0.5 + a[1] * 0.5) * 65536.0 + 0.5))
    row_y = int(np.floor((a[5] + a[3] * 0.5 + a[4] * 0.5) * 65536.0 + 0.5))
    for y in range(height):
        xx, yy = row_x, row_y
        for x in range(width):
            source_x, source_y = xx >> 16, yy >> 16
            inside = 0 <= source_x < width and 0 <= source_y < height
            for c in range(3):
                out[y, x, c] = image[source_y, source_x, c] if inside else 0
            xx += a0
            yy += a3
        row_x += a1
        row_y += a4


@_compile
def shift(image, out, a):
    """Move by whole pixels (a[2] right to left, a[5] down to up), black outside."""
    height, width = image.shape[:2]
    dx, dy = int(a[2]), int(a[5])
    for y in range(height):
        for x in range(width):
            inside = 0 <= x + dx < width and 0 <= y + dy < height
            for c in range(3):
                out[y, x, c] = image[y + dy, x + dx, c] if inside else 0


@_compile
def _mix(degenerate, value, factor):
    """Pillow's blend: single precision, clipped outside [0, 1], truncated."""
    mixed = np.float32(degenerate) + factor * np.float32(np.int32(value) - np.int32(degenerate))
    return np.uint8(min(max(mixed, np.float32(0)), np.float32(255)))


@_compile
def _mix_all(degenerate, image, out, factor):
    """Blend every value with the same one; a flat loop, which the compiler vectorises."""
    values, mixed = image.reshape(-1), out.reshape(-1)
    for i in range(len(values)):
        mixed[i] = _mix(degenerate, values[i], factor)


@_compile
def _gray(image, y, x):
    """Pillow's RGB to L: ITU-R 601-2 in 16 bits, rounded."""
    red, green, blue = np.int32(image[y, x, 0]), np.int32(image[y, x, 1]), np.int32(image[y, x, 2])
    return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16


@_compile
def brightness(image, out, factor):
    """Blend with black."""
    _mix_all(0, image, out, factor)


@_compile
def color(image, out, factor):
    """Blend with the gray image."""
    height, width = image.shape[:2]
    for y in range(height):
        for x in range(width):
            gray = _gray(image, y, x)
            for c in range(3):
                out[y, x, c] = _mix(gray, image[y, x, c], factor)


@_compile
def contrast(image, out, factor):
    """Blend with the mean gray of the image, rounded."""
    height, width = image.shape[:2]
    total = 0
    for y in range(height):
        for x in range(width):
            total += _gray(image, y, x)
    _mix_all(int(total / (height * width) + 0.5), image, out, factor)


@_compile
def sharpness(image, out, factor):
    """Blend with the image smoothed by (1 1 1, 1 5 1, 1 1 1) / 13; the border stays as it is."""
    height, width = image.shape[:2]
    out[:] = image
    columns = np.empty(3 * width, np.int32)
    for y in range(1, height - 1):
        above, row, below = (
            image[y - 1].reshape(-1),
            image[y].reshape(-1),
            image[y + 1].reshape(-1),
        )
        mixed = out[y].reshape(-1)
        for i in range(3 * width):
            columns[i] = np.int32(above[i]) + np.int32(row[i]) + np.int32(below[i])
        for i in range(3, 3 * width - 3):
            total = columns[i - 3] + columns[i] + columns[i + 3] + np.int32(4) * np.int32(row[i])
            # total / 13 is never half-way, so rounding needs no float.
            smooth = (np.int32(2) * total + np.int32(13)) // np.int32(26)
            mixed[i] = _mix(smooth, row[i], factor)


@_compile
def lookup(image, out, table):
    """Replace every value by the table's."""
    height, width = image.shape[:2]
    for y in range(height):
        for x in range(width):
            for c in range(3):
                out[y, x, c] = table[image[y, x, c]]


@_compile
def _histograms(image, counts):
    """Count the values of each channel: int64 (3, 256)."""
    counts[:] = 0
    height, width = image.shape[:2]
    for y in range(height):
        for x in range(width):
            for c in range(3):
                counts[c, image[y, x, c]] += 1


@_compile
def _replace(image, out, tables):
    """Replace every value by that of its channel's table: uint8 (3, 256)."""
    height, width = image.shape[:2]
    for y in range(height):
        for x in range(width):
            for c in range(3):
                out[y, x, c] = tables[c, image[y, x, c]]


@_compile
def autocontrast(image, out, counts, tables):
    """Stretch every channel to the full range."""
    _histograms(image, counts)
    for c in range(3):
        low, high = 0, 255
        while low < 255 and counts[c, low] == 0:
            low += 1
        while high > 0 and counts[c, high] == 0:
            high -= 1
        scale = 255.0 / (high - low) if high > low else 1.0
        offset = -low * scale if high > low else 0.0
        for i in range(256):
            tables[c, i] = min(255, max(0, int(i * scale + offset)))
    _replace(image, out, tables)


@_compile
def equalize(image, out, counts, tables):
    """Equalise the histogram of every channel."""
    _histograms(image, counts)
    for c in range(3):
        last = 255
        while counts[c, last] == 0:
            last -= 1
        step = (image.shape[0] * image.shape[1] - counts[c, last]) // 255
        running = step // 2
        for i in range(256):
            tables[c, i] = min(255, running // step) if step > 0 else i
            running += counts[c, i]
    _replace(image, out, tables)


@_compile
def apply_steps(images, steps, codes, coefficients, factors, tables):
    """Do to every image its steps.

    Parameters
    ----------
    images
        uint8 (n, height, width, 3).
    steps
        int16 (n, k): rows of the four arrays that follow, in order; row 0 does nothing.
    codes, coefficients, factors, tables
        What each row does: its code, inverse affine matrix (rows, 6), blend factor (rows,) in
        single precision, and lookup table (rows, 256).

    Returns
    -------
    array
        uint8 (n, height, width, 3).
    """
    result = images.copy()
    scratch = np.empty_like(images[0])
    counts = np.empty((3, 256), np.int64)
    channels = np.empty((3, 256), np.uint8)
    for n in range(len(images)):
        for k in range(steps.shape[1]):
            row = steps[n, k]
            code = codes[row]
            if code == NOTHING:
                continue
            scratch[:] = result[n]
            out = result[n]
            if code == AFFINE:
                affine(scratch, out, coefficients[row])
            elif code == SHIFT:
                shift(scratch, out, coefficients[row])
            elif code == BRIGHTNESS:
                brightness(scratch, out, factors[row])
            elif code == COLOR:
                color(scratch, out, factors[row])
            elif code == CONTRAST:
                contrast(scratch, out, factors[row])
            elif code == SHARPNESS:
                sharpness(scratch, out, factors[row])
            elif code == LOOKUP:
                lookup(scratch, out, tables[row])
            elif code == AUTOCONTRAST:
                autocontrast(scratch, out, counts, channels)
            else:
                equalize(scratch, out, counts, channels)
    return result


@_compile
def apply_affine(images, matrices):
    """Map every image by its own inverse affine matrix: uint8 (n, h, w, 3), float64 (n, 6)."""
    result = np.empty_like(images)
    for n in range(len(images)):
        affine(images[n], result[n], matrices[n])
    return result


@_compile
def resample(images, starts, weights):
    """Resize square images to square images: rows first, then columns, 8 bits between.

    Parameters
    ----------
    images
        uint8 (n, side, side, 3).
    starts
        int64 (size,): first input pixel of every output pixel.
    weights
        int64 (size, taps): fixed-point weights of the input pixels from there on.
    """
    n, side = images.shape[:2]
    size, taps = weights.shape
    half = 1 << (RESAMPLE_BITS - 1)
    wide = np.empty((side, size, 3), np.uint8)
    result = np.empty((n, size, size, 3), np.uint8)
    for k in range(n):
        for y in range(side):
            for x in range(size):
                for c in range(3):
                    total = half
                    for t in range(taps):
                        total += weights[x, t] * images[k, y, min(starts[x] + t, side - 1), c]
                    wide[y, x, c] = min(255, max(0, total >> RESAMPLE_BITS))
        for y in range(size):
            for x in range(size):
                for c in range(3):
                    total = half
                    for t in range(taps):
                        total += weights[y, t] * wide[min(starts[y] + t, side - 1), x, c]
                    result[k, y, x, c] = min(255, max(0, total >> RESAMPLE_BITS))
    return result
