"""What is wrong with a list of transforms: its order, and values that do not fit the images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from regrade.studies.augmentation import (
    BYTE_TRANSFORMS,
    FLOAT_TRANSFORMS,
    POLICIES,
    POLICY_SIDE,
    Transform,
)
from regrade.studies.images import image_sides


def transform_mistakes(which: str, dataset: str, transforms: Sequence[Transform]) -> Iterator[str]:
    """Yield every mistake of the transforms of a set, with its place."""
    words = [transform.kind for transform in transforms]
    place = f"transforms.{which}"
    if words.count("to_tensor") != 1:
        yield f"{place} needs `to_tensor` exactly once"
        return
    tensor = words.index("to_tensor")
    sides = image_sides(dataset, transforms)
    for position, (word, side) in enumerate(zip(transforms, sides, strict=False)):
        here = f"{place}[{position}]"
        yield from _misplaced(here, word.kind, before=position < tensor)
        if word.kind == "random_crop":
            yield from _of_a_crop(here, word, side)
        if word.kind == "center_crop" and word.size > side:
            yield f"{here}: center_crop cuts {word.size} pixels out of {side}"
        if word.kind in POLICIES and side != POLICY_SIDE:
            yield (
                f"{here}: {word.kind} takes images of {POLICY_SIDE} x {POLICY_SIDE} pixels, not"
                f" {side} x {side}: it must stand before resize"
            )
        if position < tensor:
            yield from _no_bytes(here, word)


def _misplaced(here: str, kind: str, *, before: bool) -> Iterator[str]:
    if kind in BYTE_TRANSFORMS and not before:
        yield f"{here}: {kind} works on bytes: it must stand before to_tensor"
    if kind in FLOAT_TRANSFORMS and before:
        yield f"{here}: {kind} must stand after to_tensor"


def _of_a_crop(here: str, word: Any, side: int) -> Iterator[str]:
    room = side + 2 * word.padding
    if word.size > room:
        yield f"{here}: random_crop cuts {word.size} pixels out of {room}"
    if word.padding_mode == "reflect" and word.padding >= side:
        yield f"{here}: reflect pads with at most {side - 1} pixels of {side}"


def _no_bytes(here: str, word: Any) -> Iterator[str]:
    """Yield values that no byte can have, where images are still bytes."""
    key = next((key for key in ("value", "fill") if key in type(word).model_fields), None)
    value = getattr(word, key) if key else 0
    if isinstance(value, int | float) and (value % 1 or not 0 <= value <= 255):
        yield f"{here}.{key} {value:g}: before to_tensor a whole number from 0 to 255 belongs here"
