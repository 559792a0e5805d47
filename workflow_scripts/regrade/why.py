"""Why a replicate would be trained again: what changed since it was made, or that nothing did."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from regrade import layout
from regrade.data.card import read_card
from regrade.errors import UserError
from regrade.evidence import is_imported
from regrade.files import read_json
from regrade.fingerprint import module_fingerprints, numerics_fingerprint
from regrade.packages import package_versions
from regrade.studies.resolve import ResolvedRun
from regrade.training.devices import available_accelerator
from regrade.training.identity import machine_identity


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
    if is_imported(provenance):
        return  # It was made elsewhere, from nothing that could change here.
    if layout.card_file(data).exists():
        card, then = read_card(data), provenance["data"]
        if card["checksum"] != then["checksum"]:
            yield f"data: {then['source']} {then['checksum'][:12]} then, {card['source']}" + (
                f" {card['checksum'][:12]} now"
            )
    yield from _code(provenance, run.recipe_json)
    yield from _versions(provenance)
    yield from _machine(provenance)


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
    differing = [
        name for name in sorted(then.keys() | now.keys()) if then.get(name) != now.get(name)
    ]
    for name in differing:
        what = "new" if name not in then else "gone" if name not in now else "changed"
        yield f"code: {name} is {what}"


def _versions(provenance: Mapping[str, Any]) -> Iterator[str]:
    packages = provenance["packages"]
    now = package_versions(tuple(packages))
    for package, then in packages.items():
        if now.get(package) != then:
            yield f"package {package}: {then} then, {now.get(package, 'not installed')} now"


def _machine(provenance: Mapping[str, Any]) -> Iterator[str]:
    """Compare with the device that a training would take here by itself."""
    device = torch.device(available_accelerator() or "cpu")
    here = machine_identity(device, provenance["threads"], provenance["precision"])
    for part in ("device", "processor", "cuda"):
        if part in provenance and provenance[part] != here[part]:
            yield f"{part}: {provenance[part]} then, {here[part]} here"


def read_provenances(places: Sequence[Path], study: str, run: str) -> dict[Path, dict[str, Any]]:
    """Read the provenance of every replicate of a run, by its folder.

    Parameters
    ----------
    places
        Folders of results or records; the first that has a replicate counts.
    study, run
        The names that it lies under.

    Raises
    ------
    UserError
        When there is none, or one cannot be read.
    """
    for place in places:
        folders = layout.replicate_folders(place, study, run)
        found = {
            folder: read_json(folder / layout.PROVENANCE)
            for folder in folders
            if (folder / layout.PROVENANCE).exists()
        }
        if found:
            return found
    looked = " and ".join(str(layout.run_folder(place, study, run)) for place in places)
    raise UserError(f"{looked}: there is no replicate of {study}/{run}")
