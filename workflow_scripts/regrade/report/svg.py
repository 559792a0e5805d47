"""Putting SVG files of matplotlib into pages."""

from __future__ import annotations

import re
from pathlib import Path

from markupsafe import Markup

PIXELS_PER_POINT = 4 / 3
_BEFORE = re.compile(r"^.*?(?=<svg )", re.DOTALL)
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)
_STYLE = re.compile(r"\s*<defs>\s*<style[^>]*>.*?</style>\s*</defs>", re.DOTALL)
_GROUP = re.compile(r'<g id="[^"]*"')
_SIZE = re.compile(r'width="([\d.]+)pt" height="[\d.]+pt"')


def inline(path: Path, label: str) -> Markup | None:
    """Give a figure as part of a page, or nothing where there is no such file.

    What is needed only by a file of its own goes, and so do the ids of groups, which would stand
    in a page several times; all other ids differ from figure to figure by their salt. The label
    is read aloud in place of the drawing.
    """
    if not path.is_file():
        return None
    text = path.read_text(encoding="utf-8")
    for pattern in (_BEFORE, _METADATA, _STYLE):
        text = pattern.sub("", text, count=1)
    text = _GROUP.sub("<g", text)
    attributes = Markup('role="img" aria-label="{}" width="{}"')

    def described(size: re.Match) -> str:
        return attributes.format(label, round(float(size[1]) * PIXELS_PER_POINT))

    return Markup(_SIZE.sub(described, text, count=1))
