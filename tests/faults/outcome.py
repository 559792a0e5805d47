"""What came of a fault: numbers that must be as if nothing had happened, and work lost."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

EPOCH = re.compile(r"epoch (\d+)/\d+ ")
TIMES = ("seconds", "wall", "basis")
"""Columns that two trainings never share, or that say where a replicate lies."""
NUMBERS = ("history.csv", "summary.json", "weights.csv", "weights.safetensors")


@dataclass(frozen=True)
class Trial:
    """One fault, done once, and what was found after the next call."""

    fault: str
    what: str
    """The seed or place of the fault, to do it again."""
    wrong: tuple[str, ...] = ()
    """Files with other numbers than the undisturbed ones, before or after the next call."""
    lost: int = 0
    """Epochs that were trained twice."""
    may_lose: int = 1
    """Epochs that may be: the one that was being trained."""
    unclear: str = ""
    """What was told without naming the file or the way out."""

    @property
    def is_bad(self) -> bool:
        """Whether a promise was broken."""
        return bool(self.wrong or self.unclear or self.lost > self.may_lose)


@dataclass
class Tally:
    """All trials of one fault."""

    fault: str
    trials: list[Trial] = field(default_factory=list)

    @property
    def wrong(self) -> int:
        return sum(bool(trial.wrong) for trial in self.trials)

    @property
    def lost(self) -> int:
        return max((trial.lost for trial in self.trials), default=0)

    @property
    def unclear(self) -> int:
        return sum(bool(trial.unclear) for trial in self.trials)


def table(trials: Iterable[Trial]) -> str:
    """Write a line for each fault."""
    tallies: dict[str, Tally] = {}
    for trial in trials:
        tallies.setdefault(trial.fault, Tally(trial.fault)).trials.append(trial)
    head = ("fault", "tried", "wrong numbers", "most epochs lost", "unclear messages")
    rows = [
        (tally.fault, *map(str, (len(tally.trials), tally.wrong, tally.lost, tally.unclear)))
        for tally in tallies.values()
    ]
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in (head, *rows)
    )
    return "\n".join(line.rstrip() for line in lines)


def differences(results: Path, undisturbed: Path, *, whole: bool) -> tuple[str, ...]:
    """Name the files whose numbers are not the undisturbed ones.

    Parameters
    ----------
    results, undisturbed
        Two folders of results.
    whole
        Whether a file that is missing counts, too: after the next call nothing may lack.
    """
    names = [path.relative_to(undisturbed) for path in sorted(_files(undisturbed))]
    return tuple(
        str(name)
        for name in names
        if not _is_same(results / name, undisturbed / name, missing_is_well=not whole)
    )


def _files(results: Path) -> Iterable[Path]:
    for name in NUMBERS:
        yield from results.glob(f"runs/*/*/seed-*/{name}")
    yield from results.glob("tables/**/*.csv")


def _is_same(path: Path, undisturbed: Path, *, missing_is_well: bool) -> bool:
    if not path.exists():
        return missing_is_well
    read = READERS.get(path.suffix, Path.read_bytes)
    try:
        return read(path) == read(undisturbed)
    except ValueError:
        return False


def _read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [
            {name: cell for name, cell in row.items() if not str(name).endswith(TIMES)}
            for row in csv.DictReader(file)
        ]


def _read_json(path: Path) -> object:
    return _without_times(json.loads(path.read_text(encoding="utf-8")))


def _without_times(content: object) -> object:
    if isinstance(content, dict):
        return {
            key: _without_times(value) for key, value in content.items() if not key.endswith(TIMES)
        }
    return content


READERS: dict[str, Callable[[Path], object]] = {".csv": _read_csv, ".json": _read_json}


def epochs_told(log: Path) -> int:
    """Count the epochs that a training told of."""
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    return len(EPOCH.findall(text))


def epochs_kept(replicate: Path) -> int:
    """Count the epochs of a finished replicate."""
    return len(_read_csv(replicate / "history.csv"))
