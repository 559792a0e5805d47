"""What part of the recipes was executed, and on which data: what every page says on top."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from regrade.evidence import SYNTHETIC, is_imported
from regrade.grading.decisive import RECIPE_PRECISION
from regrade.grading.measurements import Measurements
from regrade.report import formatting
from regrade.report.quantities import in_words
from regrade.report.study_results import StudyResults
from regrade.studies.images import whole_dataset_of
from regrade.studies.resolve import ResolvedRun


@dataclass(frozen=True)
class Notice:
    """A sentence on top of a page; a warning limits what may be concluded from the page."""

    is_warning: bool
    title: str
    text: str


class Images(NamedTuple):
    """What a replicate was trained on."""

    title: str
    """Of the data set that the recipe names."""
    source: str
    """Where the images came from; made-up ones are not those of the data set."""


@dataclass(frozen=True)
class Scope:
    """What the replicates behind a page are."""

    replicates: int
    preview_shares: tuple[float, ...]
    """Shares of recipes executed by the replicates at preview scale."""
    images: tuple[Images, ...]
    """One entry for each replicate that was trained here."""
    devices: tuple[str, ...]
    precisions: tuple[str, ...]

    hours: float
    """Of training, summed over all replicates."""
    imported: int = 0
    """Replicates that were not trained here: learning curves of somebody's own code."""
    recipes: int = 0
    """Those that the report would have trained, each once."""
    waiting: int = 0
    """Recipes among them that have no replicate."""

    @property
    def summary(self) -> str:
        """Tell what was run in half a line: scale, replicates, device, hours."""
        if not self.replicates:
            return "nothing measured"
        previews = len(self.preview_shares)
        counted = [
            f"{number} at {scale}"
            for number, scale in (
                (self.replicates - previews, "full scale"),
                (previews, "preview scale"),
            )
            if number
        ]
        noun = "replicate" if self.replicates == 1 else "replicates"
        if self.waiting:
            noun = f"{noun}; {self._waiting} none"
        time = formatting.duration(3600 * self.hours)
        return f"{', '.join(counted)} ({noun}){self._where}, {time} of training"

    @property
    def _counted(self) -> str:
        noun = "replicate" if self.replicates == 1 else "replicates"
        return f"{self.replicates} {noun}{self._where}"

    @property
    def _waiting(self) -> str:
        """Count the recipes without a replicate, for a sentence that goes on."""
        return f"{self.waiting} of {self.recipes} recipes {'has' if self.waiting == 1 else 'have'}"

    @property
    def _where(self) -> str:
        return f" on {' and '.join(self.devices)}" if self.devices else ""

    @property
    def notices(self) -> list[Notice]:
        """Say what the reader must know before reading any number."""
        if not self.replicates:
            text = (
                "There is no replicate. What needs no training, such as counts of parameters, is"
                " graded; of everything else only what the report itself says is shown."
            )
            return [Notice(True, "Nothing trained", text)]
        return [self._scale(), *self._imported(), *self._data(), *self._precision()]

    def _scale(self) -> Notice:
        if self.preview_shares:
            return self._preview()
        if not self.waiting:
            return Notice(False, "Full scale", f"Every recipe was executed whole: {self._counted}.")
        return Notice(
            True, "Full scale, in part",
            f"Whole recipes were executed: {self._counted}. {self._waiting} no replicate, and only"
            " what needs no training is graded of them.",
        )  # fmt: skip

    def _preview(self) -> Notice:
        least, most = (formatting.share(end(self.preview_shares)) for end in (min, max))
        part = least if least == most else f"{least} to {most}"
        which, what, title = "", "training", "Preview scale"
        if len(self.preview_shares) < self.replicates:
            which = f" in {len(self.preview_shares)} of {self.replicates} replicates"
            what, title = "these", "Preview scale, in part"
        missing = f" {self._waiting} no replicate at all." if self.waiting else ""
        return Notice(
            True, title,
            f"Only {part} of each recipe was executed{which}. What depends on {what} is shown"
            f" and not judged: its verdict is “not measured”.{missing}",
        )  # fmt: skip

    def _imported(self) -> list[Notice]:
        if not self.imported:
            return []
        which = "The replicates are"
        if self.imported < self.replicates:
            which = f"{self.imported} of {self.replicates} replicates are"
        return [
            Notice(
                True, "Imported",
                f"{which} learning curves that somebody’s own code wrote. They were not trained"
                " here: verdicts by them tell whether a report agrees with its logs.",
            )
        ]  # fmt: skip

    def _precision(self) -> list[Notice]:
        others = [precision for precision in self.precisions if precision != RECIPE_PRECISION]
        if not others:
            return []
        return [
            Notice(
                True, "Precision",
                f"Some replicates were trained in {' and '.join(others)}; the recipes mean"
                f" {RECIPE_PRECISION}. The provenance of a replicate names its precision.",
            )
        ]  # fmt: skip

    def _data(self) -> list[Notice]:
        """Name the data sets; an imported curve tells nothing of the images behind it."""
        if not self.images:
            return []
        made_up = [one for one in self.images if one.source == SYNTHETIC]
        if not made_up:
            sources = ", ".join(_distinct(one.source for one in self.images))
            return [Notice(False, "Data", f"Images of {_titles(self.images)}; source: {sources}.")]
        which = "The images"
        if len(made_up) < self.replicates:
            which = f"The images of {len(made_up)} of {self.replicates} replicates"
        return [
            Notice(
                True, "Synthetic data",
                f"{which} were made up on the spot; they are not those of {_titles(made_up)}."
                " Accuracies and losses measured on them show that everything works, and say"
                " nothing about the published ones.",
            )
        ]  # fmt: skip


def _titles(images: Iterable[Images]) -> str:
    return in_words(_distinct(one.title for one in images))


def scope_of(pairs: Iterable[tuple[StudyResults, Sequence[ResolvedRun]]]) -> Scope:
    """Find out what the replicates of some runs are; a run that repeats another counts once.

    It may repeat one of another study, which lends it the replicates.
    """
    replicates: list[_Replicate] = []
    counted: dict[tuple[str, str], int] = {}
    for results, found in pairs:
        measured = results.measurements
        home = measured.evidence.home
        first = {home(run.trained_as): run for run in found if not run.measure_only}
        for place, run in first.items():
            if place not in counted:
                counted[place] = len(measured.seeds(run))
                replicates += _replicates(measured, run)
    trained = [one for one in replicates if not is_imported(one.provenance)]
    return Scope(
        replicates=len(replicates),
        preview_shares=tuple(
            one.summary["share"] for one in replicates if one.summary["scale"] == "preview"
        ),
        images=tuple(Images(one.title, one.provenance["data"]["source"]) for one in trained),
        devices=_distinct(one.provenance["device"] for one in trained),
        precisions=_distinct(one.provenance["precision"] for one in trained),
        hours=sum(one.summary["seconds"] or 0.0 for one in replicates) / 3600,
        imported=len(replicates) - len(trained),
        recipes=len(counted),
        waiting=list(counted.values()).count(0),
    )


class _Replicate(NamedTuple):
    summary: dict[str, Any]
    provenance: dict[str, Any]
    title: str
    """Of the data set."""


def _replicates(measured: Measurements, run: ResolvedRun) -> list[_Replicate]:
    title = whole_dataset_of(run.recipe).title
    return [
        _Replicate(measured.summary(run, seed), measured.provenance(run, seed), title)
        for seed in measured.seeds(run)
    ]


def _distinct(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
