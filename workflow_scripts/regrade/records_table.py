"""The table of records in their README, made from the records themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from regrade import layout
from regrade.errors import UserError
from regrade.files import write_atomically
from regrade.seals import Seals

BEGIN, END = "<!-- table of records: begin -->", "<!-- table of records: end -->"
HEAD = "| study | run | seeds | scale | device | commit |\n|---|---|---|---|---|---|\n"


def update_readme(records: Path) -> None:
    """Write the table into `README.md`, between its two marks; first records get a new file.

    Raises
    ------
    UserError
        When the marks are missing.
    """
    before, after = around_table(records)
    write_atomically(records / "README.md", f"{before}{BEGIN}\n{table(records)}{END}{after}")


def around_table(records: Path) -> tuple[str, str]:
    """Return the text of `README.md` before and after the table, or that of a new file.

    Raises
    ------
    UserError
        When the marks are missing.
    """
    path = records / "README.md"
    new = f"# Recorded results\n\n{BEGIN}\n{END}\n"
    text = path.read_text(encoding="utf-8") if path.exists() else new
    if BEGIN not in text or END not in text:
        raise UserError(f"{path}: the marks {BEGIN} and {END} are missing; the table goes there")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before, after


def table(records: Path) -> str:
    """Return a row for all replicates of a run that were made alike."""
    rows: dict[tuple[str, ...], list[int]] = {}
    for study, run, seed, *made in _made(records):
        rows.setdefault((study, run, *made), []).append(seed)
    lines = [
        f"| {study} | {run} | {', '.join(map(str, sorted(seeds)))} | {' | '.join(made)} |\n"
        for (study, run, *made), seeds in sorted(rows.items())
    ]
    return HEAD + "".join(lines)


def _made(records: Path) -> Iterator[tuple[Any, ...]]:
    """Yield study, run, seed, scale, device and commit of each replicate."""
    seals = Seals()
    for folder in layout.replicate_folders(records):
        if seals.is_unlisted(folder / layout.PROVENANCE):
            continue
        provenance, summary = (
            json.loads((folder / name).read_text(encoding="utf-8"))
            for name in (layout.PROVENANCE, layout.SUMMARY)
        )
        share = summary["share"]
        scale = "full" if summary["scale"] == "full" else f"preview ({share:.2%})"
        commit = provenance.get("commit") or "not recorded"
        yield (
            provenance["study"], provenance["run"], provenance["seed"],
            scale, provenance["device"], commit,
        )  # fmt: skip
