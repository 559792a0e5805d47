"""Small figures look like those of matplotlib: the same points, the same grid and ticks."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ElementTree

import pytest
from matplotlib.figure import Figure

from regrade.report.figures import style
from regrade.report.figures.compact_svg import compact

SVG = "{http://www.w3.org/2000/svg}"
VALUES = [0.5, 0.5, 0.5, 0.9, 0.2, 0.2, 0.8, 0.8]


@pytest.fixture(scope="module")
def drawn() -> tuple[str, str]:
    """Return a figure as matplotlib writes it, and compact."""
    text = io.StringIO()
    with style.style("salt"):
        figure = Figure()
        axes = figure.subplots()
        axes.plot(range(8), VALUES, color="#123456", label="a label")
        axes.legend()
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue(), compact(text.getvalue())


def points(path: str) -> list[tuple[float, float]]:
    """Walk along the straight lines of a path."""
    found = [(0.0, 0.0)]
    for command, text in re.findall(r"([MLlhv])([^A-Za-z]*)", path):
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", text)]
        across, down = {"h": (*numbers, 0.0), "v": (0.0, *numbers)}.get(command, tuple(numbers))
        x, y = found[-1] if command.islower() else (0.0, 0.0)
        found.append((x + across, y + down))
    return found[1:]


def corners(path: str) -> list[tuple[float, float]]:
    """Leave out the points in the middle of a level line."""
    found = points(path)
    return [
        (x, y)
        for place, (x, y) in enumerate(found)
        if not 0 < place < len(found) - 1 or not found[place - 1][1] == y == found[place + 1][1]
    ]


def curve(svg: str) -> str:
    """Return the longest path of the colour that only the curve has."""
    name = re.search(r"\.(\w+)\{[^}]*#123456[^}]*\}", svg)
    wanted = f'class="{name[1]}"' if name else "#123456"
    paths = re.findall(r'<path d="([^"]*)"([^>]*)', svg)
    return max((path for path, look in paths if wanted in look), key=len)


def test_a_line_goes_through_the_same_points(drawn: tuple[str, str]) -> None:
    whole, short = (curve(svg) for svg in drawn)
    rounded = re.sub(r"-?\d+\.\d+", lambda number: f"{float(number[0]):.1f}", whole)
    expected, found = corners(rounded), corners(short)
    assert len(found) == len(expected) >= 6
    assert [x for point in found for x in point] == pytest.approx(
        [x for point in expected for x in point]
    )


def test_grid_and_ticks_are_one_path_each_and_none_is_lost(drawn: tuple[str, str]) -> None:
    whole, short = drawn
    ticks = len(re.findall(r"<use [^>]*stroke: #000000; stroke-width: 0.7", whole))
    lines = re.findall(r'<path d="((?:M[-\d. ]+[hv][-\d.]+)+)"', short)
    assert ticks > 8
    assert sum(path.count("M") for path in lines if path.count("M") > 4) == 2 * ticks
    assert "<use" not in short


def test_it_is_well_formed_and_keeps_its_text_in_a_third_of_the_size(
    drawn: tuple[str, str],
) -> None:
    whole, short = drawn
    texts = [
        [text.text for text in ElementTree.fromstring(svg).iter(f"{SVG}text")] for svg in drawn
    ]
    assert sorted(texts[0]) == sorted(texts[1]) and "a label" in texts[1]
    assert len(short) < len(whole) / 3


def test_a_path_that_stays_in_its_place_is_still_drawn() -> None:
    dot = '<svg width="1pt"><path d="M 1 1 \nL 1 1 \n" style="stroke: #000"/></svg>'
    assert 'd="M1 1h0"' in compact(dot)
