"""Why a replicate would be trained again: what changed since it was made, or that nothing did."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from regrade import layout
from regrade.data.card import read_card
from regrade.errors import UserError
from regrade.files import read_json
from regrade.fingerprint import module_fingerprints, numerics_fingerprint
from regrade.studies.resolve import ResolvedRun


def changes(provenance: Mapping[str, Any], run: ResolvedRun, data: Path) -> Iterator[str]:
    """Yield a sentence for everything that changed since a replicate was made.

    Parameters
    ----------
    provenance
        Of the replicate.
    run
        The run as its study has it today.
    data
        The prepared data set that a training would read today; it need not exist.
    """
    yield from _settings("recipe", provenance["recipe"], json.loads(run.recipe_json))
    if data.with_suffix(".json").exists():
        card, then = read_card(data), provenance["data"]
        if card["checksum"] != then["checksum"]:
            yield f"data: {then['source']} {then['checksum'][:12]} then, {card['source']}" + (
                f" {card['checksum'][:12]} now"
            )
    yield from _code(provenance, run.recipe_json)
    yield from _versions(provenance)


def _settings(name: str, then: Any, now: Any) -> Iterator[str]:
    """Compare two recipes key by key."""
    if isinstance(then, dict) and isinstance(now, dict):
        for key in sorted(then.keys() | now.keys()):
            yield from _settings(f"{name}.{key}", then.get(key), now.get(key))
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for place, (old, new) in enumerate(zip(then, now, strict=True)):
            yield from _settings(f"{name}[{place}]", old, new)
    elif then != now:
        yield f"{name}: {json.dumps(then)} then, {json.dumps(now)} now"


def _code(provenance: Mapping[str, Any], recipe_json: str) -> Iterator[str]:
    if provenance["code"] == numerics_fingerprint(recipe_json):
        return
    then, now = provenance.get("modules"), module_fingerprints(recipe_json)
    if then is None:
        yield "code: another, in modules that this replicate does not name"
        return
    for name in sorted(then.keys() | now.keys()):
        if then.get(name) != now.get(name):
            what = "new" if name not in then else "gone" if name not in now else "changed"
            yield f"code: {name} is {what}"


def _versions(provenance: Mapping[str, Any]) -> Iterator[str]:
    from importlib import metadata

    for package, then in provenance["packages"].items():
        try:
            now = metadata.version(package)
        except metadata.PackageNotFoundError:
            now = "not installed"
        if now != then:
            yield f"package {package}: {then} then, {now} now"


def read_provenances(results: Path, study: str, run: str) -> dict[int, dict[str, Any]]:
    """Read the provenance of every replicate of a run, by seed.

    Raises
    ------
    UserError
        When there is none, or one cannot be read.
    """
    found = {}
    for folder in layout.replicate_folders(results, study, run):
        path = folder / layout.PROVENANCE
        if path.exists():
            found[layout.seed_of(folder)] = read_json(path)
    if not found:
        raise UserError(f"{layout.run_folder(results, study, run)}: there is no replicate")
    return found
