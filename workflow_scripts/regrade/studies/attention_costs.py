"""Parameters and multiply-adds of torchvision's networks of attention, at any side of the images.

The products of queries and keys, and of what comes of them and the values, are counted as well:
they belong to no layer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from regrade.studies.datasets import RGB
from regrade.studies.layer_rows import ShapeError

SWIN_PATCH = 4
POSITION_HIDDEN = 512
"""Features between the two layers that give a Swin V2 its biases of position."""
MLP_RATIO = 4


def _vit_macs(shape: Mapping[str, Any], side: int) -> int:
    """Count an image in patches and a token for the class, each in relation to each."""
    patch, width, depth, hidden = (shape[key] for key in ("patch", "width", "depth", "hidden"))
    patches = (side // patch) ** 2
    tokens = patches + 1
    layer = tokens * (4 * width**2 + 2 * width * hidden) + 2 * tokens**2 * width
    return patches * RGB * patch**2 * width + depth * layer


def _swin_macs(shape: Mapping[str, Any], side: int) -> int:
    """Count windows of a side, to which maps are padded, in stages of half the side each."""
    width, window = shape["width"], shape["window"]
    side //= SWIN_PATCH
    total = side**2 * RGB * SWIN_PATCH**2 * width
    for number, (depth, heads) in enumerate(zip(shape["depths"], shape["heads"], strict=True)):
        if number:
            side = -(-side // 2)
            total += side**2 * 4 * width * 2 * width
            width *= 2
        padded = (-(-side // window) * window) ** 2
        block = padded * (4 * width**2 + 2 * window**2 * width) + side**2 * 2 * MLP_RATIO * width**2
        if shape["kind"] == "swin_v2":
            block += (2 * window - 1) ** 2 * POSITION_HIDDEN * (2 + heads)
        total += depth * block
    return total


def _max_vit_macs(shape: Mapping[str, Any], side: int) -> int:
    """Scale what was counted: sides are whole multiples of the one it was counted at."""
    return shape["macs"] * (side // shape["side"]) ** 2


MACS: dict[str, Callable[[Mapping[str, Any], int], int]] = {
    "vit": _vit_macs,
    "swin": _swin_macs,
    "swin_v2": _swin_macs,
    "max_vit": _max_vit_macs,
}
"""Multiply-adds without the last layer, by the kind of a network's shape."""
MULTIPLES = {"vit": "patch", "max_vit": "side"}
"""What the side of images must be a multiple of, by the key that tells it."""


def attention_macs(name: str, shape: Mapping[str, Any], side: int) -> int:
    """Count the multiply-adds of a network for an image, without its last layer.

    Raises
    ------
    ShapeError
        When it takes no images of that side.
    """
    kind = shape["kind"]
    if kind in MULTIPLES and side % shape[MULTIPLES[kind]]:
        raise ShapeError(
            f"{name} takes images whose side is a multiple of {shape[MULTIPLES[kind]]} pixels,"
            f" not {side}: put a resize before it"
        )
    return MACS[kind](shape, side)


def position_parameters(shape: Mapping[str, Any], side: int) -> int:
    """Count the parameters that depend on the side: a ViT has a position a patch."""
    return shape["width"] * (side // shape["patch"]) ** 2 if shape["kind"] == "vit" else 0
