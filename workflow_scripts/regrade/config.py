"""The configuration: what to run, on which data, at which scale."""

from __future__ import annotations

import math
import os
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, PositiveInt, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from regrade.data.places import WORDS
from regrade.errors import UserError
from regrade.studies import forms
from regrade.studies.base import SchemaModel
from regrade.studies.execution import Precision, Scale
from regrade.studies.mistakes import dotted, mistakes_of
from regrade.studies.spelling import suggest
from regrade.studies.yaml_document import STUDY_ENDINGS, Document

MOST_SEEDS = 10_000
"""More replicates of a run than this are a slip: a job each would not be planned in an hour."""


class Config(SchemaModel):
    """Keys of config.yaml, each of which `--config key=value` sets too."""

    studies: list[str] = Field(min_length=1)
    """Names of files under studies/, paths of other study files, or `all`."""
    scale: Scale
    """`full` runs exactly the recipes; `preview` caps the cost of every replicate."""
    epochs: PositiveInt | None
    """Caps previews at so many epochs on all images; null caps their cost."""
    seeds: int = Field(ge=1, le=MOST_SEEDS, strict=True)
    """Replicates of every run: seeds 0 to seeds - 1."""
    data: str = Field(min_length=1)
    """`synthetic`, `torchvision`, or a folder that holds an npz file for each data set."""
    weights: str | None
    """Folder with torchvision's weight files, for runs that start from pretrained weights; null
    takes them from torchvision's cache or downloads them."""
    device: str = Field(pattern=forms.DEVICE)
    """`auto` takes a GPU where the job was given one."""
    runs_per_gpu: int = Field(ge=1, le=16)
    """How many runs of small networks may share a GPU; large ones have one to themselves."""
    device_speed: float | str | None
    """Speed of the device that trains: a file that `regrade calibrate` made, for the plan and for
    the time that jobs ask for, sustained TFLOP/s, for the plan alone, or null."""
    precision: Precision
    """`float32` is the meaning of a recipe; the others are faster, and recorded."""
    results: str = Field(min_length=1)
    """Folder for everything that a run makes."""
    records: Literal["use", "ignore", "only"]
    """`use` trains what records/ has no better evidence of, `only` trains nothing at all."""

    @field_validator("epochs")
    @classmethod
    def _cap_only_previews(cls, value: int | None, info: ValidationInfo) -> int | None:
        if value and info.data.get("scale") == "full":
            text = f"found {value}, but scale is full, which runs all epochs; allowed: null"
            raise PydanticCustomError("value_error", "{text}", {"text": text})
        return value

    @field_validator("device_speed", mode="before")
    @classmethod
    def _is_a_speed(cls, value: Any) -> Any:
        number = isinstance(value, int | float)
        if isinstance(value, bool) or (number and not 0 < value < math.inf):
            text = f"found {value}; allowed: TFLOP/s above 0, the path of a file, or null"
            raise PydanticCustomError("value_error", "{text}", {"text": text})
        return value

    @field_validator("studies", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        """Split names at commas and spaces; a path may have spaces in it."""
        if not isinstance(value, str):
            return value
        parts = [part.strip() for part in value.split(",") if part.strip()]
        return [name for part in parts for name in _names(part)]

    @field_validator("data", "weights", "device_speed", "results", mode="after")
    @classmethod
    def _expand_home(cls, value: Any) -> Any:
        """Read `~` as a shell does, which passes it on in `--config results='~/x'`."""
        return os.path.expanduser(value) if isinstance(value, str) else value

    @field_validator("results", mode="after")
    @classmethod
    def _in_one_spelling(cls, value: str) -> str:
        """Write the folder of the results in one way: by it Snakemake knows what it has made."""
        return os.path.normpath(value)

    @field_validator("data", "weights", mode="after")
    @classmethod
    def _as_seen_from_here(cls, value: str | None) -> str | None:
        """Write a folder below this one as seen from here, by which trainings know it, too.

        Else another spelling would train everything again, or a project that was moved as a whole.
        """
        if value is None:
            return None
        path = Path(os.path.normpath(value))
        here = Path.cwd()
        seen = str(path.relative_to(here) if path.is_relative_to(here) else path)
        # A folder such as ./synthetic is not the source of that name.
        return value if seen in WORDS else seen

    @field_validator("data", "weights", "results", mode="before")
    @classmethod
    def _is_text(cls, value: Any) -> Any:
        """Say how a number becomes text: a command line reads `results=2024_10_10` as one."""
        if isinstance(value, int | float | date) and not isinstance(value, bool):
            shown = value.isoformat() if isinstance(value, date) else value
            text = (
                f"found {shown}, which is a number or a date; a folder with such a name is written"
                " as a path, such as ./NAME"
            )
            raise PydanticCustomError("value_error", "{text}", {"text": text})
        return value


def told_of_images(scale: str, source: str, option: str) -> str:
    """Say what whole recipes on made-up images are worth, where a call asks for them.

    Parameters
    ----------
    scale, source
        What the call asks for.
    option
        How it names the source: `data=` or `--data `.
    """
    if scale != "full" or source != "synthetic":
        return ""
    return (
        "Whole recipes are trained on images made on the spot, which decide nothing; give"
        f" {option}torchvision, or {option}FOLDER where the images lie in files, for verdicts"
    )


def _names(text: str) -> list[str]:
    return [text] if Path(text).expanduser().is_file() else text.split()


def read_config(data: dict[str, Any]) -> Config:
    """Validate the configuration that Snakemake has merged.

    Raises
    ------
    UserError
        Listing every mistake: key, what was found, what is allowed.
    """
    try:
        return Config.model_validate(data)
    except ValidationError as error:
        found = [f"{dotted(m.keys)}: {m.text}" for m in mistakes_of(error, data)]
        text = "\n  ".join(["config (config.yaml, or --config):", *found])
        raise UserError(text) from None


def read_settings(path: Path) -> dict[str, Any]:
    """Read a file of settings such as config.yaml; their values are checked later.

    Raises
    ------
    UserError
        When it cannot be read, is no YAML, or has a key twice, with the line; or has no keys.
    """
    found = Document(path).data
    if not isinstance(found, dict):
        raise UserError(f"{path}: a line for each key belongs in it, such as `scale: preview`")
    return found


def study_files(folder: Path) -> list[Path]:
    """Return the study files of a folder, by name."""
    return sorted(path for path in folder.iterdir() if path.suffix in STUDY_ENDINGS)


def study_paths(config: Config, folder: Path) -> list[Path]:
    """Return the study files that the configuration names, in its order.

    Raises
    ------
    UserError
        For a study that has no file.
    """
    if config.studies == ["all"]:
        return study_files(folder)
    try:
        paths = [study_path(name, folder) for name in config.studies]
    except UserError as error:
        raise UserError(
            f"config (config.yaml, or --config):\n  studies: {error}; `all` for all"
        ) from None
    stems = [path.stem for path in paths]
    for path in paths:
        if stems.count(path.stem) > 1:
            raise UserError(
                f"config (config.yaml, or --config):\n  studies: two files are named {path.stem!r};"
                " results are kept by the name of the study, so give one file another name"
            )
    return paths


def study_path(name: str, folder: Path) -> Path:
    """Return the file of a study, which is given by its name or the path of its file.

    Raises
    ------
    UserError
        When there is no such file.
    """
    if name.endswith(STUDY_ENDINGS):
        path = Path(name).expanduser()
        if not path.is_file():
            raise UserError(f"no study file {path}")
        return path
    known = {path.stem: path for path in study_files(folder)}
    if name not in known:
        hint = suggest(name, known)
        raise UserError(
            f"unknown study {name!r}{hint}{'' if hint.endswith('?') else '.'} There is:"
            f" {', '.join(known)}, or the path of a .yaml or .yml file"
        )
    return known[name]
