"""Attempts to train what starts from weights that could not be had: each call makes one more.

Snakemake makes nothing again of which no input changed, and whether a download would succeed today
stands in no file. Each attempt that failed leaves one, an input that was not there before.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from regrade.files import read_json, write_atomically
from regrade.layout import SUMMARY

_NAME = "attempt-{}.txt"


def attempts(replicate: Path) -> list[Path]:
    """Return what failed attempts left in the folder of a replicate, which need not exist."""
    return sorted(replicate.glob(_NAME.format("*")))


def note_attempt(replicate: Path) -> None:
    """Leave word of a training that ended without weights; of any other one, nothing."""
    reason = read_json(replicate / SUMMARY).get("not_measured")
    if reason is not None:
        place = replicate / _NAME.format(len(attempts(replicate)) + 1)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        write_atomically(place, f"{now} {reason}\n")
