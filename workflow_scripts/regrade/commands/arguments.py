"""Arguments that several commands take, and what they are read as."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    Commands = _SubParsersAction[argparse.ArgumentParser]


RESULTS = Path("results")
"""Where results lie by default; the folder need not exist yet."""
_EXAMPLE = """write it as '{"studies": "kaist", "scale": "full"}'"""


def config_changes() -> argparse.ArgumentParser:
    """Return the option that changes settings of config.yaml, for `parents`."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument(
        "--config",
        type=_changes,
        default={},
        help='what differs from config.yaml, as JSON: {"studies": "kaist", "scale": "full"}',
    )
    return parser


def _changes(text: str) -> dict[str, Any]:
    """Read a JSON object."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not JSON: {error}; {_EXAMPLE}") from None
    if not isinstance(found, dict):
        raise argparse.ArgumentTypeError(f"{text!r} is no object with keys; {_EXAMPLE}")
    return found


def add_results(parser: argparse.ArgumentParser) -> None:
    """Add the option that names the folder of results."""
    parser.add_argument(
        "--results", type=Path, default=RESULTS, help=f"folder of results (default: {RESULTS})"
    )


def positive(text: str) -> int:
    """Read a whole number from 1."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def seed(text: str) -> int:
    """Read a whole number from 0."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0")
    return int(text)


def hours(text: str) -> float:
    """Read a number of hours."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of hours above 0")
    return number
