"""Layers of networks whose attention multiplies matrices that belong to no layer.

What torch executes is counted, module by module, and what none of the modules inside has done is
the module's own: the products of queries, keys and values.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

LayerRow = dict[str, Any]
"""A layer: name, kind, output (its shape without the batch), parameters, macs."""
ATTENTION = (
    *("MultiheadAttention", "ShiftedWindowAttention", "ShiftedWindowAttentionV2"),
    "RelativePositionalMultiHeadAttention",
)
"""torchvision's modules of attention, which is not imported for this, by their classes."""


def is_counted(network: nn.Module) -> bool:
    """Whether a network has attention, or is one of timm, which may have anything."""
    if type(network).__module__.partition(".")[0] == "timm":
        return True
    return any(type(module).__name__ in ATTENTION for module in network.modules())


def counted_table(
    network: nn.Module, images: Tensor, kind_of: Callable[[nn.Module], str | None]
) -> list[LayerRow]:
    """List the layers in the order of their execution, and modules with numbers of their own.

    Parameters
    ----------
    network
        In evaluation mode, on whatever device; the meta device is enough.
    images
        What runs through it.
    kind_of
        Gives the word for a layer; others are called as their classes are.
    """
    names = {module: name for name, module in network.named_modules()}
    outputs: dict[nn.Module, Tensor] = {}
    handles = [
        module.register_forward_hook(lambda module, _, out: outputs.update({module: out}))
        for module in names
    ]
    macs = _own_macs(network, images)
    for handle in handles:
        handle.remove()
    parameters = _own_parameters(network, set(outputs))
    return [
        {
            "name": names[module].removesuffix(".conv") or "network",
            "kind": kind_of(module) or _named(module),
            "output": list(output.shape[1:]),
            "parameters": parameters[names[module]],
            "macs": macs[names[module]],
        }
        for module, output in ((m, _first(out)) for m, out in outputs.items())
        if _is_leaf(module) or parameters[names[module]] or macs[names[module]]
        if not isinstance(module, nn.Identity)
    ]


def _is_leaf(module: nn.Module) -> bool:
    return not any(True for _ in module.children())


def _first(output: Any) -> Tensor:
    """Return the features of an output; torch's attention gives its weights beside them."""
    return output[0] if isinstance(output, tuple) else output


def _named(module: nn.Module) -> str:
    """Return the name of a class in small letters: `patch_embed` of `PatchEmbed`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(module).__name__).lower()


def _own_macs(network: nn.Module, images: Tensor) -> Counter[str]:
    """Count what each module multiplies and adds without the modules inside it."""
    from torch.utils.flop_counter import FlopCounterMode

    network.eval()
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), _spelt_out(), counter:
        network(images)
    root = type(network).__name__
    total = {
        name.removeprefix(root).removeprefix("."): sum(of.values()) // 2
        for name, of in counter.get_flop_counts().items()
        if name != "Global"
    }
    own: Counter[str] = Counter(total)
    for name, count in total.items():
        if name:
            own[_holder(name.rpartition(".")[0], total)] -= count
    return own


@contextmanager
def _spelt_out() -> Iterator[None]:
    """Let attention run as the products of matrices that it is, which are counted."""
    from torch.nn.attention import SDPBackend, sdpa_kernel

    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with sdpa_kernel(SDPBackend.MATH):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)


def _own_parameters(network: nn.Module, called: set[nn.Module]) -> Counter[str]:
    """Count the parameters of each module that was called; those of others are their parents'."""
    names = {name for name, module in network.named_modules() if module in called}
    own: Counter[str] = Counter()
    for name, module in network.named_modules():
        own[_holder(name, names)] += sum(p.numel() for p in module.parameters(recurse=False))
    return own


def _holder(name: str, called: Container[str]) -> str:
    """Return the innermost module that was called, of one and all that hold it."""
    while name and name not in called:
        name = name.rpartition(".")[0]
    return name
