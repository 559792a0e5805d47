"""What all groups of measures share: the table, the scratch folder, and how workers are started."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import Worker, our_environment, plain_environment
from benchmarks.rows import Table
from benchmarks.subjects import Subject, cores, data_path


@dataclass(frozen=True)
class Bench:
    """A run of the benchmarks."""

    table: Table
    scratch: Path
    rounds: int = 5
    seconds: float = 1.5
    """Shortest slice."""
    steps: int = 2
    """Fewest steps of a slice."""
    device: str = "cpu"

    def data(self, subject: Subject) -> Path:
        """Return the images of a subject."""
        return data_path(subject.dataset, self.scratch / "data")

    def ours(
        self, subject: Subject, threads: int, *, batch: int | None = None,
        precision: str = "float32", adam: bool = False, number: int = 0,
    ) -> Worker:  # fmt: skip
        """Start a replicate's trainer as the workflow starts it.

        Those of one precision run side by side and have cores of their own each; those of another
        have the same cores in their turn.
        """
        return Worker(
            "ours",
            our_environment(self._leases(precision)),
            self._log(f"ours-{subject.run}-{number}"),
            subject=subject.title,
            data=str(self.data(subject)),
            threads=threads,
            device=self.device,
            precision=precision,
            batch=batch,
            adam=adam,
            scratch=str(self.scratch),
        )

    def student(self, subject: Subject, workers: int, batch: int | None = None) -> Worker:
        """Start a student's loop: torch's default threads, so many loader workers."""
        return Worker(
            "student",
            plain_environment(),
            self._log(f"student-{subject.run}-{workers}"),
            subject=subject.title,
            data=str(self.data(subject)),
            workers=workers,
            device=self.device,
            batch=batch,
        )

    def images(self, kind: str, subject: Subject) -> Worker:
        """Start a maker of batches on one thread: `our_images` or `student_images`."""
        ours = kind == "our_images"
        return Worker(
            kind,
            our_environment(self._leases(kind)) if ours else plain_environment(1),
            self._log(f"{kind}-{subject.run}"),
            subject=subject.title,
            data=str(self.data(subject)),
            **({"threads": 1} if ours else {}),
        )

    def memory(self, subject: Subject, images: int) -> Worker:
        """Start a replicate that tells its memory after every epoch."""
        return Worker(
            "memory",
            our_environment(self._leases("memory")),
            self._log(f"memory-{subject.run}"),
            subject=subject.title,
            data=str(self.data(subject)),
            threads=1,
            images=images,
        )

    def matrices(self, side: int) -> Worker:
        """Start multiplications of matrices on the device."""
        return Worker(
            "matrices",
            our_environment(self._leases("matrices")),
            self._log("matrices"),
            device=self.device,
            threads=cores(),
            side=side,
        )

    def run(self, worker: Worker, what: str = "loop") -> float:
        """Run a slice of a worker and give its rate."""
        return worker.rate(what, self.seconds, self.steps)

    def _leases(self, turn: str) -> Path:
        folder = self.scratch / "leases" / turn
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _log(self, name: str) -> Path:
        return self.scratch / "logs" / f"{name}.log"
