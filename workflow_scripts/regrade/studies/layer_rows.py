"""The rows of single layers: shapes, parameters and multiply-adds, by arithmetic alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from regrade.studies.counts import pair, resolve_count

if TYPE_CHECKING:
    from regrade.studies import activations, layers

Shape = tuple[int, ...]
"""Channels, height, width; or features alone."""


class ShapeError(ValueError):
    """A layer that does not fit its input."""


class UnknownNetworkError(ShapeError):
    """A network that its library does not have, or a library that is missing."""


class Given(NamedTuple):
    """What comes into a layer."""

    shape: Shape
    classes: int
    """Logits that the network gives."""

    def count(self, written: int | str) -> int:
        """Return the number that a count of a word stands for here."""
        return resolve_count(written, self.shape[0], self.classes)


@dataclass(frozen=True)
class Row:
    """A layer of a network."""

    name: str
    """Position from 1 in the list of layers, dotted inside blocks."""
    kind: str
    output: Shape
    parameters: int = 0
    macs: int = 0
    kernel: int = 0
    """Side of a convolution's kernel, its height where it is not square."""


def show(shape: Shape) -> str:
    """Write a shape as a message shows it."""
    return " x ".join(map(str, shape))


def conv_side(side: int, kernel: int, stride: int, padding: int, dilation: int = 1) -> int:
    """Side of a convolution's or pool's output in pixels."""
    return (side + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def pool_side(
    side: int, kernel: int, stride: int, padding: int, dilation: int, *, ceil_mode: bool
) -> int:
    """Side of a pool's output in pixels, as torch has it.

    With `ceil_mode`, a last window that reaches over the edge counts if it begins within the image
    or its padding before.
    """
    if not ceil_mode:
        return conv_side(side, kernel, stride, padding, dilation)
    out = -((dilation * (kernel - 1) + 1 - side - 2 * padding) // stride) + 1
    return out - ((out - 1) * stride >= side + padding)


def _row_of_conv(name: str, layer: layers.Conv, given: Given) -> Row:
    inputs, *sides = image_of(given.shape)
    channels = given.count(layer.channels)
    groups = given.count(layer.groups)
    _require_groups(groups, inputs, channels)
    kernel = pair(layer.kernel)
    dilation = pair(layer.dilation)
    if layer.padding == "same":
        out = tuple(sides)
    else:
        padding = pair(layer.padding)
        _require_padding(layer.padding_mode, max(padding), min(sides))
        windows = zip(sides, kernel, pair(layer.stride), padding, dilation, strict=True)
        out = tuple(_positive(conv_side(*window)) for window in windows)
    weights = inputs // groups * channels * prod(kernel)
    parameters = weights + channels * layer.bias
    return Row(name, "conv", (channels, *out), parameters, weights * prod(out), kernel[0])


def _require_groups(groups: int, inputs: int, channels: int) -> None:
    for count, which in ((inputs, "input"), (channels, "output")):
        if count % groups:
            raise ShapeError(
                f"groups {groups} must divide its {count} {which} channels;"
                f" allowed: {_shared_divisors(inputs, channels)}"
            )


def _shared_divisors(*numbers: int) -> str:
    least = min(numbers)
    found = [n for n in range(1, min(least, 100_000) + 1) if all(m % n == 0 for m in numbers)]
    shown = [*map(str, found[:12]), *["..."] * (len(found) > 12)]
    return ", ".join(shown)


def _require_padding(mode: str, padding: int, side: int) -> None:
    most = {"reflect": side - 1, "circular": side}.get(mode, padding)
    if padding > most:
        raise ShapeError(
            f"padding {padding} with padding_mode {mode!r} takes more pixels than there are;"
            f" allowed: at most {most}"
        )


def _row_of_linear(name: str, layer: layers.Linear, given: Given) -> Row:
    if len(given.shape) != 1:
        raise ShapeError("it takes a vector; put a flatten layer before it")
    features = given.count(layer.features)
    weights = given.shape[0] * features
    return Row(name, "linear", (features,), weights + features * layer.bias, weights)


def _row_of_batch_norm(name: str, layer: layers.BatchNorm, given: Given) -> Row:
    return Row(name, "batch_norm", given.shape, 2 * given.shape[0] * layer.affine)


def _row_of_group_norm(name: str, layer: layers.GroupNorm, given: Given) -> Row:
    channels = given.shape[0]
    groups = given.count(layer.groups)
    _require_groups(groups, channels, channels)
    return Row(name, "group_norm", given.shape, 2 * channels * layer.affine)


def _row_of_layer_norm(name: str, layer: layers.LayerNorm, given: Given) -> Row:
    values = prod(given.shape) if layer.over == "all" else given.shape[0]
    return Row(name, "layer_norm", given.shape, 2 * values * layer.affine)


def _row_of_instance_norm(name: str, layer: layers.InstanceNorm, given: Given) -> Row:
    channels, *sides = image_of(given.shape)
    if prod(sides) == 1:
        raise ShapeError("it takes a mean over pixels: an image of 1 x 1 pixel has none to vary")
    return Row(name, "instance_norm", given.shape, 2 * channels * layer.affine)


def _row_of_pool(name: str, layer: layers.MaxPool | layers.AveragePool, given: Given) -> Row:
    channels, *sides = image_of(given.shape)
    if layer.kernel == "global":
        _require_no_windows(layer)
        return Row(name, layer.kind, (channels, 1, 1))
    kernel, padding = pair(layer.kernel), pair(layer.padding)
    for side, around in zip(kernel, padding, strict=True):
        if around > side // 2:
            raise ShapeError(
                f"padding {around} is more than half of the kernel {side};"
                f" allowed: at most {side // 2}"
            )
    windows = zip(
        *(sides, kernel, pair(layer.stride or kernel), padding),
        pair(layer.dilation if layer.kind == "max_pool" else 1),
        strict=True,
    )
    out = [_positive(pool_side(*window, ceil_mode=layer.ceil_mode)) for window in windows]
    return Row(name, layer.kind, (channels, *out))


def _require_no_windows(layer: layers.MaxPool | layers.AveragePool) -> None:
    plain = {"stride": None, "padding": 0, "ceil_mode": False, "dilation": 1}
    for key, default in plain.items():
        if getattr(layer, key, default) != default:
            raise ShapeError(f"its kernel is `global`, the whole image: it has no {key}")


def _row_of_adaptive_pool(name: str, layer: layers.AdaptivePool, given: Given) -> Row:
    channels, *_ = image_of(given.shape)
    return Row(name, layer.kind, (channels, *pair(layer.size)))


def _row_of_pad(name: str, layer: layers.Pad, given: Given) -> Row:
    channels, height, width = image_of(given.shape)
    _require_padding(layer.mode, max(layer.left, layer.right), width)
    _require_padding(layer.mode, max(layer.top, layer.bottom), height)
    height, width = height + layer.top + layer.bottom, width + layer.left + layer.right
    return Row(name, "pad", (channels, height, width))


def _row_of_image(name: str, layer: Any, given: Given) -> Row:
    image_of(given.shape)
    return Row(name, layer.kind, given.shape)


def _row_of_same_shape(name: str, layer: Any, given: Given) -> Row:
    return Row(name, layer.kind, given.shape)


def _row_of_channel_shuffle(name: str, layer: layers.ChannelShuffle, given: Given) -> Row:
    channels, *_ = image_of(given.shape)
    _require_groups(layer.groups, channels, channels)
    return Row(name, "channel_shuffle", given.shape)


def _row_of_channel_slice(name: str, layer: layers.ChannelSlice, given: Given) -> Row:
    channels, *rest = given.shape
    start, stop = slice_of(layer, given)
    if not start < stop <= channels:
        raise ShapeError(f"channels {start} to {stop} are not among the {channels} that come in")
    return Row(name, "channel_slice", (stop - start, *rest))


def slice_of(layer: layers.ChannelSlice, given: Given) -> tuple[int, int]:
    """Return the first channel of a slice, and the first after it."""
    start = 0 if layer.start is None else given.count(layer.start)
    return start, given.shape[0] if layer.stop is None else given.count(layer.stop)


def _row_of_prelu(name: str, layer: activations.Prelu, given: Given) -> Row:
    return Row(name, "prelu", given.shape, given.shape[0] if layer.per_channel else 1)


def _row_of_glu(name: str, _: activations.Glu, given: Given) -> Row:
    channels, *rest = given.shape
    if channels % 2:
        raise ShapeError(f"it halves the channels, but {channels} come in: an odd number")
    return Row(name, "glu", (channels // 2, *rest))


ELEMENTWISE = (
    *("relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "swish", "mish", "rrelu"),
    *("sigmoid", "logsigmoid", "hardsigmoid", "hardswish", "tanh", "hardtanh", "tanhshrink"),
    *("softplus", "softsign", "softshrink", "hardshrink", "threshold"),
    *("softmax", "log_softmax", "softmin"),
)
"""Activations without parameters that keep the shape."""
ROWS: dict[str, Callable[[str, Any, Given], Row]] = {
    "conv": _row_of_conv,
    "linear": _row_of_linear,
    "batch_norm": _row_of_batch_norm,
    "group_norm": _row_of_group_norm,
    "layer_norm": _row_of_layer_norm,
    "instance_norm": _row_of_instance_norm,
    "local_response_norm": _row_of_image,
    **dict.fromkeys(ELEMENTWISE, _row_of_same_shape),
    "prelu": _row_of_prelu,
    "glu": _row_of_glu,
    **dict.fromkeys(("max_pool", "average_pool"), _row_of_pool),
    **dict.fromkeys(("adaptive_average_pool", "adaptive_max_pool"), _row_of_adaptive_pool),
    "pad": _row_of_pad,
    "flatten": lambda name, _, given: Row(name, "flatten", (prod(given.shape),)),
    **dict.fromkeys(("dropout", "alpha_dropout"), _row_of_same_shape),
    **dict.fromkeys(("stochastic_depth", "multiply"), _row_of_same_shape),
    **dict.fromkeys(("channel_dropout", "channel_alpha_dropout"), _row_of_image),
    "channel_shuffle": _row_of_channel_shuffle,
    "channel_slice": _row_of_channel_slice,
}
"""The row of a single layer by the kind of its word."""


def image_of(shape: Shape) -> Shape:
    """Return channels, height and width, which only images have."""
    if len(shape) != 3:
        raise ShapeError("it takes an image (channels x height x width), not a vector")
    return shape


def _positive(side: int) -> int:
    if side < 1:
        raise ShapeError("nothing is left of the image")
    return side


def conv_row(
    name: str,
    inputs: int,
    outputs: int,
    side: int,
    kernel: int,
    stride: int = 1,
    padding: int = 0,
    *,
    bias: bool,
    groups: int = 1,
) -> Row:
    """Return the row of a convolution of an image of a side."""
    out = _positive(conv_side(side, kernel, stride, padding))
    weights = inputs // groups * outputs * kernel**2
    parameters = weights + outputs * bias
    return Row(name, "conv", (outputs, out, out), parameters, weights * out**2, kernel)
