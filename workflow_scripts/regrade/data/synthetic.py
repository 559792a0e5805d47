"""The `synthetic` source: learnable pictures in the shape of any data set, made on the spot.

A class owns a few soft-edged parts with colours and a texture of its own. An image shows one of
its class's parts somewhere near the middle, in one of several poses, mirrored half of the time,
over a background and beside fainter parts of other classes; light, contrast and colour vary, and
pixel noise lies over everything. So the position of a part says nothing (convolutions beat dense
layers, random crops help), neither does its direction (random flips help), and a small training
set can be learned by heart. The ranges of all this are set so that a small network learns about as
fast, and overfits about as early, as on the photographs of CIFAR-10.

Every number comes from the raw 64-bit words of Philox by integer and float32 elementwise
arithmetic (no reductions, no transcendental functions, no distributions of numpy, whose streams
may change between versions), so that the same pictures appear on every machine. They are drawn in
the shape of CIFAR; for images of another side or without colour, those are resized and made gray.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regrade.studies.datasets import RGB

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]
Corners = tuple[Integers, Integers]
"""Rows and columns of the top left corners of windows."""

SIZE = 32
PART = 18
"""Pixels on a side of the window that a part is drawn in."""
PARTS_PER_CLASS = 3
POSES = 8
EDGE = 2
"""Pixels that the part of the image's own class keeps from the edges."""
BACKGROUNDS = 128
MARGIN = 16
"""By how many pixels a background is larger than an image, so that it can be shifted."""
CHUNK = 500
"""Images made together, about; also the unit of the random streams."""
LUMA = (19_595, 38_470, 7_471)
"""Shares of red, green and blue in gray, of 65,536, as Pillow has them."""

SEED = 20_091_992


