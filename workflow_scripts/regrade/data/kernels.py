"""Compiled image operations with PIL's arithmetic, to the pixel.

The reports augmented PIL images, and torchvision's tensor operations give other pixels. Each kernel
follows the C code of Pillow (Geometry.c, Blend.c, Filter.c) or the Python of its
ImageOps and ImageEnhance for one uint8 RGB image of any side. Images are (height, width, 3).
"""

from __future__ import annotations

import numpy as np

from regrade.data.compiled import compiled

NOTHING, AFFINE, SHIFT, BRIGHTNESS, COLOR, CONTRAST, SHARPNESS, LOOKUP, AUTOCONTRAST, EQUALIZE = (
    range(10)
)
"""What a step does to an image."""

DIVIDE_26, DIVIDE_BITS = 10_083, 18
"""x * 10083 >> 18 is x // 26 for x from 0 to 6643."""


@compiled
def affine(image, out, a, fill):
    """Map by an inverse affine matrix, nearest pixel, `fill` outside, in 16.16 fixed point."""
    height, width = image.shape[:2]
    a0, a1 = int(np.floor(a[0] * 65536.0 + 0.5)), int(np.floor(a[1] * 65536.0 + 0.5))
    a3, a4 = int(np.floor(a[3] * 65536.0 + 0.5)), int(np.floor(a[4] * 65536.0 + 0.5))
    row_x = int(np.floor((a[2] + a[0] * 0.5 + a[1] * 0.5) * 65536.0 + 0.5))
    row_y = int(np.floor((a[5] + a[3] * 0.5 + a[4] * 0.5) * 65536.0 + 0.5))
    source = image.reshape(-1)
    for y in range(height):
        row = out[y].reshape(-1)
        # What is inside lies between two columns, because a line meets a square in one piece.
        first, last = 0, width - 1
        while first <= last and not _inside(row_x + a0 * first, row_y + a3 * first, width, height):
            row[3 * first : 3 * first + 3] = fill
            first += 1
        while last > first and not _inside(row_x + a0 * last, row_y + a3 * last, width, height):
            row[3 * last : 3 * last + 3] = fill
            last -= 1
        xx, yy = row_x + a0 * first, row_y + a3 * first
        for x in range(first, last + 1):
            place = np.uint64(3 * ((yy >> 16) * width + (xx >> 16)))
            target = np.uint64(3 * x)
            row[target] = source[place]
            row[target + np.uint64(1)] = source[place + np.uint64(1)]
            row[target + np.uint64(2)] = source[place + np.uint64(2)]
            xx += a0
            yy += a3
        row_x += a1
        row_y += a4


@compiled
def _inside(x, y, width, height):
    """Whether a point in 16.16 fixed point is one of the image."""
    return 0 <= x >> 16 < width and 0 <= y >> 16 < height


@compiled
def copy(image, out):
    """Copy in a flat loop, which is vectorised; numba's own assignment of arrays is not."""
    values, copied = image.reshape(-1), out.reshape(-1)
    for i in range(len(values)):
        copied[i] = values[i]


@compiled
def shift(image, out, a):
    """Move by whole pixels (a[2] right to left, a[5] down to up), black outside."""
    height, width = image.shape[:2]
    dx, dy = int(a[2]), int(a[5])
    first, last = max(0, min(width, -dx)), max(0, min(width, width - dx))
    for y in range(height):
        row = out[y].reshape(-1)
        if not 0 <= y + dy < height or first >= last:
            row[:] = 0
            continue
        row[: 3 * first] = 0
        row[3 * last :] = 0
        source = image[y + dy].reshape(-1)
        copy(source[3 * (first + dx) : 3 * (last + dx)], row[3 * first : 3 * last])


@compiled
def _mix(degenerate, value, factor):
    """Pillow's blend: single precision, clipped outside [0, 1], truncated."""
    mixed = np.float32(degenerate) + factor * np.float32(np.int32(value) - np.int32(degenerate))
    return np.uint8(min(max(mixed, np.float32(0)), np.float32(255)))


@compiled
def _mix_all(degenerate, image, out, factor):
    """Blend every value with the same one; a flat loop, which the compiler vectorises."""
    values, mixed = image.reshape(-1), out.reshape(-1)
    for i in range(len(values)):
        mixed[i] = _mix(degenerate, values[i], factor)


@compiled
def luma(pixels, i):
    """Pillow's RGB to L: ITU-R 601-2 in 16 bits, rounded."""
    red, green, blue = np.int32(pixels[i, 0]), np.int32(pixels[i, 1]), np.int32(pixels[i, 2])
    weighted = red * np.int32(19595) + green * np.int32(38470) + blue * np.int32(7471)
    return (weighted + np.int32(0x8000)) >> np.int32(16)


