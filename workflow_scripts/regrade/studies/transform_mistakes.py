"""What is wrong with a list of transforms: its order, and values that do not fit the images."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from regrade.studies.augmentation import (
    BYTE_TRANSFORMS,
    FLOAT_TRANSFORMS,
    POLICIES,
    POLICY_SIDE,
    Transform,
)
from regrade.studies.datasets import Dataset
from regrade.studies.images import (
    channels_after,
    channels_along,
    image_sides,
    side_after,
    sides_along,
)


def transform_mistakes(
    which: str, dataset: Dataset, transforms: Sequence[Transform]
) -> Iterator[str]:
    """Yield every mistake of the transforms of a set, with its place."""
    words = [transform.kind for transform in transforms]
    place = f"transforms.{which}"
    if words.count("to_tensor") != 1:
        yield f"{place} needs `to_tensor` exactly once"
        return
    tensor = words.index("to_tensor")
    sides = image_sides(dataset, transforms)
    channels = channels_along(transforms, dataset.channels)
    for position, (word, there) in enumerate(zip(transforms, channels, strict=False)):
        yield from _of_channels(f"{place}[{position}]", word, there)
    for position, (word, side) in enumerate(zip(transforms, sides, strict=False)):
        yield from _of_a_word(f"{place}[{position}]", word, side, before=position < tensor)
    if "normalize" in words[tensor:]:
        first = words.index("normalize", tensor)
        yield from _in_bytes(f"{place}[{first}]", transforms[first])


def _in_bytes(here: str, word: Any) -> Iterator[str]:
    """Refuse means of bytes: where nothing was normalised yet, images are from 0 to 1."""
    highest = max(word.mean)
    if highest > 1:
        yield (
            f"{here}.mean {highest:g}: after to_tensor images are 0 to 1; means and deviations of"
            f" bytes are divided by 255: {highest / 255:.4g}"
        )


def _of_a_word(here: str, word: Any, side: int, *, before: bool) -> Iterator[str]:
    """Yield the mistakes of a word that images of a side reach, `before` they become floats."""
    yield from _misplaced(here, word.kind, before=before)
    if word.kind in FITS:
        yield from FITS[word.kind](here, word, side)
    if word.kind in POLICIES and side != POLICY_SIDE:
        yield (
            f"{here}: {word.kind} takes images of {POLICY_SIDE} x {POLICY_SIDE} pixels, not"
            f" {side} x {side}: it must stand where they have that side"
        )
    if before:
        yield from _no_bytes(here, word)
    parts = getattr(word, "transforms", [])
    one_by_one = word.kind == "random_apply"
    sides = sides_along(parts, side) if one_by_one else [side] * len(parts)
    for number, (part, reached) in enumerate(zip(parts, sides, strict=False)):
        inside = f"{here}.transforms[{number}]"
        if part.kind == "to_tensor":
            yield f"{inside}: to_tensor stands outside of {word.kind}, exactly once"
        else:
            yield from _of_a_word(inside, part, reached, before=before)


def _misplaced(here: str, kind: str, *, before: bool) -> Iterator[str]:
    if kind in BYTE_TRANSFORMS and not before:
        yield f"{here}: {kind} works on bytes: it must stand before to_tensor"
    if kind in FLOAT_TRANSFORMS and before:
        yield f"{here}: {kind} must stand after to_tensor"


def _of_channels(here: str, word: Any, channels: int) -> Iterator[str]:
    """Yield the mistakes of a word, and of those inside it, for images of so many channels."""
    for key in ("mean", "std") if word.kind == "normalize" else ():
        numbers = len(getattr(word, key))
        if numbers not in (1, channels):
            there = f"images have {channels} channel{'s' * (channels > 1)} here"
            yield f"{here}.{key} has {numbers} numbers, but {there}"
    for number, part in enumerate(getattr(word, "transforms", [])):
        inside = f"{here}.transforms[{number}]"
        if (found := channels_after(part, channels)) != channels:
            yield (
                f"{inside}: {part.kind} changes the number of channels from {channels} to {found}:"
                " images of a batch have the same"
            )
        yield from _of_channels(inside, part, channels)


def _of_a_crop(here: str, word: Any, side: int) -> Iterator[str]:
    room = side + 2 * word.padding
    if word.size > room:
        yield f"{here}: random_crop cuts {word.size} pixels out of {room}"
    if word.padding_mode == "reflect" and word.padding >= side:
        yield f"{here}: reflect pads with at most {side - 1} pixels of {side}"


def _of_the_middle(here: str, word: Any, side: int) -> Iterator[str]:
    if word.size > side:
        yield f"{here}: center_crop cuts {word.size} pixels out of {side}"


def _of_a_blur(here: str, word: Any, side: int) -> Iterator[str]:
    kernel = max(word.kernel) if isinstance(word.kernel, tuple) else word.kernel
    if kernel // 2 >= side:
        yield f"{here}.kernel {kernel}: an image of {side} pixels takes at most {2 * side - 1}"


def _of_a_field(here: str, word: Any, side: int) -> Iterator[str]:
    """Yield a field that is smoother than the image is large: torch pads it by 4 sigma."""
    for sigma in word.widths:
        if (int(8 * sigma + 1) | 1) // 2 >= side:
            yield f"{here}.sigma {sigma:g}: an image of {side} pixels takes less than {side / 4:g}"


def _ends_with_the_side(here: str, word: Any, side: int) -> Iterator[str]:
    found = sides_along(word.transforms, side)[-1]
    if found != side:
        yield f"{here}: {found} pixels of {side} for some: images of a batch are of one side"


def _keeps_the_side(here: str, word: Any, side: int) -> Iterator[str]:
    for number, part in enumerate(word.transforms):
        if (found := side_after(part, side)) != side:
            yield (
                f"{here}.transforms[{number}]: {part.kind} makes {found} pixels of {side}: images"
                " of a batch are of one side"
            )


def _gives_one_side(here: str, word: Any, side: int) -> Iterator[str]:
    found = [side_after(part, side) for part in word.transforms]
    if len(set(found)) > 1:
        yield f"{here}: sides of {found} pixels: images of a batch are of one side"


FITS: dict[str, Callable[[str, Any, int], Iterator[str]]] = {
    "random_crop": _of_a_crop,
    "center_crop": _of_the_middle,
    "gaussian_blur": _of_a_blur,
    "elastic_transform": _of_a_field,
    "random_apply": _ends_with_the_side,
    "random_order": _keeps_the_side,
    "random_choice": _gives_one_side,
}
"""What is wrong with a word for images of a side, by its kind."""


def _no_bytes(here: str, word: Any) -> Iterator[str]:
    """Yield values that no byte can have, where images are still bytes."""
    key = next((key for key in ("value", "fill") if key in type(word).model_fields), None)
    value = getattr(word, key) if key else 0
    if isinstance(value, int | float) and (value % 1 or not 0 <= value <= 255):
        yield f"{here}.{key} {value:g}: before to_tensor a whole number from 0 to 255 belongs here"
