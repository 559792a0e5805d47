"""What each transform does, and how it draws its choices: an operation for every word."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from regrade.data import erasing, geometry, padding, resizing, shifting
from regrade.data.generators import draw_coins

if TYPE_CHECKING:
    from regrade.data.nested import Nested
    from regrade.studies.augmentation import Normalize, ToTensor, Transform


@dataclass(frozen=True)
class Operation:
    """How a transform draws its choices for so many images, and how it is done with them."""

    apply: Callable[..., torch.Tensor]
    draw: Callable[[Any, np.random.Generator, int], np.ndarray | Nested] | None = None
    on_cpu: bool = False
    """Whether it is done on the CPU, whatever the device is."""


def _to_tensor(_: ToTensor, images: torch.Tensor) -> torch.Tensor:
    return images.to(torch.float32).div_(255)


def _normalize(transform: Normalize, images: torch.Tensor) -> torch.Tensor:
    mean, std = (_on(images.device, tuple(v)) for v in (transform.mean, transform.std))
    return images.sub_(mean).div_(std)


@functools.cache
def _on(device: torch.device, values: tuple[float, ...]) -> torch.Tensor:
    # Made once: making a tensor from numbers waits for the device.
    return torch.tensor(values, dtype=torch.float32, device=device)


# What follows is imported where it is wanted, because it loads a compiler, or torchvision, which
# most recipes do without.


def _affine() -> Operation:
    from regrade.data import affine_maps

    return Operation(affine_maps.affine, affine_maps.draw_affine, on_cpu=True)


def _resized_crop() -> Operation:
    from regrade.data import resized_crops

    return Operation(resized_crops.resized_crop, resized_crops.draw_windows, on_cpu=True)


def _jitter() -> Operation:
    from regrade.data import colours

    return Operation(colours.jitter, colours.draw_jitter, on_cpu=True)


def _gray() -> Operation:
    from regrade.data import colours

    return Operation(colours.grayscale, on_cpu=True)


def _randomly_gray() -> Operation:
    from regrade.data import colours

    return Operation(colours.randomly_gray, draw_coins, on_cpu=True)


def _tone() -> Operation:
    from regrade.data import tones

    return Operation(tones.change, draw_coins, on_cpu=True)


def _policy() -> Operation:
    from regrade.data import pil_transforms

    return Operation(pil_transforms.augment, pil_transforms.draw_steps, on_cpu=True)


def _rotation() -> Operation:
    from regrade.data import pil_transforms

    return Operation(pil_transforms.rotate, pil_transforms.draw_degrees, on_cpu=True)


def _applied() -> Operation:
    from regrade.data import nested

    return Operation(nested.apply_or_not, nested.draw_whether, on_cpu=True)


def _ordered() -> Operation:
    from regrade.data import nested

    return Operation(nested.apply_in_order, nested.draw_orders, on_cpu=True)


def _chosen() -> Operation:
    from regrade.data import nested

    return Operation(nested.apply_one, nested.draw_one, on_cpu=True)


def _of_the_library() -> Operation:
    from regrade.data import library

    return Operation(library.transform, library.draw_seeds, on_cpu=True)


OPERATIONS: dict[str, Callable[[], Operation]] = {
    "to_tensor": lambda: Operation(_to_tensor),
    "normalize": lambda: Operation(_normalize),
    "random_crop": lambda: Operation(geometry.crop, geometry.draw_offsets),
    **dict.fromkeys(geometry.MIRRORS, lambda: Operation(geometry.mirror, draw_coins)),
    "center_crop": lambda: Operation(geometry.center_crop),
    "corner_crop": lambda: Operation(geometry.corner_crop),
    "pad": lambda: Operation(padding.pad),
    "random_shift": lambda: Operation(shifting.shift, shifting.draw_shifts),
    "cutout": lambda: Operation(erasing.cut_out, erasing.draw_middles),
    "random_erasing": lambda: Operation(erasing.erase, erasing.draw_boxes),
    "resize": lambda: Operation(resizing.resize, on_cpu=True),
    "random_rotation": _rotation,
    "random_affine": _affine,
    "random_resized_crop": _resized_crop,
    "color_jitter": _jitter,
    "grayscale": _gray,
    "random_grayscale": _randomly_gray,
    **dict.fromkeys(("random_invert", "random_autocontrast", "random_equalize"), _tone),
    **dict.fromkeys(("random_posterize", "random_solarize", "random_adjust_sharpness"), _tone),
    **dict.fromkeys(("rand_augment", "trivial_augment_wide", "auto_augment_cifar10"), _policy),
    **dict.fromkeys(
        ("random_perspective", "gaussian_blur", "elastic_transform", "aug_mix"), _of_the_library
    ),
    "random_apply": _applied,
    "random_order": _ordered,
    "random_choice": _chosen,
}
"""What a transform does, by the kind of its word."""


def operation_of(transform: Transform) -> Operation:
    """Return what a transform does."""
    return OPERATIONS[transform.kind]()
