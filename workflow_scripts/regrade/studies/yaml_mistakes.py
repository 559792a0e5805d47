"""What YAML refuses, in plain words: wrong indents, quotes that end too early, colons in text."""

from __future__ import annotations

import re

import yaml

_BEGINS = re.compile(r" *(?:- +)*")
_KEY = re.compile(r"[\w.-]+")
_OF_INDENTS = (
    "mapping values are not allowed",
    "did not find expected key",
    "did not find expected '-' indicator",
    "expected <block end>",
)
"""What YAML says where a line begins at the wrong column, among other mistakes."""


def told(error: yaml.YAMLError, text: str) -> str:
    """Tell what YAML refuses in one line, with the place."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None)
    if mark is None or problem is None:
        return " ".join(str(error).split())
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return f"line {mark.line + 1}: a tab: YAML indents with spaces"
    if line[: mark.column].rstrip().endswith(("'", '"')) and "expected" in problem:
        return f"line {mark.line + 1}: text that begins with a quote is quoted to its end"
    is_colon = problem.startswith("mapping values are not allowed")
    begins = line[: mark.column].strip()
    if is_colon and not _KEY.fullmatch(begins.removeprefix("- ")):
        return f"text with a colon in it stands in quotes{_place(mark)}"
    if problem.startswith(_OF_INDENTS) and (indents := _indents(lines, mark.line)):
        return indents
    context = getattr(error, "context", None)
    return (f"{context}: {problem}" if context else problem) + _place(mark)


def _place(mark: yaml.Mark) -> str:
    return f" (line {mark.line + 1}, column {mark.column + 1})"


def _indents(lines: list[str], number: int) -> str:
    """Compare a line's indent with that of the line above it; say nothing where they are equal."""
    above = [n for n, text in enumerate(lines[:number]) if text.split("#")[0].strip()]
    if not above or number >= len(lines):
        return ""
    line, before = lines[number], lines[above[-1]]
    are_items = line.lstrip().startswith("- ") and before.lstrip().startswith("- ")
    begin = [
        len(text) - len(text.lstrip()) if are_items else len(_BEGINS.match(text)[0])  # type: ignore[index]
        for text in (line, before)
    ]
    if begin[0] == begin[1]:
        return ""
    what = "items of one list" if are_items else "keys of one mapping"
    return (
        f"line {number + 1} is indented by {begin[0]}, line {above[-1] + 1} by {begin[1]}:"
        f" {what} stand below each other"
    )
