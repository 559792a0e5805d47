"""torchvision's models, and their ImageNet weights from a file or from torchvision's server."""

from __future__ import annotations

import errno
import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from typing import Any

import torch
from torch import Tensor, nn

from regrade.errors import UserError


class UnavailableWeightsError(UserError):
    """The pretrained weights of a network cannot be had; the message says why."""


_WITHOUT_SIDE_HEADS = {"aux_logits": False, "init_weights": True}
OPTIONS: dict[str, dict[str, Any]] = dict.fromkeys(
    ("googlenet", "inception_v3"), _WITHOUT_SIDE_HEADS
)
"""What a network is built with: those with classifiers on the side in training are without."""
OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS)
"""Errors of a download that are no question of the network: the user mends them."""
SIDE_HEADS = ("AuxLogits", "aux1", "aux2")
"""What torchvision calls these classifiers in its weight files."""


_DOTTED = re.compile(r"(.*denselayer\d+\.(?:norm|relu|conv))\.([12]\..*)")
"""Keys in the weight files of DenseNets whose modules have lost the dot before their number."""

SIZED: dict[str, Callable[[int], dict[str, Any]]] = {
    "vit": lambda side: {"image_size": side},
    "maxvit": lambda side: {"input_size": (side, side)},
}
"""What networks that are built for images of one side are told, by the start of their names."""


def build_torchvision(name: str, classes: int, image_size: int) -> nn.Module:
    """Build a torchvision model with fresh weights and one logit a class.

    The new last layer has PyTorch's default initialisation, whatever the model does elsewhere.
    """
    from regrade.torchvision_compat import torchvision

    sized = SIZED.get(name.partition("_")[0])
    options = OPTIONS.get(name, {}) | (sized(image_size) if sized else {})
    with _widths_of_regnets():
        network = torchvision.models.get_model(name, weights=None, **options)
    parent, _, last = head_name(network).rpartition(".")
    module = network.get_submodule(parent)
    old = getattr(module, last)
    if isinstance(old, nn.Linear):
        setattr(module, last, nn.Linear(old.in_features, classes, bias=old.bias is not None))
    else:
        setattr(module, last, nn.Conv2d(old.in_channels, classes, 1))
    return network


@contextmanager
def _widths_of_regnets() -> Iterator[None]:
    """Let RegNets reckon their widths on the CPU while layers are built without memory.

    They do it with tensors and read the values, which on the meta device have none.
    """
    from regrade.torchvision_compat import torchvision

    parameters = torchvision.models.regnet.BlockParams
    reckon = parameters.from_init_params

    def on_the_cpu(*given: Any, **named: Any) -> Any:
        with torch.device("cpu"):
            return reckon(*given, **named)

    parameters.from_init_params = on_the_cpu
    try:
        yield
    finally:
        parameters.from_init_params = reckon


def load_pretrained(network: nn.Module, name: str, weights: Path | None = None) -> None:
    """Load ImageNet weights (IMAGENET1K_V1) into all layers of a torchvision model but the last.

    GoogLeNet and Inception turn their input into that of their weights, as torchvision's do.

    Parameters
    ----------
    network
        The model of that name, made by `build_torchvision`.
    name
        torchvision's name of the model.
    weights
        torchvision's weight file, or a folder that holds it under its name on the server; without
        it, torchvision takes it from its cache or downloads it.

    Raises
    ------
    UnavailableWeightsError
        If the file is missing or another one, or if nothing can be downloaded.
    OSError
        If what was downloaded cannot be kept in torchvision's cache.
    """
    from regrade.torchvision_compat import torchvision

    source = torchvision.models.get_model_weights(name).IMAGENET1K_V1
    state = _download(source, name) if weights is None else _read(weights, source.url)
    head = head_name(network)
    fresh = network.state_dict()
    loaded = _without_side_heads(state)
    loaded.update({key: fresh[key] for key in fresh if key.startswith(f"{head}.")})
    network.load_state_dict(loaded)
    if hasattr(network, "transform_input"):
        network.transform_input = True  # type: ignore[assignment]


def _without_side_heads(state: dict[str, Tensor]) -> OrderedDict[str, Tensor]:
    """Return what a weight file holds for a network without classifiers on the side, by its keys.

    The versions of its modules stay with it: MNASNets read theirs.
    """
    kept = OrderedDict(
        (_DOTTED.sub(r"\1\2", key), value)
        for key, value in state.items()
        if key.partition(".")[0] not in SIDE_HEADS
    )
    if hasattr(state, "_metadata"):
        kept._metadata = state._metadata  # type: ignore[attr-defined]
    return kept


def freeze(network: nn.Module, frozen: str | Sequence[str]) -> None:
    """Leave parts of a network, or all of it but the last layer, out of training."""
    head = head_name(network)
    for name, parameter in network.named_parameters():
        inside = any(name.startswith(f"{part}.") for part in frozen)
        chosen = not name.startswith(f"{head}.") if frozen == "all_but_last" else inside
        if chosen:
            parameter.requires_grad_(False)


def head_name(network: nn.Module) -> str:
    """Name the last layer: the last linear one, or the last convolution where there is none."""
    layers = list(network.named_modules())
    for kind in (nn.Linear, nn.Conv2d):
        found = [name for name, module in layers if isinstance(module, kind)]
        if found:
            return found[-1]
    raise KeyError("the network has neither a linear layer nor a convolution")


def _download(source: Any, name: str) -> dict[str, Tensor]:
    try:
        return source.get_state_dict(progress=False, check_hash=True, map_location="cpu")
    except (OSError, RuntimeError, HTTPException) as error:
        if isinstance(error, OSError) and error.errno in OF_THE_DISK:
            raise
        raise UnavailableWeightsError(
            f"torchvision's ImageNet weights of {name} could not be downloaded ({error}):"
            f" fetch {source.url} by other means and name the file"
        ) from error


def _read(path: Path, url: str) -> dict[str, Tensor]:
    """Read a weight file whose name on the server ends in the first digits of its SHA-256."""
    name = PurePosixPath(url).name
    if path.is_dir():
        path /= name
    expected = name.rpartition("-")[2].removesuffix(".pth")
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UnavailableWeightsError(f"{path} cannot be read: {error.strerror}") from error
    if not found.startswith(expected):
        raise UnavailableWeightsError(
            f"{path} is not torchvision's {name}: its SHA-256 begins with {found[: len(expected)]}"
            f" instead of {expected}"
        )
    return torch.load(path, map_location="cpu", weights_only=True)
