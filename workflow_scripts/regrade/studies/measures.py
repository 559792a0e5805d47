"""Words for what is measured on the test set after training, where a recipe asks for it."""

from __future__ import annotations

from typing import Literal

Measure = Literal[
    "top5_accuracy",
    "flip_accuracy",
    "five_crop_accuracy",
    "ten_crop_accuracy",
    "macro_f1",
    "class_accuracy",
]
"""Of the network of the reported epoch."""
