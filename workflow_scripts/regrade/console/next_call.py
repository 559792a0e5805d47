"""The call of Snakemake that goes on where one has ended: as that one, but for what it changes.

A setting that it forgot would train everything once more: settings, threads, devices and versions
belong to what a replicate is.
"""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from regrade.config import Config, read_config, read_settings
from regrade.errors import UserError

KEPT: Mapping[tuple[str, ...], str | None] = {
    ("--snakefile", "-s"): None,
    ("--directory", "-d"): None,
    ("--profile",): None,
    ("--workflow-profile",): None,
    ("--executor", "-e"): None,
    ("--software-deployment-method", "--deployment-method", "--deployment", "--sdm"): "+",
    ("--cores", "-c"): "?",
    ("--jobs", "-j"): "?",
    ("--resources", "--res"): "+",
    ("--default-resources", "--default-res"): "*",
    ("--max-threads",): None,
    ("--set-threads",): "+",
    ("--set-resources",): "+",
}
"""Options of Snakemake that say where and with what jobs run, and how many values each takes."""
OTHERS = (("--config", "-C"), ("--configfile", "--configfiles"))
"""Options with several values whose content the settings tell."""
TELL_CORES = ("--cores", "--jobs", "--profile", "--workflow-profile")
ALL_CORES = ("--cores", "all")
"""What Snakemake is given where nothing tells the cores, without which it does not start."""


def next_call(call: Sequence[str], config: Config, defaults: Path, changes: dict[str, Any]) -> str:
    """Write the call that has other settings than the one that ends.

    Parameters
    ----------
    call
        The words that Snakemake was called with, without its name.
    config
        The settings of the call.
    defaults
        The file of settings that the next call reads, too: what it says is not said again.
    changes
        The settings that are to be others; they are named whatever the defaults say.
    """
    wanted = {**changes, **{k: v for k, v in config.model_dump().items() if k not in changes}}
    usual = _settings(defaults)
    told = {
        key: value
        for key, value in wanted.items()
        if (key in changes and value is not None) or key not in usual or usual[key] != value
    }
    words = [f"{key}={_written(value)}" for key, value in told.items()]
    return shlex.join(["snakemake", *_kept(call), "--config", *words])


def _written(value: object) -> str:
    """Write a setting so that Snakemake reads it as it is."""
    if value is None:
        return ""  # Of a value that is empty, Snakemake makes null.
    if isinstance(value, str) and _reads_as_number(value):
        return f"./{value}"  # A folder with such a name.
    return str(value)


def _reads_as_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _settings(path: Path) -> dict[str, Any]:
    """Read a file of settings; of one that was broken meanwhile nothing is taken as known."""
    try:
        return read_config(read_settings(path)).model_dump()
    except UserError:
        return {}


def _kept(call: Sequence[str]) -> list[str]:
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for names, values in KEPT.items():
        without = "" if values == "?" else None
        parser.add_argument(*names, nargs=values, const=without, dest=names[0])
    for names in OTHERS:
        parser.add_argument(*names, nargs="*")
    found = vars(parser.parse_known_args(call)[0])
    kept: list[str] = []
    for name, *_ in KEPT:
        given = found[name]
        if given is not None:
            kept += [name, *(word for word in _words(given) if word)]
    return kept if any(found[name] is not None for name in TELL_CORES) else [*ALL_CORES, *kept]


def _words(given: str | list[str]) -> list[str]:
    return given if isinstance(given, list) else [given]
