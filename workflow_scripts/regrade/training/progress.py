"""Progress of a replicate: a bar on a terminal, one line an epoch in a log."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from tqdm import tqdm

if TYPE_CHECKING:
    from regrade.training.history import Row
    from regrade.training.replicate import Job


class Progress:
    """Tells how far training has come: images/s and time left in a bar, each epoch in a line.

    The bar shows itself on terminals alone, and is fed without asking the device for anything.
    """

    def __init__(self, job: Job, rows: list[Row], images: int) -> None:
        self.title = f"{job.study}/{job.run} seed {job.seed}"
        self.epochs = job.budget.epochs
        self.images = images
        self.began = time.perf_counter()
        self.resumed_after = len(rows)
        self.bar = tqdm(
            desc=self.title,
            total=images * self.epochs,
            initial=images * len(rows),
            unit=" images",
            unit_scale=True,
            disable=None,
            leave=False,
        )

    def __enter__(self) -> Self:
        """Say where training continues, if it does."""
        if self.resumed_after:
            self._print(f"{self.title}: continuing after epoch {self.resumed_after}")
        return self

    def __exit__(self, *_: object) -> None:
        """Take the bar away."""
        self.bar.close()

    def step(self, images: int) -> None:
        """Count the images of a step."""
        self.bar.update(images)

    def finish_epoch(self, row: Row) -> None:
        """Tell an epoch: losses, accuracies, speed and the time left."""
        done = row["epoch"] - self.resumed_after
        seconds = (time.perf_counter() - self.began) / done
        left = round(seconds * (self.epochs - row["epoch"]))
        numbers = self._numbers(row)
        self.bar.set_postfix_str(numbers, refresh=False)
        self._print(
            f"{self.title}: epoch {row['epoch']}/{self.epochs}  {numbers}"
            f"  {self.images / seconds:,.0f} images/s  {left // 60}:{left % 60:02d} left"
        )

    def _print(self, line: str) -> None:
        with self.bar.external_write_mode():
            print(line, flush=True)

    def _numbers(self, row: Row) -> str:
        parts = [f"lr {row['learning_rate']:.4g}"]
        for which in ("train", "validation", "test"):
            if f"{which}_loss" in row:
                loss, accuracy = row[f"{which}_loss"], row[f"{which}_accuracy"]
                parts.append(f"{which} loss {loss:.4f} accuracy {accuracy:.2%}")
        return "  ".join(parts)
