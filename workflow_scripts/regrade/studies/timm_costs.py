"""What networks of timm cost, which only timm knows: each is measured once, and remembered.

It is built without memory in a process of its own, which loads torch and timm; what reads a study
loads neither. Numbers are kept in the user's cache, by timm's version.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import regrade
from regrade.files import atomic_path
from regrade.studies.layer_rows import ShapeError, UnknownNetworkError

if TYPE_CHECKING:
    from regrade.studies.architectures import Timm

COUNTED_AS = 1
"""Goes up when networks are counted in another way."""
Costs = dict[str, int]
"""Parameters, macs and values, as `regrade.studies.cost.Cost` has them."""


def timm_costs(model: Timm, side: int, classes: int, channels: int) -> Costs:
    """Return what a network of timm costs for images of a side.

    Raises
    ------
    ShapeError
        Where it takes no such images.
    UnknownNetworkError
        Where timm is not installed, or has no network of that name.
    """
    try:
        version = importlib.metadata.version("timm")
    except importlib.metadata.PackageNotFoundError:
        raise UnknownNetworkError(
            f"model {model.name!r} is one of timm, which is not installed here: pip install timm"
            " (regrade's extra `timm`)"
        ) from None
    request = json.dumps([model.model_dump(mode="json"), side, classes, channels])
    place = f"{model.name}-{side}-{classes}-{channels}-{model.drop_rate}-{model.drop_path_rate}"
    return _remembered(version, place, request)


@cache
def _remembered(version: str, place: str, request: str) -> Costs:
    path = _cache() / f"timm-{version}-{COUNTED_AS}" / f"{place}.json"
    with suppress(OSError, ValueError):
        return json.loads(path.read_text(encoding="utf-8"))
    found = _measured(request)
    if "unknown" in found:
        raise UnknownNetworkError(found["unknown"])
    if "refused" in found:
        raise ShapeError(f"timm cannot build it: {found['refused']}")
    # A folder that cannot be written costs the time of measuring it again, and nothing else.
    with suppress(OSError), atomic_path(path) as temporary:
        temporary.write_text(json.dumps(found), encoding="utf-8")
    return found


def _cache() -> Path:
    folder = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(folder) / "regrade"


def _measured(request: str) -> dict[str, Any]:
    """Ask a process of its own what a network costs."""
    package = str(Path(regrade.__file__).parents[1])
    inherited = os.environ.get("PYTHONPATH")
    paths = os.pathsep.join([package, inherited] if inherited else [package])
    done = subprocess.run(
        [sys.executable, "-m", "regrade.models.timm_measured", request],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env=os.environ | {"PYTHONPATH": paths},
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or [f"status {done.returncode}"]
        return {"refused": last[0]}
    return json.loads(done.stdout.splitlines()[-1])
