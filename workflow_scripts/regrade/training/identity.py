"""What of a machine may change the bits of a result: for the key of a state, and for the record."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import torch

from regrade.fingerprint import canonical_json, numerics_fingerprint, recipe_hash
from regrade.machine import processor
from regrade.packages import PACKAGES, package_versions, packages_of
from regrade.training.devices import device_name


def machine_identity(device: torch.device, threads: int, precision: str) -> dict[str, Any]:
    """Name everything of this machine that may change the bits of a result.

    Equal identities give equal bits; unequal ones may. A processor's name counts where it trains:
    kernels are chosen by its caches, too.
    """
    return {
        "device": device_name(device),
        "processor": processor() if device.type == "cpu" else None,
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "cuda": torch.version.cuda,
        "threads": threads,
        "precision": precision,
        "packages": package_versions(PACKAGES),
    }


def replicate_identity(
    recipe_json: str,
    budget: Mapping[str, object],
    seed: int,
    checksum: str,
    machine: Mapping[str, Any],
) -> dict[str, object]:
    """Name everything that decides the bits of a replicate, as its provenance names it.

    Parameters
    ----------
    recipe_json
        The recipe as canonical JSON.
    budget
        How much of it is executed.
    seed
        The seed.
    checksum
        Of the data set.
    machine
        From `machine_identity`.
    """
    packages = machine["packages"] | package_versions(packages_of(recipe_json))
    return {
        "recipe_hash": recipe_hash(recipe_json),
        "budget": dict(budget),
        "seed": seed,
        "data": checksum,
        "code": numerics_fingerprint(recipe_json),
        **machine,
        "packages": packages,
    }


def identity_key(identity: Mapping[str, object]) -> str:
    """Return what the state of a replicate is named by, for its identity."""
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]


def identity_then(provenance: Mapping[str, Any]) -> dict[str, object]:
    """Name everything that decided the bits of a finished replicate, as for one to be trained.

    What its provenance does not tell is None there, and nowhere else.
    """
    recipe = canonical_json(provenance.get("recipe"))
    packages = provenance.get("packages", {})
    names = [name for name in (*PACKAGES, *packages_of(recipe)) if name in packages]
    told = ("recipe_hash", "budget", "seed", "code", "device", "processor", "cpu_capability",
            "cuda", "threads")  # fmt: skip
    return {
        **{name: provenance.get(name) for name in told},
        "data": provenance.get("data", {}).get("checksum"),
        "precision": provenance.get("wanted_precision"),
        "packages": {name: packages[name] for name in names},
    }


def differences(provenance: Mapping[str, Any], identity: Mapping[str, Any]) -> list[str]:
    """Tell in which parts a recorded replicate has another identity than a wanted one."""
    recorded = {**provenance, "data": provenance.get("data", {}).get("checksum")}
    packages = provenance.get("packages", {})
    recorded["packages"] = {name: packages.get(name) for name in dict(identity["packages"])}
    return [
        f"{name}: {recorded.get(name)!r} then, {value!r} now"
        for name, value in identity.items()
        if recorded.get(name) != value
    ]
