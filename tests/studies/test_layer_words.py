"""Layers that torch would refuse are refused before anything runs, with key, value and way out."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from tests.support.mistakes import mistakes
from tests.support.networks import chain, read
from tests.support.study_text import first_layer

from regrade.report.recipe_text import setting_text
from regrade.studies import cost
from regrade.studies.foreign_words import translate
from regrade.studies.layer_rows import ShapeError
from regrade.studies.layers import BatchNorm
from regrade.studies.reference import KINDS
from regrade.studies.whole_numbers import ExpressionError, partly, value_of


@pytest.mark.parametrize(
    ("layer", "keys", "words"),
    [
        ("conv", "", "the key 'channels' is missing"),
        ("{kind: silu}", "", "found 'silu'; did you mean 'swish'?"),
        ("ReLU6", "", "found 'ReLU6'; did you mean 'relu6'?"),
        ("{kind: GlobalAveragePooling2D}", "", "did you mean 'average_pool'?"),
        ("{kind: max_pool, kernel: 2, ceilMode: true}", ".ceilMode", "did you mean 'ceil_mode'?"),
        ("{kind: conv, channels: 4, kernel: 0}", ".kernel", "found 0: a whole number from 1 on"),
        (
            "{kind: conv, channels: 4, kernel: [1, 2, 3]}",
            ".kernel",
            "two of them as [height, width]",
        ),
        ("{kind: conv, channels: width, kernel: 1}", ".channels", "found 'width', with 'width'"),
        ("{kind: conv, channels: 2 ** 9, kernel: 1}", ".channels", "no whole-number arithmetic"),
        (
            "{kind: conv, channels: 4, kernel: 3, stride: 2, padding: same}",
            "",
            "goes with stride 1",
        ),
        ("{kind: dropout, probability: 1}", ".probability", "found 1: it must be less than 1"),
        ("{kind: hardtanh, min_val: 1}", "", "min_val 1.0 must lie below max_val 1.0"),
        ("{kind: celu, alpha: 0}", "", "celu needs an alpha other than 0"),
        ("{kind: rrelu, lower: 0.5}", "", "from lower 0.5 to upper"),
        ("{residual: [conv]}", ".residual[0]", "the key 'channels' is missing"),
    ],
)
def test_a_word_that_cannot_be_read_is_told_at_its_place(write_study, layer, keys, words) -> None:
    told = mistakes(write_study(first_layer(layer)))
    assert any(f"layers[0]{keys}: " in line and words in line for line in told), told


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (
            {"kind": "conv", "channels": 8, "kernel": 3, "groups": 3},
            "groups 3 must divide its 4 input channels; allowed: 1, 2, 4",
        ),
        (
            {"kind": "conv", "channels": 6, "kernel": 3, "groups": 4},
            "groups 4 must divide its 6 output channels; allowed: 1, 2",
        ),
        ({"kind": "conv", "channels": 6, "kernel": 7}, "nothing is left of the image"),
        ({"kind": "conv", "channels": 6, "kernel": 3, "dilation": 3}, "nothing is left"),
        (
            {"kind": "conv", "channels": 6, "kernel": 3, "padding": 6, "padding_mode": "reflect"},
            "padding 6 with padding_mode 'reflect' takes more pixels than there are; allowed: at"
            " most 5",
        ),
        ({"kind": "conv", "channels": "inputs // 8", "kernel": 1}, "`inputs // 8` is 0 where 4"),
        ({"kind": "conv", "channels": "8 // (inputs - 4)", "kernel": 1}, "divides by 0"),
        (
            {"kind": "max_pool", "kernel": 3, "padding": 2},
            "padding 2 is more than half of the kernel 3; allowed: at most 1",
        ),
        ({"kind": "max_pool", "kernel": "global", "stride": 2}, "it has no stride"),
        ({"kind": "group_norm", "groups": 3}, "groups 3 must divide its 4 input channels"),
        ({"kind": "channel_shuffle", "groups": 3}, "groups 3 must divide its 4 input channels"),
        ({"kind": "channel_slice", "stop": 9}, "channels 0 to 9 are not among the 4"),
        ({"kind": "pad", "left": 7, "mode": "circular"}, "allowed: at most 6"),
    ],
)
def test_a_layer_that_does_not_fit_is_told_with_what_would(layer, words) -> None:
    with pytest.raises(ShapeError) as error:
        cost.rows(read(chain(layer, "flatten")), 6, 10, 4)
    assert words in str(error.value)


def test_glu_and_instance_norm_need_enough_to_work_on() -> None:
    for layer, words in (("glu", "3 come in: an odd number"), ("instance_norm", "1 x 1 pixel")):
        with pytest.raises(ShapeError, match=words):
            cost.rows(read(chain(layer, "flatten")), 1, 3)


def test_arithmetic_is_that_of_whole_numbers() -> None:
    known = {"width": 64, "name": "relu"}
    assert value_of("4 * (width - 2) // 3 + -1", known) == 4 * 62 // 3 - 1
    assert partly("2 * width * inputs", known) == "128 * inputs"
    for text in ("width / 2", "width ** 2", "width.bit_count()", "max(width, 2)", "1.5 * width"):
        with pytest.raises(ExpressionError, match="allowed: whole numbers, names"):
            value_of(text, known)
    for text, words in (
        ("2 * height", "'height', which is unknown here; known: width, name"),
        ("2 * name", "needs whole numbers, but name is 'relu'"),
        ("9999999 * 9999999", "is larger than"),
        ("1 + " * 60 + "1", "is longer than"),
    ):
        with pytest.raises(ExpressionError, match=words.replace("(", r"\(")):
            value_of(text, known)


def test_a_run_page_tells_settings_that_differ_from_the_usual() -> None:
    words = [
        {"kind": "batch_norm", "affine": False, "momentum": None},
        {"kind": "leaky_relu", "negative_slope": 0},
        {"kind": "conv", "channels": "2 * inputs", "kernel": [1, 3], "groups": "inputs"},
        "relu",
    ]
    assert setting_text(read(chain(*words))).split(" → ") == [
        "batch norm (momentum none, no affine)",
        "leaky ReLU (negative slope 0)",
        "conv (channels 2 * inputs, kernel 1 / 3, stride 1, bias, groups inputs)",
        "ReLU",
    ]


def test_settings_that_came_later_are_not_written_where_they_are_usual() -> None:
    """The hash of a recipe that was trained before they came is what it was."""
    words = [
        {"kind": "conv", "channels": 4, "kernel": 3, "dilation": 1, "groups": 1},
        {"kind": "batch_norm", "eps": 1e-5},
        {"kind": "leaky_relu", "negative_slope": 0.01},
        {"kind": "max_pool", "kernel": 2, "padding": 0},
    ]
    found = [layer.model_dump(mode="json") for layer in read(chain(*words)).layers]
    assert found == [
        {"kind": "conv", "channels": 4, "kernel": 3, "stride": 1, "padding": 0, "bias": True},
        {"kind": "batch_norm"},
        {"kind": "leaky_relu"},
        {"kind": "max_pool", "kernel": 2, "stride": None},
    ]


def test_one_name_for_what_is_added_to_a_divisor() -> None:
    """torch's `eps`, of norms and optimizers alike; `epsilon` is answered with it."""
    words = [word for kinds in KINDS.values() for word in kinds.values()]
    assert not any("epsilon" in word.model_fields for word in words)
    assert translate("epsilon") == "eps"
    with pytest.raises(ValidationError, match="did you mean 'eps'"):
        BatchNorm.model_validate({"kind": "batch_norm", "epsilon": 1e-3})
