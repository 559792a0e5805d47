"""Drawing the grid lines and the ticks of an axis as one path each, not as one for every line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

_TICK = re.compile(
    r'<defs>\s*<path id="(?P<id>\w+)" d="M0 0(?P<step>[hv]-?[\d.]+)" class="(?P<class>\w+)"/>'
    r"\s*</defs>\s*"
)
_USE = re.compile(r'<use href="#(\w+)" x="([^"]*)" y="([^"]*)" class="(\w+)"/>')
_LINE = re.compile(r'<path d="(M[-\d. ]+[hv]-?[\d.]+)"((?: clip-path="[^"]*")? class="(\w+)")/>')


def expand_ticks(svg: str) -> tuple[str, set[str]]:
    """Write ticks as lines where they stand, and tell their classes."""
    steps = {found["id"]: found["step"] for found in _TICK.finditer(svg)}
    classes = {found["class"] for found in _TICK.finditer(svg)}

    def line(use: re.Match[str]) -> str:
        marker, x, y, name = use.groups()
        if marker not in steps:
            return use[0]
        return f'<path d="M{x} {y}{steps[marker]}" class="{name}"/>'

    return _USE.sub(line, _TICK.sub("", svg)), classes


def join_lines(svg: str, classes: set[str]) -> str:
    """Join lines of these classes that only labels stand between, each by its look.

    Parameters
    ----------
    svg
        An SVG with one element a line.
    classes
        Those of grids and ticks: the order of such lines cannot be seen.
    """

    def belongs(line: str) -> bool:
        found = _LINE.fullmatch(line)
        return line.startswith("<text ") or bool(found and found[3] in classes)

    parts = groupby(svg.split("\n"), belongs)
    return "\n".join(line for of_axis, lines in parts for line in _joined(lines, of_axis))


def _joined(lines: Iterable[str], of_axis: bool) -> Iterator[str]:
    if not of_axis:
        yield from lines
        return
    paths: dict[str, list[str]] = {}
    labels = []
    for line in lines:
        if found := _LINE.fullmatch(line):
            paths.setdefault(found[2], []).append(found[1])
        else:
            labels.append(line)
    yield from (f'<path d="{"".join(found)}"{look}/>' for look, found in paths.items())
    yield from labels
