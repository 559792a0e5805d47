"""What can be said of a recipe before training: costs, shapes and the untrained network."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from regrade.data.load import load_splits
from regrade.data.pipeline import evaluation_batch
from regrade.files import finite
from regrade.models.build import build_model, build_network
from regrade.models.counted_layers import is_counted
from regrade.models.layer_table import block_costs, feature_sizes, flattened_features, layer_table
from regrade.models.pretrained import UnavailableWeightsError
from regrade.studies.images import (
    dataset_of,
    image_channels,
    image_size,
    scored_images,
    steps_per_epoch,
)

if TYPE_CHECKING:
    from regrade.studies.recipe import Recipe

INITIAL_IMAGES = 1_000
"""Images that the initial loss is averaged over, if the network is small enough."""
INITIAL_MACS = 4e9
"""What an initial loss may cost: a small part of a second on one core."""
FEWEST_IMAGES = 16
"""Images of the largest networks, where the batches of training are not smaller."""
INITIAL_PARAMETERS = 5e7
"""Parameters that may be drawn for all seeds together: about half a second."""


def measure(
    recipe: Recipe,
    data: Path | None,
    seeds: Iterable[int] = range(5),
    weights: Path | None = None,
) -> dict[str, Any]:
    """Measure the network of a recipe and count its steps.

    Parameters
    ----------
    recipe
        A resolved recipe, as any nest of objects with attributes.
    data
        The data set as .npz; without it no network is drawn and fed, and `per_seed` is empty.
    seeds
        Seeds of the initialisations to look at; huge networks use the first of them only.
    weights
        torchvision's weight file. Nothing is downloaded for a measurement: without the file the
        initial values of a pretrained network are missing (`per_seed` is empty).

    Returns
    -------
    Plain data for JSON. MACs are for one image, of convolutions, linear layers and attention
    products; shapes are without the batch; losses are in the unit of the recipe's loss. Block
    counts are null in networks without blocks.
    """
    size, channels = image_size(recipe), image_channels(recipe)
    network = _uninitialised(recipe)
    layers = layer_table(network, size, channels)
    parameters = sum(p.numel() for p in network.parameters() if p.requires_grad)
    macs = sum(row["macs"] for row in layers)
    found = {
        "image_size": size,
        "outputs": layers[-1]["output"][0],
        "parameters": parameters,
        "buffers": sum(buffer.numel() for buffer in network.buffers()),
        "macs": macs,
        "convolutions": sum(row["kind"] == "conv" for row in layers),
        **block_costs(network, layers),
        "flattened_features": flattened_features(network, layers),
        "feature_sizes": feature_sizes(layers),
        "parameter_shapes": [[name, list(p.shape)] for name, p in network.named_parameters()],
        "layers": layers,
        "steps_per_epoch": steps_per_epoch(recipe),
        "scored_images": scored_images(recipe),
    }
    del network  # the largest takes 0.7 GB, and each seed builds its own
    drawn = _measure_seeds(recipe, data, seeds, weights, parameters, macs) if data else []
    return found | {"per_seed": drawn}


def _uninitialised(recipe: Recipe) -> nn.Module:
    """Build a network whose values nobody needs, without drawing them.

    It gets memory all the same: on the meta device a convolution imports torch's compiler, which
    takes longer than all else here. Networks of attention look into tables that they fill
    themselves, and stay there.
    """
    classes = dataset_of(recipe).classes
    with torch.device("meta"):
        network = build_network(recipe.model, classes, image_size(recipe), image_channels(recipe))
    return network if is_counted(network) else network.to_empty(device="cpu")


def _measure_seeds(
    recipe: Recipe,
    data: Path,
    seeds: Iterable[int],
    weights: Path | None,
    parameters: int,
    macs: int,
) -> list[dict[str, Any]]:
    """Look at the network of each seed, or of as many as a huge network leaves time for."""
    if getattr(recipe.model, "pretrained", False) and weights is None:
        return []
    affordable = max(1, int(INITIAL_PARAMETERS // parameters))
    fewest = min(recipe.batches.training, FEWEST_IMAGES)
    count = max(fewest, min(INITIAL_IMAGES, int(INITIAL_MACS // macs)))
    batch = _first_images(recipe, data, count)
    classes, size = dataset_of(recipe).classes, image_size(recipe)
    found = []
    for seed in list(seeds)[:affordable]:
        torch.manual_seed(seed)
        try:
            network = build_model(
                recipe.model, classes, size, image_channels(recipe), weights=weights
            )
        except UnavailableWeightsError:
            return []
        found.append({"seed": seed, **_initial_values(network, batch)})
    return found


def _first_images(recipe: Recipe, data: Path, count: int) -> tuple[Tensor, Tensor]:
    """Return the first images of the training split, as a network sees them, and their labels."""
    split = load_splits(data, recipe, train_images=count, scored_images=1).training
    images = evaluation_batch(split.images, recipe.transforms.evaluation)
    # Batch norm on a CPU sums channels-last images in a less exact order: means of 1e-4 for 1e-7.
    return images.contiguous(), split.labels


def _initial_values(network: nn.Module, batch: tuple[Tensor, Tensor]) -> dict[str, Any]:
    """Loss and batch-norm means on a batch in training mode, and the L1 norm of all parameters."""
    norm = sum(p.detach().abs().sum(dtype=torch.float64).item() for p in network.parameters())
    means: list[float] = []

    def record(_: nn.Module, __: Any, output: Tensor) -> None:
        others = [axis for axis in range(output.dim()) if axis != 1]
        means.append(output.mean(others, dtype=torch.float64).abs().max().item())

    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            module.register_forward_hook(record)
    images, labels = batch
    with torch.no_grad():
        loss = functional.cross_entropy(network.train()(images), labels).item()
    return {
        "initial_loss": finite(loss),
        "initial_l1_norm": finite(norm),
        "initial_batch_norm_mean": finite(max(means)) if means else None,
    }
