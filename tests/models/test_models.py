"""Built networks have the parameters, shapes and multiply-adds of the reports' layer tables."""

import pytest
import torch
from tests.support.networks import (
    BATCH_NORM,
    CONV_3X3,
    COUNTS,
    FLATTEN,
    NONE,
    PLAIN,
    POOL,
    RELU,
    SEPARABLE,
    chain,
    conv,
    duke,
    kaist,
    linear,
    marais_resnet,
    nyu,
    polito_cnn,
    projection,
    read,
    resnet20,
    stages,
)
from torch import nn
from torch.nn import functional

from regrade.models.build import build_network
from regrade.models.layer_table import block_costs, feature_sizes, flattened_features, layer_table
from regrade.models.stages import PadShortcut
from regrade.models.torchvision_costs import measure_torchvision
from regrade.studies import cost
from regrade.studies.architectures import TORCHVISION_NAMES
from regrade.studies.layer_rows import ShapeError


def on_meta(words, classes, size=32):
    with torch.device("meta"):
        network = build_network(read(words), classes, size)
    return network, layer_table(network, size)


@pytest.mark.parametrize(("words", "classes", "parameters", "macs"), COUNTS.values(), ids=COUNTS)
def test_counts_are_those_of_the_reports(words, classes, parameters, macs):
    """Parameters and MACs agree with the report, and each layer with the analytic layer table."""
    network, layers = on_meta(words, classes)
    assert sum(p.numel() for p in network.parameters()) == parameters
    if macs:
        assert sum(row["macs"] for row in layers) == macs
    expected = {
        row.name: (row.kind, list(row.output), row.parameters, row.macs)
        for row in cost.rows(read(words), 32, classes)
    }
    assert expected == {
        row["name"]: (row["kind"], row["output"], row["parameters"], row["macs"]) for row in layers
    }


FAST = (
    *("resnet18", "vgg11", "alexnet", "squeezenet1_1", "shufflenet_v2_x0_5", "convnext_tiny"),
    *("regnet_y_400mf", "swin_t", "vit_b_32"),
)
"""Networks of torchvision that are quickly built, of different kinds."""
ALL_OF_TORCHVISION = [
    pytest.param(name, marks=() if name in FAST else pytest.mark.slow) for name in TORCHVISION_NAMES
]


@pytest.mark.parametrize("name", ALL_OF_TORCHVISION)
def test_the_table_of_torchvision_networks_is_todays(name):
    """`python -m regrade.models.torchvision_costs` writes it anew."""
    assert cost.torchvision_table()[name] == measure_torchvision(name)


@pytest.mark.parametrize("name", FAST)
def test_the_known_costs_of_torchvision_models_are_right(name):
    words = {"kind": "torchvision", "name": name}
    network, layers = on_meta(words, 100, 224)
    expected = cost.cost(read(words), 224, 100)
    assert sum(p.numel() for p in network.parameters()) == expected.parameters
    assert sum(row["parameters"] for row in layers) == expected.parameters
    assert sum(row["macs"] for row in layers) == expected.macs
    assert layers[-1]["output"][0] == 100


@pytest.mark.parametrize(
    ("name", "published"), [("regnet_y_400mf", 4_344_144), ("regnet_x_400mf", 5_495_976)]
)
def test_regnets_have_the_parameters_that_torchvision_publishes(name, published):
    words = {"kind": "torchvision", "name": name}
    assert cost.cost(read(words), 224, 1000).parameters == published


