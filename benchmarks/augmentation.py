"""Augmentation: images a second of one core, and equal pixels."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch

from benchmarks.bench import Bench
from benchmarks.pixels import different_images
from benchmarks.processes import alternate, ratios
from benchmarks.subjects import ALEXNET, AUGMENTATIONS, AUTO, RESNET18, Subject

GROUP = "augmentation"
MEASURES: tuple[tuple[str, Subject, float], ...] = (
    ("crop + flip + normalise", RESNET18, 25),
    ("AutoAugment + rotation + crop + flip", AUTO, 25),
    ("TrivialAugmentWide", ALEXNET, 20),
    *((subject.title, subject, 20) for subject in AUGMENTATIONS),
)
COMPARED = 2_000
"""Images whose pixels are compared."""


def measure(bench: Bench) -> None:
    """Measure the augmentations of the studies, and every other transform that is compiled."""
    for what, subject, goal in MEASURES:
        with np.load(bench.data(subject)) as file:
            images = torch.from_numpy(file["train_images"][:COMPARED])
        different = different_images(subject.recipe().transforms.training, images)
        bench.table.add(
            GROUP, what, "images with other pixels than PIL's", [float(different)], "",
            bound="at most", goal=0, note=f"of {len(images)}, same random choices",
        )  # fmt: skip
        with (
            bench.images("our_images", subject) as ours,
            bench.images("student_images", subject) as student,
        ):
            bench.run(ours), bench.run(student)  # warm caches
            rates = alternate(
                {"ours": partial(bench.run, ours), "student": partial(bench.run, student)},
                bench.rounds,
            )
        for side, values in rates.items():
            bench.table.add(GROUP, what, side, values, "images/s", threads="1 x 1")
        bench.table.add(
            GROUP, what, "ours / student", ratios(rates["ours"], rates["student"]), "x",
            bound="at least", goal=goal, threads="1 x 1",
        )  # fmt: skip
