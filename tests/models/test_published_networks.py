"""Networks written with named blocks have the parameters that are published of them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import yaml
from tests.support.networks import read

from regrade.models.build import build_network
from regrade.models.layer_table import layer_table
from regrade.studies import cost
from regrade.studies.blocks import write_out

FILE = Path(__file__).parent / "published_networks.yaml"
PARAMETERS = {
    # github.com/kuangliu/pytorch-cifar, with ten classes.
    "resnet50": 23_520_842,
    "resnext29_32x4d": 4_774_218,
    "mobilenet_v2": 2_296_922,
    "se_resnet18": 11_260_354,
    "shufflenet_v2": 1_263_854,
    # github.com/andreasveit/densenet-pytorch; 0.8 million in the paper.
    "densenet_bc_100_12": 769_162,
    # github.com/szagoruyko/wide-residual-networks; 36.5 million in the paper.
    "wide_resnet_28_10": 36_479_194,
}
"""What a network of ten classes has, as its source counts it."""


@pytest.fixture(scope="module")
def architectures() -> dict:
    written = write_out(yaml.safe_load(FILE.read_text(encoding="utf-8")))
    assert not written.mistakes
    return {name: read(word) for name, word in written.data["architectures"].items()}


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters_are_those_published(architectures: dict, name: str) -> None:
    """Those of the arithmetic and, layer by layer, those of the built network."""
    model = architectures[name]
    assert cost.cost(model, 32, 10).parameters == PARAMETERS[name]
    with torch.device("meta"):
        network = build_network(model, 10, 32)
    assert sum(p.numel() for p in network.parameters()) == PARAMETERS[name]
    rows = layer_table(network, 32)
    assert [(row["name"], row["macs"], row["output"]) for row in rows] == [
        (row.name, row.macs, list(row.output)) for row in cost.rows(model, 32, 10)
    ]