@compiled
def brightness(image, out, factor):
    """Blend with black."""
    _mix_all(0, image, out, factor)


@compiled
def color(image, out, factor):
    """Blend with the gray image."""
    grays = np.empty(image.shape[1:], np.int32)
    degenerate = grays.reshape(-1)
    for y in range(len(image)):
        row = image[y]
        for x in range(len(row)):
            value = luma(row, x)
            grays[x, 0], grays[x, 1], grays[x, 2] = value, value, value
        values, mixed = row.reshape(-1), out[y].reshape(-1)
        for i in range(len(values)):
            mixed[i] = _mix(degenerate[i], values[i], factor)


@compiled
def contrast(image, out, factor):
    """Blend with the mean gray of the image, rounded."""
    pixels = image.reshape(-1, 3)
    total = 0
    for i in range(len(pixels)):
        total += luma(pixels, i)
    _mix_all(int(total / len(pixels) + 0.5), image, out, factor)


@compiled
def sharpness(image, out, factor):
    """Blend with the image smoothed by (1 1 1, 1 5 1, 1 1 1) / 13; the border stays as it is."""
    height, width = image.shape[:2]
    copy(image, out)
    columns = np.empty(3 * width, np.int32)
    # Views that start at 0, and products for divisions: else the compiler vectorises neither loop.
    left, middle, right = columns[:-6], columns[3:-3], columns[6:]
    for y in range(1, height - 1):
        above, row, below = (
            image[y - 1].reshape(-1),
            image[y].reshape(-1),
            image[y + 1].reshape(-1),
        )
        for i in range(len(columns)):
            columns[i] = np.int32(above[i]) + np.int32(row[i]) + np.int32(below[i])
        centre, mixed = row[3:-3], out[y].reshape(-1)[3:-3]
        for i in range(len(centre)):
            value = np.int32(centre[i])
            total = left[i] + middle[i] + right[i] + np.int32(4) * value
            # total / 13 is never half-way, so rounding needs no float.
            doubled = np.int32(2) * total + np.int32(13)
            smooth = (doubled * np.int32(DIVIDE_26)) >> np.int32(DIVIDE_BITS)
            mixed[i] = _mix(smooth, value, factor)


@compiled
def lookup(image, out, table):
    """Replace every value by the table's."""
    values, replaced = image.reshape(-1), out.reshape(-1)
    for i in range(len(values)):
        replaced[i] = table[values[i]]


@compiled
def _histograms(image, counts):
    """Count the values of each channel: int64 (3, 256)."""
    counts[:] = 0
    red, green, blue = counts
    pixels = image.reshape(-1, 3)
    for i in range(len(pixels)):
        red[pixels[i, 0]] += 1
        green[pixels[i, 1]] += 1
        blue[pixels[i, 2]] += 1


@compiled
def _replace(image, out, tables):
    """Replace every value by that of its channel's table: uint8 (3, 256)."""
    red, green, blue = tables
    pixels, replaced = image.reshape(-1, 3), out.reshape(-1, 3)
    for i in range(len(pixels)):
        replaced[i, 0] = red[pixels[i, 0]]
        replaced[i, 1] = green[pixels[i, 1]]
        replaced[i, 2] = blue[pixels[i, 2]]


@compiled
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


@compiled
def equalize(image, out, counts, tables):
    """Equalise the histogram of every channel."""
    _histograms(image, counts)
    for c in range(3):
        last = 255
        while counts[c, last] == 0:
            last -= 1
        step = (image.shape[0] * image.shape[1] - counts[c, last]) // 255
        running = step // 2
        # running // step without a division: half a count more keeps the product off whole numbers.
        share = 1.0 / max(step, 1)
        for i in range(256):
            tables[c, i] = min(255, int((running + 0.5) * share)) if step > 0 else i
            running += counts[c, i]
    _replace(image, out, tables)


@compiled
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
            out = result[n]
            copy(out, scratch)
            if code == AFFINE:
                affine(scratch, out, coefficients[row], np.uint8(0))
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
            elif code == EQUALIZE:
                equalize(scratch, out, counts, channels)
            else:
                raise ValueError("a step has a code that none of the operations has")
    return result


@compiled
def apply_affine(images, matrices):
    """Map every image by its own inverse affine matrix: uint8 (n, h, w, 3), float64 (n, 6)."""
    result = np.empty_like(images)
    for n in range(len(images)):
        affine(images[n], result[n], matrices[n], np.uint8(0))
    return result
