"""Layers made of layers compute what their words say, and refuse what does not fit together."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from pydantic import ValidationError
from tests.support.networks import chain, read
from torch import Tensor, nn
from torch.nn import functional

from regrade.models.build import build_network
from regrade.models.layer_table import feature_sizes, layer_table
from regrade.report.recipe_text import setting_text
from regrade.studies import cost
from regrade.studies.compositions import MOST_LAYERS
from regrade.studies.layer_rows import ShapeError

IMAGE = (4, 7, 7)


def build(*words: Any) -> nn.Module:
    """Build layers for images of four channels and 7 x 7 pixels, in evaluation mode."""
    torch.manual_seed(0)
    return build_network(read(chain(*words)), 10, IMAGE[1], IMAGE[0]).eval()


def conv(channels: Any, kernel: int = 3, **settings: Any) -> dict[str, Any]:
    return {"kind": "conv", "channels": channels, "kernel": kernel, **settings}


@pytest.fixture
def images() -> Tensor:
    return torch.randn(3, *IMAGE, generator=torch.Generator().manual_seed(1))


MAIN = ["relu", conv(6, stride=2, padding=1)]
"""A main path that opens with what might overwrite its input."""


def main_of(network: nn.Module, images: Tensor) -> Tensor:
    return network[0].main[1](functional.relu(images))


@pytest.mark.parametrize("shortcut", ["projection", [conv(6, 1, stride=2)], "pad", "none"])
def test_a_shortcut_is_added_before_what_follows(images: Tensor, shortcut: Any) -> None:
    then = ["relu", {"kind": "max_pool", "kernel": 2}]
    network = build({"residual": {"main": MAIN, "shortcut": shortcut, "then": then}})
    ways = {
        "pad": lambda: functional.pad(images[:, :, ::2, ::2], (0, 0, 0, 0, 0, 2)),
        "none": lambda: 0,
    }
    beside = ways.get(str(shortcut), lambda: network[0].shortcut(images))()
    expected = functional.max_pool2d(functional.relu(main_of(network, images) + beside), 2)
    torch.testing.assert_close(network(images.clone()), expected)


def test_a_projection_is_a_convolution_and_batch_norm_where_shapes_differ() -> None:
    network = build({"residual": {"main": MAIN, "shortcut": "projection"}})
    found = network[0].shortcut
    assert [type(module).__bases__[0] for module in found] == [
        nn.Conv2d,
        nn.modules.batchnorm._BatchNorm,
    ]
    assert found[0].kernel_size == (1, 1) and found[0].stride == (2, 2) and found[0].bias is None
    same = build({"residual": {"main": ["relu"], "shortcut": "projection"}})
    assert not list(same.parameters())


@pytest.mark.parametrize(
    ("shortcut", "channels", "added"),
    [("identity", 4, True), ("matching", 4, True), ("matching", 6, False), ("projection", 4, True)],
)
def test_the_input_itself_is_added_where_it_fits(
    images: Tensor, shortcut: str, channels: int, added: bool
) -> None:
    network = build({"residual": {"main": [conv(channels, 1)], "shortcut": shortcut}})
    expected = network[0].main(images) + (images if added else 0)
    torch.testing.assert_close(network(images), expected)


def test_branches_are_joined_in_their_order(images: Tensor) -> None:
    network = build({"concat": [["relu", conv(3, 1)], [], [conv(2, 1)]]}, "relu")
    found = network[0]
    expected = [found.branch1[1](functional.relu(images)), images, found.branch3(images)]
    torch.testing.assert_close(network(images.clone()), torch.cat(expected, 1).relu())


@pytest.mark.parametrize(
    "gate",
    [
        [{"kind": "average_pool", "kernel": "global"}, conv("inputs // 2", 1), conv(4, 1)],
        ["flatten", {"kind": "linear", "features": 4}],
        [conv(1, 3, padding=1)],
        [conv(4, 3, padding=1)],
    ],
    ids=["channels", "vector", "pixels", "both"],
)
def test_a_gate_scales_its_input(images: Tensor, gate: list[Any]) -> None:
    network = build({"scale": [*gate, "sigmoid"]}, "relu")
    factors = network[0].gate(images)
    factors = factors[:, :, None, None] if factors.dim() == 2 else factors
    torch.testing.assert_close(network(images.clone()), functional.relu(images * factors))


def test_repeated_layers_have_weights_of_their_own(images: Tensor) -> None:
    """And are the same network as the layers written out."""
    repeated = build({"sequence": {"layers": [conv(4, padding=1), "relu"], "repeat": 3}})
    written = build(*[conv(4, padding=1), "relu"] * 3)
    assert [name for name, _ in repeated.named_parameters()][:3] == [
        *("1.1.1.weight", "1.1.1.bias", "1.2.1.weight"),
    ]
    assert torch.equal(repeated(images), written(images))


def test_what_lies_beside_the_main_path_is_no_feature_map_of_it() -> None:
    squeeze = [{"kind": "average_pool", "kernel": "global"}, conv(6, 1), "sigmoid"]
    block = {"residual": {"main": [*MAIN, {"scale": squeeze}], "shortcut": "projection"}}
    model = read(chain(block, "flatten", {"kind": "linear", "features": "classes"}))
    assert feature_sizes(layer_table(build_network(model, 10, 7, 4), 7, 4)) == [4]
    assert [row.name for row in cost.rows(model, 7, 10, 4)] == [
        *("1.main.1", "1.main.2", "1.main.3.gate.1", "1.main.3.gate.2", "1.main.3.gate.3"),
        *("1.main.3", "1.shortcut.1", "1.shortcut.2", "2", "3"),
    ]


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (
            {"residual": {"main": MAIN}},
            "layer 1 (residual) does not fit its input 4 x 7 x 7: its layers turn 4 x 7 x 7 into"
            " 6 x 4 x 4, which cannot be added to the input; `shortcut: projection` could",
        ),
        (
            {"residual": {"main": MAIN, "shortcut": [conv(6, 1)]}},
            "its shortcut gives 6 x 7 x 7, its main path 6 x 4 x 4",
        ),
        (
            {"residual": {"main": [conv(6, 3)], "shortcut": "projection"}},
            "no stride makes 5 x 5 pixels of 7 x 7",
        ),
        (
            {"residual": {"main": [conv(2, 1)], "shortcut": "pad"}},
            "option A cannot drop channels (4 to 2)",
        ),
        (
            {"residual": {"main": ["flatten"], "shortcut": "projection"}},
            "it takes an image",
        ),
        (
            {"concat": [[], [conv(4, 3)]]},
            "its branches give 4 x 7 x 7, 4 x 5 x 5: they may differ in channels alone",
        ),
        (
            {"scale": [conv(3, 1)]},
            "its layers give 3 x 7 x 7, which cannot scale the input; allowed: 4 x 7 x 7, 4,"
            " 4 x 1 x 1, 1 x 7 x 7",
        ),
        (
            {"sequence": {"layers": [conv(4, 3)], "repeat": 4}},
            "layer 1.4.1 (conv) does not fit its input 4 x 1 x 1: nothing is left of the image",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(layer: dict[str, Any], words: str) -> None:
    with pytest.raises(ShapeError) as error:
        cost.rows(read(chain(layer, "flatten")), 7, 10, 4)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        ({"residual": {"main": ["relu"], "layers": ["relu"]}}, "either `main`"),
        ({"residual": {"layers": ["relu"], "shortcut": "none"}}, "go with `main`"),
        ({"sequence": {"layers": ["relu"], "repeat": MOST_LAYERS}}, f"at most {MOST_LAYERS}"),
    ],
)
def test_a_composition_that_means_nothing_is_refused(layer: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        read(chain(layer))


def test_a_run_page_writes_compositions_out() -> None:
    block = {"main": [conv(6, 1), "relu"], "shortcut": "projection", "then": ["relu"]}
    words = [{"residual": block}, {"concat": [[], ["relu"]]}]
    assert setting_text(read(chain(*words))) == (
        "residual (main conv (channels 6, kernel 1, stride 1, bias) → ReLU,"
        " shortcut projection (kernel 1, batch norm), then ReLU) →"
        " concat (branches none / ReLU)"
    )
