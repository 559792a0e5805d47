"""Making matplotlib's SVG files a third of their size, without a visible difference.

A general optimizer of SVG (scour) took half a second a figure, longer than drawing it.
"""

from __future__ import annotations

import re
from itertools import pairwise

from regrade.report.figures.axis_lines import expand_ticks, join_lines

GRID = "#e6e6e6"
"""The colour of grid lines."""

_HEAD = re.compile(r"^.*?(?=<svg )", re.DOTALL)
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)
_STYLE_ELEMENT = re.compile(r"\s*<defs>\s*<style[^>]*>.*?</style>\s*</defs>", re.DOTALL)
_GROUP_ID = re.compile(r'<g id="[^"]*"')
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_UPRIGHT = re.compile(r' transform="rotate\(-?0 [^"]*"')
_PLAIN_GROUP = re.compile(
    r"<g>\s*((?:(?:<(?:path|use|text)\b[^<>]*/>|<text\b[^<>]*>[^<]*</text>)\s*)*)</g>"
)
_STYLE = re.compile(r' style="([^"]*)"')
_PATH = re.compile(r' d="([^"]*)"')
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
_COMMANDS = re.compile(r"[A-DF-Za-df-z]")
_STRAIGHT = re.compile(r"ML+z?")
"""The commands of a path of straight lines alone."""
_NUMBERS = re.compile(r' (?:x|y|width|height|transform)="[^"]*"')
_DECIMALS = re.compile(r"-?\d+\.\d{2,}")
_FONT = "font-family:'DejaVu Sans',sans-serif;"
_UNSHIFTED = "stroke-dashoffset:0;"
_GREY = re.compile(r"#([0-9a-f])\1{5}")
_LINKS = re.compile(r' xmlns:xlink="[^"]*"')
_COMMON = (
    "*{stroke-linejoin:round;stroke-linecap:butt}"
    "text{font-family:'DejaVu Sans',Verdana,Arial,sans-serif}"
)
"""Verdana is as wide as the font that the layout was made with, where that one is missing."""


def compact(svg: str) -> str:
    """Shorten an SVG of matplotlib.

    Coordinates keep a tenth of a point, finer than a pixel of a screen, and lines go on from their
    last point. Repeated style attributes become classes, the lines of a grid one path. What only
    editors of SVG need goes: metadata, ids of groups, empty groups.
    """
    for pattern in (_HEAD, _METADATA, _STYLE_ELEMENT, _LINKS):
        svg = pattern.sub("", svg, count=1)
    svg = _COMMENT.sub("", _GROUP_ID.sub("<g", svg))
    svg = _UPRIGHT.sub("", svg).replace("xlink:href=", "href=")
    svg = _PATH.sub(_short_path, svg)
    svg = _NUMBERS.sub(lambda found: _DECIMALS.sub(_tenth, found[0]), svg)
    classes: dict[str, str] = {}

    def named(style: re.Match[str]) -> str:
        text = _tidy(style[1])
        return f' class="{classes.setdefault(text, f"s{len(classes)}")}"' if text else ""

    svg, axes = expand_ticks(_STYLE.sub(named, svg))
    axes |= {name for text, name in classes.items() if GRID in text}
    while (shorter := _PLAIN_GROUP.sub(r"\1", svg)) != svg:
        svg = shorter
    rules = "".join(f".{name}{{{text}}}" for text, name in classes.items())
    start = svg.index(">", svg.index("<svg ")) + 1
    svg = f"{svg[:start]}<style>{_COMMON}{rules}</style>{svg[start:]}"
    return join_lines(re.sub(r"\s*\n\s*", "\n", svg), axes)


def _tidy(style: str) -> str:
    text = re.sub(r"\s*([:;,])\s*", r"\1", style.strip().rstrip(";"))
    return _GREY.sub(r"#\1\1\1", text.replace(_FONT, "").replace(_UNSHIFTED, ""))


def _short_path(path: re.Match[str]) -> str:
    if _STRAIGHT.fullmatch("".join(_COMMANDS.findall(path[1]))):
        return f' d="{_steps(path[1])}"'
    text = _DECIMALS.sub(_tenth, path[1])
    text = re.sub(r" ?([A-Za-z]) ?", r"\1", re.sub(r"\s+", " ", text.strip()))
    return f' d="{text}"'


def _steps(path: str) -> str:
    """Write straight lines as steps from point to point: these are shorter numbers."""
    numbers = [round(10 * float(number)) for number in _NUMBER.findall(path)]
    points = list(zip(numbers[::2], numbers[1::2], strict=True))
    x, y = points[0]
    moves = [(right - left, low - high) for (left, high), (right, low) in pairwise(points)]
    steps = (_step(*move) for move in _joined(moves))
    end = "z" if path.rstrip().endswith("z") else ""
    return f"M{_in_tenths(x)} {_in_tenths(y)}" + "".join(steps) + end


def _joined(moves: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join level moves in one direction; a path that stays in its place keeps a move."""
    found: list[tuple[int, int]] = []
    for right, down in moves:
        if not down and found and not found[-1][1] and found[-1][0] * right > 0:
            found[-1] = (found[-1][0] + right, 0)
        elif right or down:
            found.append((right, down))
    return found or moves[:1]


def _step(right: int, down: int) -> str:
    if not down:
        return f"h{_in_tenths(right)}"
    if not right:
        return f"v{_in_tenths(down)}"
    between = "" if down < 0 else " "
    return f"l{_in_tenths(right)}{between}{_in_tenths(down)}"


def _in_tenths(number: int) -> str:
    text = f"{number / 10:.1f}".removesuffix(".0")
    return text.replace("0.", ".") if abs(number) < 10 else text


def _tenth(number: re.Match[str]) -> str:
    return f"{float(number[0]):.1f}".removesuffix(".0")
