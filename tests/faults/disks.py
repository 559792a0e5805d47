"""Disks: full, read-only, with damaged files, with times from another century."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.faults.calls import Site
from tests.faults.outcome import Trial
from tests.support.small_disk import mount, small_disk
from tests.support.small_workflow import finish, kill_group, until, wait_for

ENOUGH = "256m"
WHOLE_REPLICATE = 60
"""Epochs: what is lost with a damaged file of a finished replicate."""


def fill(site: Site, root: Path, seed: int) -> Trial | None:
    """Give the results too small a disk, then a larger one; nothing where nobody may mount."""
    size = random.Random(seed).randint(1, 900)
    space = site.copy(root)
    results = space.root / "results"
    with small_disk(results, f"{size}k") as mounted:
        if not mounted:
            return None
        outcome = site.run(space)
        mount("-o", f"remount,size={ENOUGH}", str(results))
        return site.again(space, f"full disk, {site.name}", f"{size} KiB", outcome)


def forbid_writing(site: Site, root: Path, seed: int) -> Trial | None:
    """Make the disk of the checkpoints read-only while a replicate is trained, then writable."""
    epoch = random.Random(seed).randint(1, 40)
    space = site.copy(root)
    states = space.root / "results" / "state"
    with small_disk(states, ENOUGH) as mounted:
        if not mounted:
            return None
        process, log = site.begin(space, ""), site.log(space, "A1")
        wait_for(log, f"epoch {epoch}/", process)
        # The system refuses while a file is being written there.
        until(lambda: mount("-o", "remount,ro", str(states)), None, "a read-only disk")
        outcome = finish(process)
        mount("-o", "remount,rw", str(states))
        return site.again(space, f"read-only disk, {site.name}", f"epoch {epoch}", outcome)


def shift_times(site: Site, root: Path, seed: int) -> Trial:
    """Leave files with times of a clock that jumped: years ahead, behind, in any order."""
    rng, space = random.Random(seed), site.copy(root, results=True)
    for path in sorted((space.root / "results").rglob("*")):
        when = path.lstat().st_mtime + rng.uniform(-1, 1) * 2 * 365 * 86_400
        os.utime(path, (when, when), follow_symlinks=False)
    outcome = site.run(space)
    return site.again(
        space, f"files with times of a clock that jumped, {site.name}", f"seed {seed}", outcome
    )


def damage(site: Site, root: Path, seed: int, pattern: str) -> Trial:
    """Damage a file of finished results; the next call must notice, or end with right numbers.

    Parameters
    ----------
    pattern
        Which file, below the workspace; of several one is drawn.
    """
    rng, space = random.Random(seed), site.copy(root, results=True)
    way = rng.choice(sorted(WAYS))
    path = rng.choice(sorted(space.root.glob(pattern)))
    before, content = path.stat(), path.read_bytes()
    WAYS[way](path, rng)
    if way == "silent bit":
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    name = path.relative_to(space.root).as_posix()
    fault, what = f"damaged {path.name}, {site.name}", f"{name}: {way}, seed {seed}"
    damaged = path.read_bytes()
    outcome = site.run(space)
    if not outcome.code and path.read_bytes() == damaged and not _is_harmless(damaged, content):
        # Nothing had to read it: the tables are those of before, and `verify` finds it.
        outcome = space.regrade("verify", "results")
    if outcome.code:
        if path.name not in outcome.text and path.parent.name not in outcome.text:
            return Trial(fault, what, unclear=outcome.text[-800:])
        remove_what_is_named(path)
    elif path.read_bytes() == damaged and not _is_harmless(damaged, content):
        return Trial(fault, what, wrong=(name,), unclear="nobody noticed")
    return site.again(space, fault, what, outcome, may_lose=WHOLE_REPLICATE)


def _is_harmless(damaged: bytes, content: bytes) -> bool:
    """Whether a damaged file says the same: a blank of a JSON file, say."""
    try:
        return bool(json.loads(damaged) == json.loads(content))
    except ValueError:
        return False


def damage_checkpoint(site: Site, root: Path, seed: int) -> Trial:
    """Damage the newest checkpoint of a training that was killed: the one before must do."""
    rng, space = random.Random(seed), site.copy(root)
    epoch, way = rng.randint(3, 40), rng.choice(["cut", "bit"])
    process, log = site.begin(space, ""), site.log(space, "A1")
    wait_for(log, f"epoch {epoch}/", process)
    kill_group(process)
    newest = max((space.root / "results" / "state").glob("*A1*/checkpoint-*.pt"))
    WAYS[way](newest, rng)
    # The epoch that was being trained, and the one of the damaged file.
    return site.again(
        space, f"damaged checkpoint, {site.name}", f"epoch {epoch}: {way}", None, may_lose=2
    )


def remove_what_is_named(path: Path) -> None:
    """Do what the message says: remove the replicate of a damaged file, or the file."""
    if path.parent.name.startswith("seed-"):
        shutil.rmtree(path.parent)
    else:
        path.unlink()


def _cut(path: Path, rng: random.Random) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: rng.randrange(len(content))])


def _flip(path: Path, rng: random.Random) -> None:
    content = bytearray(path.read_bytes())
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(content)


WAYS: dict[str, Callable[[Path, random.Random], None]] = {
    "cut": _cut,
    "bit": _flip,
    "silent bit": _flip,
}
