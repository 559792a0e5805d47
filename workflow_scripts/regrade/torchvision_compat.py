"""The one place that imports torchvision; all else does `from ... import torchvision` from here.

torchvision's wheels are built for one build of torch. Beside another one (say, a wheel made for
CUDA next to a torch for the CPU) its compiled operators stay unloaded, and `import torchvision`
fails, because it looks up two of them, `nms` and `qnms`, that only object detection needs. When
it fails so, and never otherwise, they are declared here without a body. Data sets, transforms
and classification networks then work; calling one of the two operators is an error.
"""

from __future__ import annotations

import importlib
from types import ModuleType

__all__ = ["torchvision"]

_declared: list[object] = []
"""Keeps the declarations alive: torch withdraws them with the object that made them."""


def _import_torchvision() -> ModuleType:
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if "operator torchvision::nms does not exist" not in str(error):
            raise
    _declare_operators()
    return importlib.import_module("torchvision")


def _declare_operators() -> None:
    import torch

    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _declared.append(library)


torchvision = _import_torchvision()
