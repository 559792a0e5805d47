"""Progress of a replicate: a bar on a terminal, one line an epoch in a log."""

from __future__ import annotations

import importlib.util
import sys
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from tqdm import tqdm

    from regrade.training.history import Epoch
    from regrade.training.job import Job


def _bar(title: str, done: int, images: int) -> tqdm | None:
    """Make a bar on a terminal; a log needs none, nor a machine without tqdm."""
    if not sys.stderr.isatty() or importlib.util.find_spec("tqdm") is None:
        return None
    from tqdm import tqdm

    return tqdm(
        desc=title,
        total=images,
        initial=done,
        unit=" images",
        unit_scale=True,
        leave=False,
    )


class Progress:
    """Tells how far training has come: images/s and time left in a bar, each epoch in a line.

    The bar shows itself on terminals alone, and is fed without asking the device for anything.
    """

    def __init__(self, job: Job, rows: list[Epoch], images: int) -> None:
        self.title = f"{job.study}/{job.run} seed {job.seed}"
        self.epochs = job.budget.epochs
        self.images = images
        self.began = time.perf_counter()
        self.resumed_after = len(rows)
        self.bar = _bar(self.title, images * len(rows), images * self.epochs)

    def __enter__(self) -> Self:
        """Say where training continues, if it does."""
        if self.resumed_after:
            self._print(f"{self.title}: continuing after epoch {self.resumed_after}")
        return self

    def __exit__(self, *_: object) -> None:
        """Take the bar away."""
        if self.bar:
            self.bar.close()

    def step(self, images: int) -> None:
        """Count the images of a step."""
        if self.bar:
            self.bar.update(images)

    def finish_epoch(self, row: Epoch) -> None:
        """Tell an epoch: losses, accuracies, speed and the time left."""
        done = row["epoch"] - self.resumed_after
        seconds = (time.perf_counter() - self.began) / done
        left = round(seconds * (self.epochs - row["epoch"]))
        numbers = self._numbers(row)
        if self.bar:
            self.bar.set_postfix_str(numbers, refresh=False)
        self._print(
            f"{self.title}: epoch {row['epoch']}/{self.epochs}  {numbers}"
            f"  {self.images / seconds:,.0f} images/s  {left // 60}:{left % 60:02d} left"
        )

    def _print(self, line: str) -> None:
        with self.bar.external_write_mode() if self.bar else nullcontext():
            print(line, flush=True)

    def _numbers(self, row: Epoch) -> str:
        parts = [f"lr {row['learning_rate']:.4g}"]
        for which in ("train", "validation", "test"):
            if f"{which}_loss" in row:
                loss, accuracy = row[f"{which}_loss"], row[f"{which}_accuracy"]
                parts.append(f"{which} loss {loss:.4f} accuracy {accuracy:.2%}")
        return "  ".join(parts)
