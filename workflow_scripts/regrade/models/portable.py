"""Layers that every device computes right and repeatably, in the place of torch's own.

Where torch's layer is right as it is, the replacement does the very same, to the bit.
"""

from __future__ import annotations

import functools

import torch
from torch import Tensor, nn
from torch.nn import functional

ONEDNN_BLOCK = 16
"""Channels that oneDNN computes at a time with AVX-512; with AVX2 it is 8."""


class StridedPointwise(nn.Conv2d):
    """A strided 1 x 1 convolution of few channels, which oneDNN must not get in channels-last.

    With fewer input channels than its block, oneDNN's backward pass writes beyond its memory on
    x86 without AVX-512: a crash, or wrong gradients (uxlfoundation/oneDNN issue 6035). In the
    contiguous layout another kernel runs. Other devices take the detour too: it costs them nothing
    that counts, and no device has a case of its own.
    """

    def forward(self, images: Tensor) -> Tensor:
        """Map (batch, inputs, height, width) to (batch, channels, ...) / stride."""
        # The strides of a 1 x 1 kernel say channels-last as soon as the network was converted.
        weight = self.weight.flatten(1).view(self.weight.shape)
        return self._conv_forward(images.contiguous(), weight, self.bias)


class RepeatableAdaptivePool(nn.AdaptiveAvgPool2d):
    """Adaptive average pooling whose backward pass is deterministic on an accelerator.

    The backward pass of torch's own has no deterministic kernel on CUDA. Each output is a mean
    over a window, so that the whole is a product with one matrix of weights a side.
    """

    def forward(self, images: Tensor) -> Tensor:
        """Map (batch, channels, height, width) to (batch, channels, *output_size)."""
        if images.device.type == "cpu":
            return super().forward(images)
        height, width = _pair(self.output_size, images.shape[-2:])
        if images.shape[-2:] == (height, width):
            return images
        rows = _windows(images.shape[-2], height, images.device, images.dtype)
        columns = _windows(images.shape[-1], width, images.device, images.dtype)
        return torch.einsum("oh,bchw,pw->bcop", rows, images, columns)


class FirstGroupNorm(nn.GroupNorm):
    """Group normalisation that may be the first layer with parameters.

    Where its input wants no gradient, torch's backward pass for channels-last crashes on a CPU
    (seen with torch 2.13); the one for the contiguous layout does not.
    """

    def forward(self, features: Tensor) -> Tensor:
        """Map features to features of the same shape."""
        if torch.is_grad_enabled() and not features.requires_grad:
            features = features.contiguous()
        return super().forward(features)


def make_portable(network: nn.Module) -> nn.Module:
    """Replace, in place, the layers that some device computes wrongly or not repeatably."""
    for module in network.modules():
        if type(module) is nn.Conv2d and _is_strided_pointwise(module):
            module.__class__ = StridedPointwise
        elif type(module) is nn.AdaptiveAvgPool2d and module.output_size not in (1, (1, 1)):
            module.__class__ = RepeatableAdaptivePool
        elif type(module) is nn.GroupNorm:
            module.__class__ = FirstGroupNorm
    return network


def _is_strided_pointwise(conv: nn.Conv2d) -> bool:
    few = conv.in_channels // conv.groups < ONEDNN_BLOCK
    return few and conv.kernel_size == (1, 1) and conv.stride != (1, 1)


def _pair(wanted: int | tuple[int | None, int | None] | None, sides: torch.Size) -> tuple[int, int]:
    both = wanted if isinstance(wanted, tuple) else (wanted, wanted)
    height, width = (side if one is None else one for one, side in zip(both, sides, strict=True))
    return height, width


@functools.cache  # Made once: copying it to the device makes the host wait.
def _windows(side: int, outputs: int, device: torch.device, dtype: torch.dtype) -> Tensor:
    """Return the weights of each output's window: (outputs, side), rows that sum to 1.

    Output o averages the inputs from floor(o side / outputs) to ceil((o + 1) side / outputs), as
    `torch.nn.AdaptiveAvgPool2d` does.
    """
    pooled = functional.adaptive_avg_pool1d(torch.eye(side), outputs).T
    return pooled.contiguous().to(device, dtype)
