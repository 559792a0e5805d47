"""Networks of attention have the parameters and multiply-adds that torchvision publishes."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tests.support.networks import read
from tests.support.recipes import TO_TENSOR, make_recipe
from torch import nn

from regrade.measuring.measure import measure
from regrade.models.build import build_network
from regrade.models.counted_layers import is_counted
from regrade.models.layer_table import layer_table
from regrade.studies import cost
from regrade.studies.layer_rows import ShapeError
from regrade.studies.recipe_checks import recipe_mistakes
from regrade.torchvision_compat import torchvision

SIDES = {"swin_v2_t": 256, "swin_v2_s": 256, "swin_v2_b": 256, "vit_h_14": 518}
"""Of the images that torchvision's published multiply-adds are for, where they are not 224."""
QUICK = ("vit_b_32", "swin_t", "swin_v2_t")
ALL = [
    pytest.param(name, marks=() if name in QUICK else pytest.mark.slow)
    for name, known in cost.torchvision_table().items()
    if "attention" in known
]


def word(name: str, **keys: Any) -> Any:
    return read({"kind": "torchvision", "name": name, **keys})


def on_meta(name: str, side: int, classes: int = 10) -> tuple[nn.Module, list[dict[str, Any]]]:
    with torch.device("meta"):
        network = build_network(word(name), classes, side)
    return network, layer_table(network, side)


@pytest.mark.parametrize("name", ALL)
def test_arithmetic_gives_what_torchvision_publishes(name: str) -> None:
    side = SIDES.get(name, 224)
    published = next(iter(torchvision.models.get_model_weights(name))).meta
    found = cost.cost(word(name), side, 1000)
    assert found.macs / 1e9 == pytest.approx(published["_ops"], abs=6e-4)
    assert found.parameters == published["num_params"]


@pytest.mark.parametrize(
    ("name", "side"),
    [("vit_b_32", 64), ("vit_b_16", 48), ("swin_t", 32), ("swin_t", 100), ("swin_v2_t", 90)],
)
def test_arithmetic_gives_what_torch_executes_at_any_side(name: str, side: int) -> None:
    network, rows = on_meta(name, side)
    expected = cost.cost(word(name), side, 10)
    assert expected.parameters == sum(p.numel() for p in network.parameters())
    assert expected.parameters == sum(row["parameters"] for row in rows)
    assert expected.macs == sum(row["macs"] for row in rows)
    assert min(row["macs"] for row in rows) == 0, "no layer takes of another's"
    assert rows[-1]["output"] == [10]


def test_the_products_of_attention_are_its_own() -> None:
    """A ViT's block of t tokens of width w: 4 t w^2 of its weights, and 2 t^2 w between tokens."""
    _, rows = on_meta("vit_b_32", 64)
    row = next(row for row in rows if row["kind"] == "multihead_attention")
    assert row["macs"] == 5 * 4 * 768**2 + 2 * 5**2 * 768
    assert row["parameters"] == 4 * 768 * 769


@pytest.mark.parametrize(
    ("name", "keys", "side", "told"),
    [
        ("vit_b_16", {}, 40, "vit_b_16 takes images whose side is a multiple of 16 pixels, not 40"),
        ("vit_b_32", {}, 28, "vit_b_32 takes images of 32 x 32 pixels and more"),
        ("maxvit_t", {}, 256, "maxvit_t takes images whose side is a multiple of 224 pixels"),
        ("vit_b_16", {"pretrained": True}, 32, "are for images of 224 x 224 pixels, not 32 x 32"),
        ("vit_h_14", {"pretrained": True}, 224, "no IMAGENET1K_V1 weights of vit_h_14"),
        ("regnet_y_128gf", {"pretrained": True}, 224, "no IMAGENET1K_V1 weights"),
    ],
)
def test_what_a_network_cannot_do_is_refused(name: str, keys: dict, side: int, told: str) -> None:
    resize = [{"kind": "resize", "size": side}, TO_TENSOR]
    recipe = make_recipe(
        model={"kind": "torchvision", "name": name, **keys},
        transforms={"training": resize, "evaluation": resize},
    )
    assert [mistake for mistake in recipe_mistakes(recipe) if told in mistake]
    with pytest.raises(ShapeError, match=told):
        cost.cost(recipe.model, side, 10)


@pytest.mark.parametrize("frozen", ["all_but_last", ["encoder", "conv_proj"]])
def test_frozen_positions_are_counted_at_the_side_of_the_images(frozen: Any) -> None:
    model = word("vit_b_32", frozen=frozen)
    with torch.device("meta"):
        network = build_network(model, 10, 64)
    trained = sum(p.numel() for p in network.parameters() if p.requires_grad)
    assert cost.cost(model, 64, 10).parameters == trained < 9_000


def test_a_network_of_attention_is_measured_and_listed() -> None:
    """On the meta device, because it looks into tables of indices while it runs."""
    recipe = make_recipe(model={"kind": "torchvision", "name": "swin_t"})
    found = measure(recipe, None)
    assert found["parameters"] == cost.cost(recipe.model, 32, 10).parameters
    assert found["macs"] == cost.cost(recipe.model, 32, 10).macs
    assert found["outputs"] == 10 and found["feature_sizes"][0] == 8


@pytest.mark.usefixtures("repeatable")
def test_steps_of_attention_are_repeatable() -> None:
    def gradients() -> list[torch.Tensor]:
        torch.manual_seed(0)
        network = build_network(word("swin_v2_t"), 10, 32).train()
        network(torch.rand(2, 3, 32, 32)).square().sum().backward()
        return [p.grad for p in network.parameters() if p.grad is not None]

    first, second = gradients(), gradients()
    assert all(map(torch.equal, first, second)) and len(first) > 100


def test_networks_without_attention_are_listed_as_ever() -> None:
    with torch.device("meta"):
        assert not is_counted(build_network(word("convnext_tiny"), 10, 32))
        assert not is_counted(build_network(word("efficientnet_b0"), 10, 32))
