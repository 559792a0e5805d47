"""Measuring all networks of a study in one process; what did not change is taken as it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from regrade import layout
from regrade.errors import UserError
from regrade.files import json_text, write_atomically
from regrade.fingerprint import recipe_hash
from regrade.measuring.measure import measure
from regrade.measuring.version import MEASUREMENT_VERSION
from regrade.packages import PACKAGES, package_versions, packages_of
from regrade.seals import Seals, sealed
from regrade.studies.images import dataset_of
from regrade.studies.recipe import Recipe


@dataclass(frozen=True)
class Network:
    """A network to measure."""

    recipe: str
    """The recipe as canonical JSON."""
    code: str
    """Fingerprint of the code that measures it."""
    fed: bool
    """Whether the study speaks of its values before training."""

    def content(self) -> Recipe:
        """Read the recipe."""
        return Recipe.model_validate_json(self.recipe)


@dataclass(frozen=True)
class Place:
    """Where a study's measurements are read from and written to."""

    study: str
    data: Path
    """Folder of the prepared data sets and their cards."""
    output: Path
    """Folder that gets a file a network."""
    kept: Path
    """Folder that no workflow empties: a network is measured once."""
    weights: Path | None = None


def measure_study(networks: Mapping[str, Network], place: Place) -> None:
    """Write the measurement of every network, each whole or not at all."""
    for run, network in networks.items():
        path = place.kept / f"{place.study}-{run}-{_key(network, place)}.json"
        if _is_kept(path):
            print(f"{run}: measured before")
        else:
            found = _measure(network, place)
            for former in place.kept.glob(f"{place.study}-{run}-{'?' * 16}.json"):
                former.unlink()
            write_atomically(path, json_text(sealed(found)))
            print(f"{run}: {found['parameters']:,} parameters, {found['macs']:,} MACs")
        write_atomically(place.output / f"{run}.json", path.read_bytes())


def _is_kept(path: Path) -> bool:
    """Whether a network was measured before, and its file is still what was written."""
    try:
        Seals().read_json(path)
    except UserError:
        return False
    return True


def _measure(network: Network, place: Place) -> dict:
    recipe = network.content()
    data = layout.dataset_file(place.data, dataset_of(recipe).name)
    found = measure(recipe, data if network.fed else None, weights=place.weights)
    about = {"version": MEASUREMENT_VERSION, "recipe_hash": recipe_hash(network.recipe)}
    source = _card(data)["source"] if network.fed else None
    return about | {"data_source": source} | found


def _key(network: Network, place: Place) -> str:
    """Return 16 hexadecimal digits that change with whatever may change a measurement."""
    versions = package_versions((*PACKAGES, *packages_of(network.recipe)))
    identity = [network.recipe, network.code, network.fed, MEASUREMENT_VERSION, versions]
    if network.fed:
        recipe = network.content()
        data = layout.dataset_file(place.data, dataset_of(recipe).name)
        pretrained = getattr(recipe.model, "pretrained", False)
        identity += [_card(data)["checksum"], _weight_files(place.weights) if pretrained else []]
    return hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:16]


def _weight_files(place: Path | None) -> list[tuple[str, int, int]]:
    """Return name, size and time of the weight files there are: one that comes later is seen."""
    if place is None or not place.exists():
        return []
    files = sorted(place.iterdir()) if place.is_dir() else [place]
    states = [(path.name, path.stat()) for path in files if path.is_file()]
    return [(name, state.st_size, state.st_mtime_ns) for name, state in states]


def _card(data: Path) -> dict:
    return json.loads(layout.card_file(data).read_text(encoding="utf-8"))
