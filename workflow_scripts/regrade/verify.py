"""Verifying results and records: every file against its digest, every value against its source.

Histories, weights and data are what was measured; summaries and tables are derived. Whatever is
derived is derived again, and every difference is named.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any

from regrade import layout
from regrade.errors import UserError
from regrade.files import read_json
from regrade.fingerprint import canonical_json, recipe_hash
from regrade.record_files import sums_of
from regrade.seals import SUMS, file_digest, is_sealed, read_sums
from regrade.training import history

TOLERANCE = 1e-9
"""Relative: sums may be taken in another order."""


def verify(place: Path) -> Iterator[str]:
    """Yield a sentence for everything in results or records that is not what it should be.

    Parameters
    ----------
    place
        The folder with `runs/` and `models/`, and for results `data/` and `tables/`.
    """
    if (place / SUMS).exists():
        yield from _sums(place)
    for folder in layout.replicate_folders(place):
        try:
            yield from (f"{folder}: {text}" for text in _replicate(folder))
        except UserError as error:
            yield str(error)
        except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            yield f"{folder}: cannot be read: {error!r}"
    for path in layout.model_files(place):
        try:
            yield from (f"{path}: {text}" for text in _model(read_json(path)))
        except UserError as error:
            yield str(error)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            yield f"{path}: cannot be read: {error!r}"
    for card in sorted(layout.data_folder(place).rglob("*.json")):
        yield from _data(card)
    yield from _tables(place)
    yield from _collected(place)


def holds_results(place: Path) -> bool:
    """Tell whether a folder has anything that `verify` reads."""
    parts = (layout.data_folder(place), layout.table_folder(place))
    files = [*layout.replicate_folders(place), *layout.model_files(place)]
    return bool(files) or any(part.is_dir() for part in parts)


def _sums(place: Path) -> Iterator[str]:
    listed, there = read_sums(place), sums_of(place)
    for name in sorted(listed.keys() - there.keys()):
        yield f"{place / name}: missing; {SUMS} lists it"
    for name in sorted(there.keys() - listed.keys()):
        yield f"{place / name}: not listed in {SUMS}"
    for name in sorted(there.keys() & listed.keys()):
        if there[name] != listed[name]:
            yield f"{place / name}: its content is not what {SUMS} says"


def _replicate(folder: Path) -> Iterator[str]:
    provenance, summary = (read_json(folder / name) for name in (layout.PROVENANCE, layout.SUMMARY))
    if not is_sealed(provenance):
        yield "provenance.json: its content is not what its digest says"
    yield from _files_beside(folder, provenance.get("files", {}))
    yield from _named_as_it_lies(folder, provenance)
    if "not_measured" in summary:
        return
    rows = history.from_csv((folder / layout.HISTORY).read_text(encoding="utf-8"))
    derived = history.summary(rows, provenance["recipe"])
    yield from differences(layout.SUMMARY, summary, derived)
    if provenance["scale"] != summary["scale"]:
        yield f"scale is {summary['scale']!r} in one file and {provenance['scale']!r} in another"
    yield from _histogram(folder, summary)


def _files_beside(folder: Path, listed: Mapping[str, str]) -> Iterator[str]:
    for name, digest in listed.items():
        path = folder / name
        if not path.exists():
            # Records leave the weights behind.
            if name != layout.WEIGHTS:
                yield f"{name}: missing; provenance.json lists it"
        elif file_digest(path) != digest:
            yield f"{name}: its content is not what provenance.json says"


def _named_as_it_lies(folder: Path, provenance: Mapping[str, Any]) -> Iterator[str]:
    study, run, _ = folder.parts[-3:]
    for name, lies in (("study", study), ("run", run), ("seed", layout.seed_of(folder))):
        if provenance[name] != lies:
            yield f"provenance.json: {name} is {provenance[name]!r}, but it lies under {lies!r}"
    canonical = canonical_json(provenance["recipe"])
    if recipe_hash(canonical) != provenance["recipe_hash"]:
        yield "provenance.json: its recipe_hash is not that of its recipe"


def differences(place: str, found: Any, derived: Any, name: str = "") -> Iterator[str]:
    """Name each value that differs from what the history gives."""
    if isinstance(derived, dict):
        for key, value in derived.items():
            inner = f"{name}.{key}" if name else key
            there = found.get(key) if isinstance(found, dict) else None
            yield from differences(place, there, value, inner)
    elif not _same(found, derived):
        yield f"{place}: {name} is {found!r}, but the history gives {derived!r}"


def _same(found: Any, derived: Any) -> bool:
    if isinstance(found, float | int) and isinstance(derived, float | int):
        return math.isclose(found, derived, rel_tol=TOLERANCE, abs_tol=0.0) or found == derived
    return bool(found == derived)


def _histogram(folder: Path, summary: Mapping[str, Any]) -> Iterator[str]:
    """Hold the histogram against the number of weights, and against the weights where they are."""
    text = (folder / layout.HISTOGRAM).read_text(encoding="utf-8")
    counted = sum(int(row["count"]) for row in csv.DictReader(io.StringIO(text)))
    wanted = summary["weights"]["count"]
    if counted > wanted or (counted < wanted and summary["diverged_at_epoch"] is None):
        yield f"weights.csv: it counts {counted} weights, but summary.json says {wanted}"


def _model(model: Mapping[str, Any]) -> Iterator[str]:
    if not is_sealed(model):
        yield "its content is not what its digest says"
    layers = model["layers"]
    totals = {name: sum(layer[name] for layer in layers) for name in ("parameters", "macs")}
    for name, total in totals.items():
        if model[name] != total:
            yield f"{name} is {model[name]}, but its layers have {total}"
    shaped = sum(math.prod(shape) for _, shape in model["parameter_shapes"])
    if shaped != model["parameters"]:
        yield f"parameters is {model['parameters']}, but its shapes have {shaped}"


def _data(card: Path) -> Iterator[str]:
    from regrade.data.card import DAMAGES, checksum_of, read_card

    path = card.with_suffix(".npz")
    if not path.exists():
        yield f"{card}: the data set beside it is missing"
        return
    try:
        if checksum_of(path) != read_card(path)["checksum"]:
            yield f"{path}: its checksum is not what its card says"
    except UserError as error:
        yield str(error)
    except DAMAGES as error:
        yield f"{path}: damaged: {error}"


def _tables(results: Path) -> Iterator[str]:
    """Hold the tables of each study against what their basis gives today."""
    # pandas is imported where tables are derived, and not where digests are compared.
    from regrade.grading.basis import derive_again
    from regrade.grading.tables import table_text

    for basis in layout.basis_files(results):
        try:
            derived = derive_again(basis, results)
        except UserError as error:
            yield f"{basis}: its tables cannot be derived again: {error}"
            continue
        for name, table in derived.items():
            path = layout.graded_table(results, name, basis.parent.name)
            yield from _table(path, table_text(table).splitlines())


def _table(path: Path, wanted: list[str]) -> Iterator[str]:
    """Hold the lines of a table against those that it should have."""
    found = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    for number, (old, new) in enumerate(zip_longest(found, wanted, fillvalue=""), start=1):
        if old != new:
            yield f"{path}: line {number} is {old[:120]!r}, but the results give {new[:120]!r}"


def _collected(results: Path) -> Iterator[str]:
    """Hold the tables of all studies against those of each study.

    Which studies these are, the tables say themselves: beside them may lie those of studies that a
    former call was about.
    """
    from regrade.grading.tables import collect, table_text

    paths = {name: layout.table_file(results, name) for name in layout.TABLES}
    named = {name: _studies_of(path) for name, path in paths.items() if path.exists()}
    all_named = [study for studies in named.values() for study in studies]
    graded = all_named or [basis.parent.name for basis in layout.basis_files(results)]
    for name, studies in named.items():
        # A study may have no line in a table; one that lost its lines is named in another.
        order = dict.fromkeys([*studies, *graded])
        parts = [layout.table_file(results, name, study) for study in order]
        try:
            wanted = table_text(collect(parts)) if parts else ""
        except UserError as error:
            yield f"{paths[name]}: cannot be collected again: {error}"
            continue
        yield from _table(paths[name], wanted.splitlines())


def _studies_of(table: Path) -> list[str]:
    """Return the studies of a table's lines, each once, in their order."""
    rows = csv.DictReader(io.StringIO(table.read_text(encoding="utf-8")))
    return list(dict.fromkeys(row["study"] for row in rows if row.get("study")))
