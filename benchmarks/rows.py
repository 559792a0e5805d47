"""The table of results: a row a measured value, written as soon as it is known."""

from __future__ import annotations

import csv
import io
import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypedDict, Unpack, get_args, get_type_hints

from regrade.files import write_atomically

Bound = Literal["", "at least", "at most"]


@dataclass(frozen=True)
class Row:
    """A measured value; `low` and `high` are the quartiles of its repetitions."""

    group: str
    what: str
    """The subject: a network, an augmentation, a command."""
    quantity: str
    """What of it: `ours / student`, `ours`, `student`, ..."""
    value: float
    """Median of the repetitions."""
    unit: str
    """`x` for ratios; images/s, s, MB, ..."""
    low: float
    high: float
    repeats: int
    bound: Bound = ""
    goal: float | None = None
    threads: str = ""
    """Processes x threads of each side."""
    device: str = ""
    versions: str = ""
    note: str = ""
    measured: str = ""
    """When, UTC."""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What a newer measurement replaces."""
        return self.group, self.what, self.quantity, self.device

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; nothing without a goal."""
        if self.goal is None:
            return None
        return self.value >= self.goal if self.bound == "at least" else self.value <= self.goal


COLUMNS = (*(field.name for field in fields(Row)), "met")


class Spread(TypedDict):
    """What a row tells of its repetitions."""

    value: float
    low: float
    high: float
    repeats: int


class More(TypedDict, total=False):
    """What a row may tell beside its measure."""

    bound: Bound
    goal: float | None
    threads: str
    note: str


def spread(values: Sequence[float]) -> Spread:
    """Summarise repetitions: median, quartiles, count.

    Raises
    ------
    ValueError
        Without a single value.
    """
    if not values:
        raise ValueError("nothing was measured")
    low = high = values[0]
    if len(values) > 1:
        low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return {"value": statistics.median(values), "low": low, "high": high, "repeats": len(values)}


class Table:
    """The results in a CSV file; every new row is on disk before the next one is measured."""

    def __init__(self, path: Path, device: str, versions: str) -> None:
        self.path = path
        self.device = device
        self.versions = versions
        self.rows = read(path) if path.exists() else []

    def add(self, group: str, what: str, quantity: str, values: Sequence[float], unit: str,
            **more: Unpack[More]) -> Row:  # fmt: skip
        """Summarise repetitions as a row, in place of an older one of the same measure."""
        row = Row(
            group=group,
            what=what,
            quantity=quantity,
            unit=unit,
            device=self.device,
            versions=self.versions,
            measured=datetime.now(UTC).isoformat(timespec="seconds"),
            **spread(values),
            **more,
        )
        keys = [one.key for one in self.rows]
        if row.key in keys:
            self.rows[keys.index(row.key)] = row
        else:
            self.rows.append(row)
        write_atomically(self.path, to_csv(self.rows))
        print(f"  {sentence(row)}", flush=True)
        return row


def to_csv(rows: Iterable[Row]) -> str:
    """Write rows with their verdicts."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        values = asdict(row) | {"met": row.met}
        writer.writerow({name: _cell(value) for name, value in values.items()})
    return text.getvalue()


def read(path: Path) -> list[Row]:
    """Read a table that `to_csv` wrote.

    Raises
    ------
    ValueError
        When the file has other columns.
    """
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise ValueError(f"{path}: its columns are not those of a table of benchmarks")
        types = get_type_hints(Row)
        return [
            Row(**{name: _parse(types[name], line[name]) for name in line if name != "met"})
            for line in reader
        ]


def _cell(value: object) -> object:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else value


def _parse(kind: object, text: str) -> Any:
    if kind is float or kind is int:
        return kind(text)
    if float in get_args(kind):
        return float(text) if text else None
    return text


def number(value: float, unit: str) -> str:
    """Write a value with three significant digits, large ones grouped."""
    digits = 2 if value == 0 else max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{digits}f}" + (f" {unit}" if unit else "")


def goal(row: Row) -> str:
    """Write a goal, or nothing."""
    return "" if row.goal is None else f"{row.bound} {row.goal:g} {row.unit}".strip()


def sentence(row: Row) -> str:
    """Tell a row in a line."""
    text = f"{row.what}: {row.quantity} {number(row.value, row.unit)}"
    text += f" ({number(row.low, '')} to {number(row.high, '')}, {row.repeats} times)"
    if row.goal is not None:
        text += f"; goal {goal(row)}: {'reached' if row.met else 'missed'}"
    return text


def markdown(rows: Iterable[Row]) -> str:
    """Write rows as a table in Markdown, a heading a group and device."""
    rows = list(rows)
    parts = []
    for device, versions, group in dict.fromkeys((r.device, r.versions, r.group) for r in rows):
        parts += [f"### {group}", "", f"{device}; {versions}", ""]
        parts += ["| what | quantity | median | quartiles | goal | threads | note |"]
        parts += ["|---|---|---:|---:|---|---|---|"]
        for row in rows:
            if (row.device, row.versions, row.group) == (device, versions, group):
                aim = goal(row) and f"{goal(row)} {'✓' if row.met else '✗'}"
                between = f"{number(row.low, '')} – {number(row.high, '')}"
                cells = [row.what, row.quantity, number(row.value, row.unit), between]
                parts.append("| " + " | ".join([*cells, aim, row.threads, row.note]) + " |")
        parts.append("")
    return "\n".join(parts)
