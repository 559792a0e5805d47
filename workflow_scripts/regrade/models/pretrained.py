"""torchvision's models, and their ImageNet weights from a file or from torchvision's server."""

from __future__ import annotations

import hashlib
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from typing import Any

import torch
from torch import Tensor, nn

from regrade.errors import UserError


class UnavailableWeightsError(UserError):
    """The pretrained weights of a network cannot be had; the message says why."""


def build_torchvision(name: str, classes: int) -> nn.Module:
    """Build a torchvision model with fresh weights and one logit a class.

    The new last layer has PyTorch's default initialisation, whatever the model does elsewhere.
    """
    from regrade.torchvision_compat import torchvision

    network = torchvision.models.get_model(name, weights=None)
    parent, _, last = _head_name(network).rpartition(".")
    module = network.get_submodule(parent)
    setattr(module, last, nn.Linear(getattr(module, last).in_features, classes))
    return network


def load_pretrained(network: nn.Module, name: str, weights: Path | None = None) -> None:
    """Load ImageNet weights (IMAGENET1K_V1) into all layers of a torchvision model but the last.

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
    """
    from regrade.torchvision_compat import torchvision

    source = torchvision.models.get_model_weights(name).IMAGENET1K_V1
    state = _download(source, name) if weights is None else _read(weights, source.url)
    head = _head_name(network)
    fresh = network.state_dict()
    state.update({key: fresh[key] for key in fresh if key.startswith(f"{head}.")})
    network.load_state_dict(state)


def _head_name(network: nn.Module) -> str:
    """Name the last layer: `fc` in ResNets, the last of `classifier` in VGG and AlexNet."""
    if hasattr(network, "fc"):
        return "fc"
    *_, (last, _) = network.get_submodule("classifier").named_children()
    return f"classifier.{last}"


def _download(source: Any, name: str) -> dict[str, Tensor]:
    try:
        return source.get_state_dict(progress=False, check_hash=True, map_location="cpu")
    except (OSError, RuntimeError, HTTPException) as error:
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