class Draws:
    """A stream of random numbers that is the same with every version of numpy."""

    def __init__(self, *stream: int) -> None:
        number = 0
        for part in stream:
            number = number * 1_000_003 + part
        self._philox = np.random.Philox(key=np.array([SEED, number], dtype=np.uint64))

    def words(self, *shape: int) -> NDArray[np.uint64]:
        """Uniform 64-bit words."""
        return self._philox.random_raw(math.prod(shape)).reshape(shape)

    def below(self, limit: int, *shape: int) -> Integers:
        """Uniform integers from 0 to `limit` - 1 (with a bias below 2^-50)."""
        return (self.words(*shape) % np.uint64(limit)).astype(np.int64)

    def between(self, low: float, high: float, *shape: int) -> Floats:
        """Uniform numbers from `low` to `high`, 24 bits of each."""
        fractions = (self.words(*shape) >> np.uint64(40)).astype(np.float32) / np.float32(1 << 24)
        return np.float32(low) + np.float32(high - low) * fractions

    def noise(self, *shape: int) -> Floats:
        """Triangular noise from -1 to 1 (standard deviation 0.41), two bytes of a word each."""
        count = math.prod(shape)
        words = self.words(-(-count // 4)).astype("<u8", copy=False)
        octets = words.view(np.uint8).reshape(-1, 2)[:count].astype(np.float32)
        return ((octets[:, 0] - octets[:, 1]) / np.float32(255)).reshape(shape)


def sample_field(grids: Floats, rows: Floats, columns: Floats) -> Floats:
    """Read smooth random fields between the points of their coarse grids (value noise).

    Parameters
    ----------
    grids
        (fields, g, g, channels), the values at the grid points.
    rows, columns
        Where to read, both of one shape (...), in grid steps; held inside the grid.

    Returns
    -------
    (fields, ..., channels)
    """
    last = grids.shape[1] - 1
    rows, columns = np.clip(rows, 0, last), np.clip(columns, 0, last)
    top = np.minimum(rows.astype(np.int64), last - 1)
    left = np.minimum(columns.astype(np.int64), last - 1)
    down = _smooth_step(rows - top.astype(np.float32))[..., None]
    right = _smooth_step(columns - left.astype(np.float32))[..., None]
    one = np.float32(1)
    upper = grids[:, top, left] * (one - right) + grids[:, top, left + 1] * right
    lower = grids[:, top + 1, left] * (one - right) + grids[:, top + 1, left + 1] * right
    return upper * (one - down) + lower * down


def _smooth_step(fraction: Floats) -> Floats:
    return fraction * fraction * (3 - 2 * fraction)


@dataclass(frozen=True)
class World:
    """What the images of a data set are put together from; values 0 to 255, opacity 0 to 1."""

    parts: Floats
    """(classes, parts, poses, PART, PART, 4): red, green, blue and opacity."""
    backgrounds: Floats
    """(BACKGROUNDS, SIZE + MARGIN, SIZE + MARGIN, 3)"""


def make_world(classes: int) -> World:
    """Draw the parts of all classes and the backgrounds that the classes share."""
    return World(_draw_parts(Draws(classes, 0), classes), _draw_backgrounds(Draws(classes, 1)))


def _draw_parts(draws: Draws, classes: int) -> Floats:
    count = classes * PARTS_PER_CLASS
    colours = draws.between(20, 235, classes, 1, 2, 3)  # two ends of a range, for each class
    colours = colours + draws.between(-50, 50, classes, PARTS_PER_CLASS, 2, 3)
    dark, light = np.moveaxis(colours.reshape(count, 1, 1, 1, 2, 3), -2, 0)
    textures = draws.between(0, 1, count, 5, 5, 1)
    outlines = draws.between(-0.45, 0.45, count, 5, 5, 1)

    down, right = _pose_coordinates(draws)
    texture, outline = (
        sample_field(grids, (down + 1) * 2, (right + 1) * 2) for grids in (textures, outlines)
    )
    distance = np.sqrt(down * down + right * right)[None, ..., None]
    opacity = np.clip((np.float32(0.75) + outline - distance) * 5, 0, 1)
    parts = np.concatenate([dark + (light - dark) * texture, opacity], axis=-1)
    return parts.reshape(classes, PARTS_PER_CLASS, POSES, PART, PART, 4)


def _pose_coordinates(draws: Draws) -> tuple[Floats, Floats]:
    """Where the pixels of a window lie on the part, turned and scaled; each (POSES, PART, PART).

    A turn is written with t, the tangent of half its angle, to do without sine and cosine.
    """
    t = draws.between(-0.2, 0.2, POSES, 1, 1)
    scale = draws.between(0.85, 1.25, POSES, 1, 1)
    cosine, sine = (1 - t * t) / (1 + t * t), 2 * t / (1 + t * t)
    line = (np.arange(PART, dtype=np.float32) * 2 + 1) / np.float32(PART) - 1
    down, right = line[None, :, None], line[None, None, :]
    return scale * (cosine * down - sine * right), scale * (sine * down + cosine * right)


def _draw_backgrounds(draws: Draws) -> Floats:
    side = SIZE + MARGIN
    line = np.arange(side, dtype=np.float32) / np.float32(side - 1)
    rows, columns = np.broadcast_arrays(line[:, None], line[None, :])
    light = draws.between(50, 205, BACKGROUNDS, 5, 5, 1)
    colour = draws.between(-45, 45, BACKGROUNDS, 3, 3, 3)
    fine = draws.between(-30, 30, BACKGROUNDS, 13, 13, 1)
    spots, tints, grain = (
        sample_field(grids, rows * steps, columns * steps)
        for grids, steps in ((light, 4), (colour, 2), (fine, 12))
    )
    return spots + tints + grain


def draw_images(world: World, labels: Integers, draws: Draws) -> NDArray[np.uint8]:
    """Draw one image, (32, 32, 3), of the class of each label."""
    count, classes = len(labels), len(world.parts)
    images = _draw_scenery(world, count, draws)
    for faintest, strongest in ((0.35, 0.65), (0.2, 0.5)):
        others = (labels + 1 + draws.below(classes - 1, count)) % classes
        faint = draws.between(faintest, strongest, count)
        anywhere = _corners(SIZE - PART, count, draws)
        _paste(images, _choose_parts(world, others, draws), anywhere, faint)
    shown = draws.between(0.4, 1, count)
    top, left = _corners(SIZE - PART - 2 * EDGE, count, draws)
    _paste(images, _choose_parts(world, labels, draws), (top + EDGE, left + EDGE), shown)

    contrast = draws.between(0.8, 1.8, count, 1, 1, 1)
    light = draws.between(-25, 25, count, 1, 1, 1) + draws.between(-18, 18, count, 1, 1, 3)
    images -= 128
    images *= contrast
    images += 128 + light
    images += draws.noise(count, SIZE, SIZE, 3) * draws.between(8, 40, count, 1, 1, 1)
    mirrored = draws.below(2, count) == 1
    images[mirrored] = images[mirrored, :, ::-1]
    return np.clip(np.rint(images, out=images), 0, 255, out=images).astype(np.uint8)


def _draw_scenery(world: World, count: int, draws: Draws) -> Floats:
    chosen = draws.below(BACKGROUNDS, count)
    return world.backgrounds[_windows(chosen, _corners(MARGIN, count, draws), SIZE)]


def _choose_parts(world: World, labels: Integers, draws: Draws) -> Floats:
    count = len(labels)
    return world.parts[labels, draws.below(PARTS_PER_CLASS, count), draws.below(POSES, count)]


def _corners(room: int, count: int, draws: Draws) -> Corners:
    return draws.below(room + 1, count), draws.below(room + 1, count)


def _windows(images: Integers, corners: Corners, size: int) -> tuple[Integers, Integers, Integers]:
    """Index of a square window of each of some images, from its top left corner."""
    rows, columns = (corner[:, None] + np.arange(size) for corner in corners)
    return images[:, None, None], rows[:, :, None], columns[:, None, :]


def _paste(images: Floats, parts: Floats, corners: Corners, strength: Floats) -> None:
    """Lay parts, (count, PART, PART, 4), over the images, each as opaque as its strength."""
    where = _windows(np.arange(len(images)), corners, PART)
    below = images[where]
    below += (parts[..., :3] - below) * (parts[..., 3:] * strength[:, None, None, None])
    images[where] = below


def draw_labels(classes: int, count: int, draws: Draws) -> Integers:
    """Every class once in each run of as many labels as there are classes, in a random order."""
    return draws.words(count // classes, classes).argsort(axis=1, kind="stable").reshape(count)


def generate(
    classes: int, train_images: int, test_images: int, side: int = SIZE, channels: int = RGB
) -> dict[str, NDArray]:
    """Make the arrays of a data set of so many classes and images.

    The first images are the same however many are asked for.

    Returns
    -------
    `classes` (their names, a string each), `train_images` and `test_images` (uint8 (count, side,
    side, channels)), `train_labels` and `test_labels` (uint8 (count,)).
    """
    world = make_world(classes)
    digits = len(str(classes - 1))
    arrays = {"classes": np.array([f"class {index:0{digits}}" for index in range(classes)])}
    for stream, (split, count) in enumerate((("train", train_images), ("test", test_images)), 2):
        images, labels = _generate_split(world, stream, count, (side, side, channels))
        arrays[f"{split}_images"], arrays[f"{split}_labels"] = images, labels
    return arrays


def _generate_split(
    world: World, stream: int, count: int, shape: tuple[int, int, int]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    classes = len(world.parts)
    chunk = max(1, CHUNK // classes) * classes
    images = np.empty((count, *shape), dtype=np.uint8)
    labels = np.empty(count, dtype=np.uint8)
    for start in range(0, count, chunk):
        draws = Draws(classes, stream, start // chunk)
        drawn = draw_labels(classes, chunk, draws)
        wanted = min(chunk, count - start)
        pictures = draw_images(world, drawn, draws)[:wanted]
        images[start : start + wanted] = _in_shape(pictures, *shape[1:])
        labels[start : start + wanted] = drawn[:wanted]
    return images, labels


def _in_shape(images: NDArray[np.uint8], side: int, channels: int) -> NDArray[np.uint8]:
    """Resize pictures to a side, taking the nearest pixels, and make them gray for one channel."""
    if side != SIZE:
        places = (2 * np.arange(side) + 1) * SIZE // (2 * side)
        images = images[:, places[:, None], places]
    if channels == RGB:
        return images
    gray = (images.astype(np.int64) * LUMA).sum(-1, keepdims=True)
    return ((gray + 0x8000) >> 16).astype(np.uint8)
