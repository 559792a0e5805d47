"""Lines, dots and the ring around what has the focus are seen on white and on dark paper."""

from __future__ import annotations

import re

import pytest
from tests.support.rendered import DESIGN

LEAST = 3.0
"""Of graphical objects and the parts of controls: WCAG 2.2, success criterion 1.4.11."""
STYLE = (DESIGN / "assets" / "style.css").read_text(encoding="utf-8")
SCRIPT = (DESIGN / "assets" / "compare.js").read_text(encoding="utf-8")


def settings(name: str) -> list[str]:
    """Return a colour of the style sheet, in light and in dark pages: printed ones are light."""
    return re.findall(rf"--{name}: (#\w+);", STYLE)[:2]


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2)."""
    digits = colour.lstrip("#")
    whole = digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
    shares = [int(whole[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("paper", settings("paper"))
def test_every_line_is_seen_on_its_paper(paper: str) -> None:
    (told,) = re.findall(r"COLOURS = \[(.*)\]", SCRIPT)
    colours = re.findall(r"#\w+", told)
    assert len(colours) == 7
    assert not {one: found for one in colours if (found := contrast(one, paper)) < LEAST}


def test_the_focus_is_seen_on_its_paper() -> None:
    for focus, paper, tint in zip(*map(settings, ("focus", "paper", "tint")), strict=True):
        assert contrast(focus, paper) >= LEAST and contrast(focus, tint) >= LEAST
    outlines = re.findall(r"outline: [^;]*;", STYLE)
    assert outlines and all("var(--focus)" in one for one in outlines)