@pytest.mark.parametrize("frozen", ["all_but_last", ["conv1", "layer1", "layer1.0", "layer4.1"]])
def test_frozen_parts_are_not_trained_and_not_counted(frozen):
    words = {"kind": "torchvision", "name": "resnet18", "frozen": frozen}
    network, _ = on_meta(words, 10, 32)
    trained = {name for name, p in network.named_parameters() if p.requires_grad}
    assert {"fc.weight", "fc.bias"} <= trained and "layer1.0.conv1.weight" not in trained
    assert (frozen == "all_but_last") == (len(trained) == 2)
    counted = sum(p.numel() for p in network.parameters() if p.requires_grad)
    assert cost.cost(read(words), 32, 10).parameters == counted


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"name": "alexnet"}, "alexnet takes images of 63 x 63 pixels and more"),
        ({"name": "resnet18", "frozen": ["layer5"]}, "did you mean 'layer4'"),
        ({"name": "resnet18", "frozen": ["fc"]}, "allowed: all_but_last, conv1"),
    ],
)
def test_what_a_torchvision_network_cannot_do_is_refused(words, told):
    with pytest.raises(ShapeError, match=told):
        cost.cost(read({"kind": "torchvision"} | words), 32, 10)


@pytest.mark.parametrize(
    ("words", "weights", "separable_weights", "macs", "separable_macs"),
    [
        pytest.param(resnet20(True), 267_264, 35_312, 40_108_032, 5_949_440, id="resnet-20"),
        pytest.param(PLAIN, 10_985_472, 1_251_136, None, None, id="plain"),
        pytest.param(SEPARABLE, 10_985_472, 1_251_136, None, None, id="mobile"),
    ],
)
def test_blocks_are_counted_in_both_forms(words, weights, separable_weights, macs, separable_macs):
    """Whichever form the blocks have, the other is counted as well; biases are left out."""
    found = block_costs(*on_meta(words, 10))
    assert found["block_weights"] == weights
    assert found["separable_block_weights"] == separable_weights
    if macs:
        assert found["block_macs"] == macs
        assert found["separable_block_macs"] == separable_macs
    else:
        assert found == block_costs(*on_meta(PLAIN, 10))


def test_networks_without_blocks_have_no_block_costs():
    assert set(block_costs(*on_meta(duke(), 10)).values()) == {None}


@pytest.mark.parametrize(
    ("words", "sizes", "features"),
    [
        pytest.param(duke(), [28, 14, 12, 6], 576, id="duke"),
        pytest.param(polito_cnn(32, 64), [14, 12, 10, 8, 4], 1024, id="polito"),
        pytest.param(
            stages([16, 32], [1, 1], projection()), [32, 32, 32, 16, 16, 1], 32, id="no shortcut"
        ),
    ],
)
def test_feature_sizes_follow_the_main_path(words, sizes, features):
    network, layers = on_meta(words, 10)
    assert feature_sizes(layers) == sizes
    assert flattened_features(network, layers) == features


def test_torchvision_networks_flatten_between_their_modules():
    network, layers = on_meta({"kind": "torchvision", "name": "vgg11"}, 10, 224)
    assert flattened_features(network, layers) == 25_088


def test_parameters_come_in_the_order_of_the_layers():
    """The order is part of every seed's initialisation and of the published shape lists."""
    network, _ = on_meta(duke(), 10)
    assert [list(p.shape) for p in network.parameters()] == [
        *([8, 3, 5, 5], [8], [16, 8, 3, 3], [16]),
        *([120, 576], [120], [84, 120], [84], [10, 84], [10]),
    ]
    network, _ = on_meta(stages([32, 64], [1, 1], projection()), 10)
    block = [name for name, _ in network.named_parameters() if name.startswith("stage2")]
    assert [name.removeprefix("stage2.block1.") for name in block] == [
        *("conv1.weight", "batch_norm1.weight", "batch_norm1.bias"),
        *("conv2.weight", "batch_norm2.weight", "batch_norm2.bias"),
        *("shortcut.conv.weight", "shortcut.batch_norm.weight", "shortcut.batch_norm.bias"),
    ]


@pytest.mark.parametrize(
    ("subsample", "expected"),
    [
        ("stride", [0, 2, 8, 10]),
        ("average_pool", [2.5, 4.5, 10.5, 12.5]),
        ("max_pool", [5, 7, 13, 15]),
    ],
)
def test_option_a_subsamples_and_appends_zero_channels(subsample, expected):
    images = torch.arange(16.0).reshape(1, 1, 4, 4).contiguous(memory_format=torch.channels_last)
    found = PadShortcut(added=2, stride=2, subsample=subsample)(images)
    assert found.shape == (1, 3, 2, 2)
    assert found[0, 0].flatten().tolist() == expected
    assert not found[0, 1:].any()


