"""Named blocks stand for plain layers, and their mistakes are told where they were made."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.support.mistakes import line_of, mistakes
from tests.support.study_text import first_layer

from regrade.studies.blocks import write_out
from regrade.studies.load import load_study
from regrade.studies.resolve import canonical, resolve

BLOCK = """blocks:
  unit:
    parameters: [width, size]
    layers:
      - {kind: conv, channels: 2 * width, kernel: size}
      - {residual: {main: [{kind: conv, channels: inputs, kernel: size, padding: same}]}}
"""


def with_block(write_study: Any, use: str, block: str = BLOCK) -> Path:
    """Write the small study with a block and a use of it before its other layers."""
    return write_study(("architectures:", f"{block}architectures:"), first_layer(use))


def recipe(path: Path) -> str:
    return canonical(resolve(load_study(path))[0].recipe)


@pytest.mark.parametrize(
    ("use", "written"),
    [
        (
            "{block: unit, width: 2, size: 3}",
            "{sequence: [{kind: conv, channels: 4, kernel: 3}, {residual: {main: [{kind: conv,"
            " channels: inputs, kernel: 3, padding: same}]}}]}",
        ),
        (
            "{block: unit, width: 2, size: 1, repeat: 2}",
            "{sequence: {repeat: 2, layers: [{kind: conv, channels: 4, kernel: 1},"
            " {residual: {main: [{kind: conv, channels: inputs, kernel: 1, padding: same}]}}]}}",
        ),
        (
            "{block: unit, width: [1, 2], size: [3, 1]}",
            "{sequence: [{sequence: [{kind: conv, channels: 2, kernel: 3}, {residual: {main:"
            " [{kind: conv, channels: inputs, kernel: 3, padding: same}]}}]}, {sequence:"
            " [{kind: conv, channels: 4, kernel: 1}, {residual: {main: [{kind: conv,"
            " channels: inputs, kernel: 1, padding: same}]}}]}]}",
        ),
    ],
)
def test_a_use_is_a_sequence_of_plain_layers(write_study, use: str, written: str) -> None:
    """The recipe, and so its hash, is that of the layers written by hand."""
    plain = write_study(first_layer(written))
    expected = recipe(plain)
    assert recipe(with_block(write_study, use)) == expected


def test_a_block_may_use_others_and_pass_its_parameters_on(write_study) -> None:
    outer = BLOCK + (
        "  pair:\n    parameters: [width, act]\n    layers:\n"
        "      - {block: unit, width: width // 2, size: [3, 1]}\n      - act\n"
    )
    path = with_block(write_study, "{block: pair, width: 6, act: {kind: elu, alpha: 0.5}}", outer)
    (sequence, *_) = resolve(load_study(path))[0].recipe.model.layers
    assert sequence.layers[0].layers[1].layers[0].channels == 6
    assert sequence.layers[1].alpha == 0.5


@pytest.mark.parametrize(
    ("use", "keys", "words"),
    [
        (
            "{block: unot, width: 2, size: 3}",
            ".block",
            "unknown block 'unot'; did you mean 'unit'?",
        ),
        ("{block: unit, width: 2}", "", "block unit needs a value of its parameter 'size'"),
        ("{block: unit, width: 2, sise: 3, size: 3}", ".sise", "has no parameter 'sise'; did you"),
        ("{block: unit, width: 2, size: 3, repeat: 0}", ".repeat", "a whole number from 1 to"),
        ("{block: unit, width: [2], size: 3, repeat: 2}", ".repeat", "goes without `repeat`"),
        ("{block: unit, width: [2, 3], size: [3]}", "", "but width has 2, size has 1"),
    ],
)
def test_a_wrong_use_is_told_at_its_place(write_study, use: str, keys: str, words: str) -> None:
    path = with_block(write_study, use)
    told = [line for line in mistakes(path) if f"architectures.net.layers[0]{keys}: " in line]
    assert len(told) == 1 and words in told[0]
    assert told[0].startswith(f"line {line_of(path, use)}: ")


@pytest.mark.parametrize(
    ("use", "place", "words"),
    [
        (
            "{block: unit, width: relu, size: 3}",
            "blocks.unit.layers[0].channels",
            "'2 * width' needs whole numbers, but width is 'relu'",
        ),
        (
            "{block: unit, width: 0, size: 3}",
            "blocks.unit.layers[0].channels",
            "found 0",
        ),
        (
            "{block: unit, width: 2, size: 0}",
            "blocks.unit.layers[1].residual.main[0].kernel",
            "found 0: a whole number from 1 on",
        ),
        (
            "{block: unit, width: 2, size: [0, 0, 0]}",
            "blocks.unit.layers[0].kernel",
            "found 0: a whole number from 1 on",
        ),
    ],
)
def test_a_mistake_inside_a_block_is_told_there_once(write_study, use, place, words) -> None:
    """With the block, its values, and where it is used."""
    path = with_block(write_study, use)
    told = [line for line in mistakes(path) if f" {place}: " in line]
    assert len(told) == 1 and words in told[0]
    assert "(block unit with width = " in told[0]
    assert "used in architectures.net.layers[0])" in told[0]
    line = "2 * width" if "layers[0]" in place else "residual"
    assert told[0].startswith(f"line {line_of(path, line)}: ")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("parameters: [width, size]", "parameters: [width, size, relu]"), "choose another name"),
        (("parameters: [width, size]", "parameters: [inputs, size]"), "choose another name"),
        (("parameters: [width, size]", "parameter: [width]"), "did you mean 'parameters'?"),
        (
            ("    layers:\n      - {kind: conv, ch", "    layer:\n      - {kind: conv, ch"),
            "did you mean 'layers'?",
        ),
        (("2 * width", "width / 2"), "no whole-number arithmetic"),
        (("2 * width", "width // (width - 2)"), "divides by 0"),
        (
            ("2 * width, kernel: size}", "2, kernel: 1}\n      - {block: unit, width: 2, size: 1}"),
            "block unit uses itself: unit > unit",
        ),
    ],
)
def test_a_wrong_block_is_told(write_study, change: tuple[str, str], words: str) -> None:
    block = BLOCK.replace(*change)
    assert block != BLOCK
    told = mistakes(with_block(write_study, "{block: unit, width: 2, size: 3}", block))
    assert any(words in line and "blocks.unit" in line for line in told), told


def test_blocks_that_multiply_without_an_end_are_refused() -> None:
    names = [f"b{n}" for n in range(12)]
    blocks: dict[str, Any] = {
        name: {"layers": [{"block": after}] * 10} for name, after in pairwise(names)
    }
    blocks["b11"] = {"layers": ["relu"]}
    layers = [{"block": "b0"}]
    written = write_out({"blocks": blocks, "architectures": {"net": {"layers": layers}}})
    assert [mistake.keys for mistake in written.mistakes] == [("architectures",)]
    assert "more than 100000 values" in written.mistakes[0].text


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {"architectures": 3},
        {"blocks": 3, "architectures": {"a": {"layers": 3}}},
        {"blocks": {1: 2}, "architectures": {"a": {"layers": [{"block": 1}, {"block": "1"}]}}},
    ],
)
def test_data_of_no_study_is_left_to_the_schema(data: Any) -> None:
    written = write_out(data)
    assert written.data == data or written.mistakes
