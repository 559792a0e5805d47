"""Reading what is told of a study file with mistakes."""

from pathlib import Path

import pytest

from regrade.errors import UserError
from regrade.studies.load import load_study


def mistakes(path: Path) -> list[str]:
    """Return the mistakes that are told of a file."""
    with pytest.raises(UserError) as refused:
        load_study(path)
    head, *lines = str(refused.value).splitlines()
    count = "1 mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
    assert head == f"{path}: {count}"
    return [line.strip() for line in lines]


def line_of(path: Path, text: str) -> int:
    """Line of a file that holds a text, from 1."""
    (line,) = [n for n, line in enumerate(path.read_text().splitlines(), 1) if text in line]
    return line