@pytest.mark.parametrize("subsample", ["stride", "average_pool", "max_pool"])
def test_option_a_fits_odd_sides(subsample):
    """A stride-2 convolution turns 7 pixels into 4; so must the shortcut beside it."""
    network = build_network(read(resnet20(False, subsample)), 10, 32)
    assert network(torch.zeros(1, 3, 14, 14)).shape == (1, 10)


def test_basic_blocks_add_before_the_last_relu():
    """A block is relu(bn(conv(relu(bn(conv(x))))) + x); without a shortcut nothing is added."""
    torch.manual_seed(0)
    images = torch.randn(2, 8, 6, 6)
    for shortcut, added in ((projection(), images), (NONE, 0)):
        words = stages([8], [1], shortcut, {"channels": 8})
        block = build_network(read(words), 10, 32).stage1.block1
        features = functional.relu(block.batch_norm1(block.conv1(images)))
        expected = functional.relu(block.batch_norm2(block.conv2(features)) + added)
        torch.testing.assert_close(block(images.clone()), expected)


def test_residual_chains_add_their_input_unchanged():
    """An activation that opens a residual chain must not overwrite what is added at its end."""
    words = chain({"kind": "residual", "layers": [RELU]}, FLATTEN, linear())
    residual = build_network(read(words), 10, 32)[0]
    torch.testing.assert_close(residual(torch.tensor([-1.0, 2.0])), torch.tensor([-1.0, 4.0]))


@pytest.mark.parametrize("kind", ["relu", "leaky_relu", "swish", "sigmoid", "tanh"])
def test_activations_overwrite_nothing_that_is_needed(kind):
    """Gradients are those of a network whose activations all work on copies."""
    act = {"kind": kind}
    words = chain(
        *[act, conv(4, **CONV_3X3), act, act, BATCH_NORM, act, POOL, act],
        *[{"kind": "residual", "layers": [act, conv(4, **CONV_3X3), BATCH_NORM, act]}, act],
        *[FLATTEN, act, linear(), act],
    )
    gradients = []
    images = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    for inplace in (True, False):
        torch.manual_seed(0)
        network = build_network(read(words), 10, image_size=8)
        for module in network.modules():
            if hasattr(module, "inplace") and not inplace:
                module.inplace = False
        network(images.clone()).square().sum().backward()
        gradients.append([p.grad for p in network.parameters()])
    for found, expected in zip(*gradients, strict=True):
        assert torch.equal(found, expected)


@pytest.mark.parametrize(
    "words",
    [
        *(pytest.param(resnet20(False, way), id=way) for way in ("stride", "average_pool")),
        pytest.param(resnet20(False, "max_pool"), id="max_pool"),
        pytest.param(nyu("8-16", "2-1", 3), id="projection"),
        pytest.param(stages([8, 16], [1, 1], NONE, kind="separable"), id="separable"),
        pytest.param(marais_resnet("8 16P R16 32P 16P"), id="chain"),
    ],
)
def test_networks_stay_channels_last(words):
    """Channels-last images stay so in every layer (it is the fastest layout)."""
    network = build_network(read(words), 10, 32).to(memory_format=torch.channels_last)
    kept = []
    for module in network.modules():
        if not isinstance(module, nn.Flatten | nn.Linear):
            module.register_forward_hook(
                lambda _, __, output: kept.append(
                    output.dim() != 4 or output.is_contiguous(memory_format=torch.channels_last)
                )
            )
    images = torch.randn(2, 3, 32, 32).contiguous(memory_format=torch.channels_last)
    assert network(images).shape == (2, 10)
    assert all(kept)


def test_separable_blocks_refuse_shortcuts():
    with pytest.raises(ValueError, match="no shortcut"):
        build_network(read(kaist(projection(), kind="separable")), 10, 32)
