"""Layers that torch.nn lacks, or whose backward passes have no repeatable kernel on CUDA."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from regrade.models.portable import RepeatableAdaptivePool


def pad_sides(images: Tensor, sides: Sequence[int], mode: str) -> Tensor:
    """Pad images by pixels on the left, right, top and bottom, as `torch.nn.functional.pad` does.

    Torch's own backward passes of `reflect` and `replicate` are not repeatable on CUDA.
    """
    if mode == "zeros":
        return functional.pad(images, sides)
    left, right, top, bottom = sides
    images = _pad_axis(images, left, right, 3, mode)
    return _pad_axis(images, top, bottom, 2, mode)


def _pad_axis(images: Tensor, before: int, after: int, axis: int, mode: str) -> Tensor:
    last = images.shape[axis] - 1
    if mode == "reflect":
        first = images.narrow(axis, 1, before).flip(axis)
        final = images.narrow(axis, last - after, after).flip(axis)
    elif mode == "circular":
        first = images.narrow(axis, last + 1 - before, before)
        final = images.narrow(axis, 0, after)
    elif mode == "replicate":
        first = images.narrow(axis, 0, 1).repeat_interleave(before, axis)
        final = images.narrow(axis, last, 1).repeat_interleave(after, axis)
    else:
        raise KeyError(mode)
    return torch.cat([first, images, final], axis)


class PaddedConv(nn.Conv2d):
    """A convolution whose padding holds pixels of the image instead of zeros."""

    def forward(self, images: Tensor) -> Tensor:
        """Map (batch, inputs, height, width) to (batch, channels, height, width) / stride."""
        # Torch keeps them as functional.pad takes them: left, right, top, bottom.
        padded = pad_sides(images, self._reversed_padding_repeated_twice, self.padding_mode)
        return functional.conv2d(
            padded, self.weight, self.bias, self.stride, 0, self.dilation, self.groups
        )


class Pad(nn.Module):
    """Pixels around an image."""

    def __init__(self, sides: tuple[int, int, int, int], mode: str) -> None:
        super().__init__()
        self.sides, self.mode = sides, mode

    def forward(self, images: Tensor) -> Tensor:
        """Map images to larger ones."""
        return pad_sides(images, self.sides, self.mode)


class AdaptiveAveragePool(RepeatableAdaptivePool):
    """Average pooling to a size, as a word of a chain."""


class AdaptiveMaxPool(nn.Module):
    """Maximum pooling to a size: each window is pooled by itself, which is repeatable on CUDA."""

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__()
        self.size = size

    def forward(self, images: Tensor) -> Tensor:
        """Map (batch, channels, height, width) to (batch, channels, *size)."""
        rows = _windows(images.shape[2], self.size[0])
        columns = _windows(images.shape[3], self.size[1])
        return torch.cat([_pool_row(images[:, :, row], columns) for row in rows], 2)


def _pool_row(images: Tensor, columns: list[slice]) -> Tensor:
    windows = [images[:, :, :, column] for column in columns]
    return torch.cat([functional.max_pool2d(part, part.shape[2:]) for part in windows], 3)


def _windows(side: int, outputs: int) -> list[slice]:
    """Return the pixels of each output, as `torch.nn.AdaptiveMaxPool2d` takes them."""
    return [slice(o * side // outputs, -(-(o + 1) * side // outputs)) for o in range(outputs)]


class ChannelLayerNorm(nn.LayerNorm):
    """Layer normalisation of each pixel over its channels."""

    def forward(self, features: Tensor) -> Tensor:
        """Map (batch, channels, ...) to the same shape."""
        return super().forward(features.movedim(1, -1)).movedim(-1, 1)


class LocalResponseNorm(nn.LocalResponseNorm):
    """Torch's, by sums of slices: the backward pass of its pool is not repeatable on CUDA."""

    def forward(self, images: Tensor) -> Tensor:
        """Map (batch, channels, height, width) to the same shape."""
        before, count = self.size // 2, images.shape[1]
        squares = functional.pad(images.square(), (0, 0, 0, 0, before, (self.size - 1) // 2))
        total = sum(squares.narrow(1, offset, count) for offset in range(self.size))
        return images / (total * (self.alpha / self.size) + self.k) ** self.beta


class StochasticDepth(nn.Module):
    """Drops its input for some images in training (torchvision's, which needs its operators)."""

    def __init__(self, probability: float, mode: str, scaled: str) -> None:
        super().__init__()
        self.probability, self.mode, self.scaled = probability, mode, scaled

    def forward(self, features: Tensor) -> Tensor:
        """Map features to the same shape."""
        kept = 1 - self.probability
        if self.probability == 0:
            return features
        if not self.training:
            return features * kept if self.scaled == "evaluation" else features
        count = len(features) if self.mode == "row" else 1
        drawn = features.new_empty([count] + [1] * (features.dim() - 1)).bernoulli_(kept)
        return features * (drawn.div_(kept) if self.scaled == "training" else drawn)


class Multiply(nn.Module):
    """Multiplies by a number that is not learnt."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, features: Tensor) -> Tensor:
        """Map features to the same shape."""
        return features * self.factor


class ChannelShuffle(nn.Module):
    """Channels of all groups take turns, in the channels-last layout."""

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, images: Tensor) -> Tensor:
        """Map (batch, channels, height, width) to the same shape."""
        grouped = images.movedim(1, -1).unflatten(-1, (self.groups, -1))
        return grouped.transpose(-1, -2).flatten(-2).movedim(-1, 1)


class ChannelSlice(nn.Module):
    """Some of the channels."""

    def __init__(self, start: int, stop: int) -> None:
        super().__init__()
        self.start, self.stop = start, stop

    def forward(self, features: Tensor) -> Tensor:
        """Map (batch, channels, ...) to (batch, stop - start, ...)."""
        return features[:, self.start : self.stop]
