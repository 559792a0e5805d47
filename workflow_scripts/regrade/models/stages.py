"""ResNet-like networks: stem, stages of equal blocks, average pooling, one linear layer.

Source of blocks and shortcuts: He et al., Deep Residual Learning for Image Recognition (2015);
of the separable units: Howard et al., MobileNets (2017). Deviations are words of the schema.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn
from torch.nn import functional

from regrade.studies.datasets import RGB

if TYPE_CHECKING:
    from regrade.studies import architectures as words

    Shortcut = words.NoShortcut | words.PadShortcut | words.ProjectionShortcut


class ConvUnit(nn.Module):
    """Convolution with same padding (for odd kernels), batch norm, ReLU."""

    def __init__(
        self,
        inputs: int,
        channels: int,
        kernel: int,
        stride: int = 1,
        groups: int = 1,
        *,
        bias: bool,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            inputs, channels, kernel, stride, kernel // 2, groups=groups, bias=bias
        )
        self.batch_norm = nn.BatchNorm2d(channels)

    def forward(self, images: Tensor) -> Tensor:
        """Map (batch, inputs, height, width) to (batch, channels, height, width) / stride."""
        return functional.relu(self.batch_norm(self.conv(images)), inplace=True)


class BasicBlock(nn.Module):
    """Two k x k convolutions with batch norm; the shortcut, if any, joins before the last ReLU."""

    def __init__(
        self,
        inputs: int,
        channels: int,
        stride: int,
        block: words.BasicBlock,
        shortcut: Shortcut,
    ) -> None:
        super().__init__()
        kernel, bias = block.kernel, block.bias
        # Together the two paddings are kernel - 1: even kernels keep the size as well.
        first, second = kernel // 2, kernel - 1 - kernel // 2
        self.conv1 = nn.Conv2d(inputs, channels, kernel, stride, first, bias=bias)
        self.batch_norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, kernel, 1, second, bias=bias)
        self.batch_norm2 = nn.BatchNorm2d(channels)
        self.shortcut = _build_shortcut(shortcut, inputs, channels, stride)

    def forward(self, images: Tensor) -> Tensor:
        """Map (batch, inputs, height, width) to (batch, channels, height, width) / stride."""
        features = functional.relu(self.batch_norm1(self.conv1(images)), inplace=True)
        features = self.batch_norm2(self.conv2(features))
        if self.shortcut is not None:
            features += self.shortcut(images)
        return functional.relu(features, inplace=True)


class SeparableBlock(nn.Sequential):
    """Two depthwise-separable units; the stride sits in the first depthwise convolution."""

    def __init__(
        self, inputs: int, channels: int, stride: int, block: words.SeparableBlock
    ) -> None:
        kernel, bias = block.kernel, block.bias
        super().__init__(
            OrderedDict(
                depthwise1=ConvUnit(inputs, inputs, kernel, stride, inputs, bias=bias),
                pointwise1=ConvUnit(inputs, channels, 1, bias=bias),
                depthwise2=ConvUnit(channels, channels, kernel, 1, channels, bias=bias),
                pointwise2=ConvUnit(channels, channels, 1, bias=bias),
            )
        )


SUBSAMPLERS: dict[str, Callable[[Tensor, int], Tensor]] = {
    # The ceiling keeps the last row of an odd side, as the strided convolution does.
    "average_pool": partial(functional.avg_pool2d, ceil_mode=True),
    "max_pool": partial(functional.max_pool2d, ceil_mode=True),
    "stride": lambda images, stride: images[:, :, ::stride, ::stride],
}
"""How a shortcut shrinks its input, by the word of the schema."""


class PadShortcut(nn.Module):
    """ResNet's option A: the input is subsampled, and zero channels are appended."""

    def __init__(self, added: int, stride: int, subsample: str) -> None:
        super().__init__()
        self.added, self.stride, self.subsample = added, stride, subsample

    def forward(self, images: Tensor) -> Tensor:
        """Map (batch, channels, height, width) to (batch, channels + added, ...) / stride."""
        if self.stride > 1:
            images = SUBSAMPLERS[self.subsample](images, self.stride)
        return functional.pad(images, (0, 0, 0, 0, 0, self.added))


def build_stages(model: words.Stages, classes: int, image_channels: int = RGB) -> nn.Sequential:
    """Build a stage network for images of any size; names are those of the layer table.

    Raises
    ------
    ValueError
        If separable blocks come with a shortcut, which leaves the place of the ReLU open.
    """
    if model.block.kind == "separable" and model.shortcut.kind != "none":
        raise ValueError("separable blocks take no shortcut: write `shortcut: {kind: none}`")
    stem = model.stem
    parts: OrderedDict[str, nn.Module] = OrderedDict()
    parts["stem"] = ConvUnit(image_channels, stem.channels, stem.kernel, bias=stem.bias)
    inputs = stem.channels
    for stage, (count, channels) in enumerate(zip(model.blocks, model.channels, strict=True), 1):
        blocks: OrderedDict[str, nn.Module] = OrderedDict()
        for block in range(1, count + 1):
            stride = 2 if stage > 1 and block == 1 else 1
            blocks[f"block{block}"] = _build_block(model, inputs, channels, stride)
            inputs = channels
        parts[f"stage{stage}"] = nn.Sequential(blocks)
    parts["pool"] = nn.AdaptiveAvgPool2d(1)
    parts["flatten"] = nn.Flatten()
    parts["classifier"] = nn.Linear(inputs, classes)
    return nn.Sequential(parts)


def _build_block(model: words.Stages, inputs: int, channels: int, stride: int) -> nn.Module:
    return BLOCKS[model.block.kind](model, inputs, channels, stride)


def _build_basic(model: Any, inputs: int, channels: int, stride: int) -> nn.Module:
    return BasicBlock(inputs, channels, stride, model.block, model.shortcut)


def _build_separable(model: Any, inputs: int, channels: int, stride: int) -> nn.Module:
    return SeparableBlock(inputs, channels, stride, model.block)


BLOCKS: dict[str, Callable[[words.Stages, int, int, int], nn.Module]] = {
    "basic": _build_basic,
    "separable": _build_separable,
}
"""What builds a block, by the kind of its word: its inputs, channels and stride."""


def _build_shortcut(
    shortcut: Shortcut, inputs: int, channels: int, stride: int
) -> nn.Module | None:
    if stride == 1 and inputs == channels:
        return nn.Identity() if shortcut.kind != "none" else None
    return SHORTCUTS[shortcut.kind](shortcut, inputs, channels, stride)


def _build_pad(word: words.PadShortcut, inputs: int, channels: int, stride: int) -> nn.Module:
    return PadShortcut(channels - inputs, stride, word.subsample)


def _build_projection(
    word: words.ProjectionShortcut, inputs: int, channels: int, stride: int
) -> nn.Module:
    padding = (word.kernel - 1) // 2
    parts: OrderedDict[str, nn.Module] = OrderedDict()
    parts["conv"] = nn.Conv2d(inputs, channels, word.kernel, stride, padding, bias=word.bias)
    if word.batch_norm:
        parts["batch_norm"] = nn.BatchNorm2d(channels)
    return nn.Sequential(parts)


SHORTCUTS: dict[str, Callable[[Any, int, int, int], nn.Module | None]] = {
    "none": lambda *_: None,
    "pad": _build_pad,
    "projection": _build_projection,
}
"""What builds a shortcut whose ends differ in shape, by the kind of its word."""
