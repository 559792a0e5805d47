"""What is measured: runs of the studies, and CIFAR-shaped images made on the spot."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from regrade.config import read_config
from regrade.data.prepare import prepare
from regrade.grid import Grid
from regrade.studies.datasets import DATASETS
from regrade.studies.images import dataset_of
from regrade.studies.load import load_study
from regrade.studies.recipe import Recipe
from regrade.studies.resolve import ResolvedRun, resolve

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Subject:
    """A run of a study under the name that tables give it."""

    title: str
    study: str
    run: str

    @cached_property
    def resolved(self) -> ResolvedRun:
        """The run, from the study's file."""
        study = load_study(ROOT / "studies" / f"{self.study}.yaml")
        return {run.name: run for run in resolve(study)}[self.run]

    @property
    def dataset(self) -> str:
        """The data set that the run trains on."""
        return dataset_of(self.resolved.recipe).name

    @property
    def flops(self) -> float:
        """Floating-point operations of a training step an image: convolutions and linear layers.

        A multiply-add is two operations; backward does the forward's twice.
        """
        return 3 * 2 * self.resolved.cost.macs

    def recipe(self, batch: int | None = None) -> Recipe:
        """Return the recipe as the trainer sees it, with another training batch if one is given."""
        settings = json.loads(self.resolved.recipe_json)
        if batch:
            settings["batches"]["training"] = batch
        return Recipe.model_validate(settings)

    def threads(self) -> int:
        """Return the threads of a replicate at full scale on this machine, as the grid has them."""
        return min(_grid().resources.threads(self.resolved), cores())


@dataclass(frozen=True)
class Augmentation(Subject):
    """A run of a study with other transforms before floats, after them, and normalisation."""

    before: tuple[dict[str, Any], ...] = ()
    after: tuple[dict[str, Any], ...] = ()

    def recipe(self, batch: int | None = None) -> Recipe:
        """Return the run's recipe with these transforms of its training images."""
        settings = super().recipe(batch).model_dump(mode="json")
        fixed = settings["transforms"]["evaluation"]
        settings["transforms"]["training"] = [*self.before, *fixed, *self.after]
        return Recipe.model_validate(settings)


SIMPLE = Subject("SimpleNN", "duke", "D01")
CNN = Subject("PoliTo CNN 32", "polito", "P3")
MOBILE = Subject("KAIST Mobile", "kaist", "K3")
MLP = Subject("MLP", "polito", "P1")
RESNET20 = Subject("ResNet-20", "duke", "D21-as-run")
RESNET18 = Subject("ResNet-18", "kaist", "K2")
ALEXNET = Subject("Marais AlexNet", "marais", "alexnet_c10_base")
AUTO = Subject("AutoAugment + rotation + crop + flip", "nyu", "M1")

_CROP = {"kind": "random_crop", "size": 32, "padding": 4}
_FLIP = {"kind": "random_horizontal_flip"}
_JITTER = {"brightness": 0.4, "contrast": 0.4, "saturation": 0.4}
AUGMENTATIONS = tuple(
    Augmentation(title, "kaist", "K2", before, after)
    for title, before, after in (
        (
            "reflected crop + flip",
            (_CROP | {"padding_mode": "reflect"}, _FLIP),
            (),
        ),
        (
            "RandomAffine",
            (
                {"kind": "random_affine", "degrees": 15, "translate": [0.1, 0.1]}
                | {"scale": [0.9, 1.1], "shear": 10},
            ),
            (),
        ),
        ("RandomResizedCrop + flip", ({"kind": "random_resized_crop", "size": 32}, _FLIP), ()),
        ("ColorJitter", ({"kind": "color_jitter", **_JITTER, "hue": 0.1},), ()),
        ("RandomGrayscale", ({"kind": "random_grayscale", "probability": 0.5},), ()),
        ("RandAugment", ({"kind": "rand_augment"},), ()),
        ("crop + flip + RandomErasing", (_CROP, _FLIP), ({"kind": "random_erasing"},)),
        ("crop + flip + cutout", (_CROP, _FLIP), ({"kind": "cutout", "size": 16},)),
    )
)
"""Transforms of no study, one or a usual few at a time."""
_OF_STUDIES = (SIMPLE, CNN, MOBILE, MLP, RESNET20, RESNET18, ALEXNET, AUTO)
SUBJECTS = {one.title: one for one in (*_OF_STUDIES, *AUGMENTATIONS)}


def cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0))


def data_path(dataset: str, folder: Path) -> Path:
    """Return the file of a synthetic data set at CIFAR's size, made if it is not there yet."""
    path = folder / f"{dataset}.npz"
    if not path.exists():
        print(f"making the images of {path}", flush=True)
        prepare(DATASETS[dataset], "synthetic", path, path.with_suffix(".json"))
    return path


def _grid() -> Grid:
    """Return an empty grid at full scale: only its rules are asked."""
    settings = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    config = read_config(settings | {"scale": "full"})
    return Grid(config, ROOT, files={}, studies={}, runs={}, seeds={}, recorded={})
