"""The options that every command has which trains: alone, in a list, or to measure a device."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from regrade.studies import forms


def add_device(parser: argparse.ArgumentParser) -> None:
    """Add the option that names the device."""
    parser.add_argument(
        "--device",
        type=_device,
        default="auto",
        help="auto (the default: a GPU, if there is one), cpu, cuda, cuda:1, xpu, mps",
    )


def add_threads(parser: argparse.ArgumentParser) -> None:
    """Add the option that gives the number of CPU threads."""
    parser.add_argument(
        "--threads", type=int, default=1, help="CPU threads, each on a core of its own (default: 1)"
    )


def add_weights(parser: argparse.ArgumentParser) -> None:
    """Add the option that names the folder of pretrained weights."""
    parser.add_argument(
        "--weights",
        type=Path,
        help="folder with torchvision's weight files (default: its cache, or a download)",
    )


def _device(text: str) -> str:
    if not re.fullmatch(forms.DEVICE, text):
        raise argparse.ArgumentTypeError(
            f"{text!r} names no device; a device is {forms.MEANINGS[forms.DEVICE]}"
        )
    return text
