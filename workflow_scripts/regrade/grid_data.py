"""The data sets of a grid: those that its recipes name, and where studies say that theirs lie."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from regrade.data.places import FROM_FILES, find_place, source_kind
from regrade.errors import UserError
from regrade.studies.datasets import Dataset
from regrade.studies.images import whole_dataset_of
from regrade.studies.resolve import ResolvedRun


def datasets_of(runs: Mapping[str, Iterable[ResolvedRun]]) -> dict[str, Dataset]:
    """Return the data sets of all recipes, by name."""
    found = (whole_dataset_of(run.recipe) for own in runs.values() for run in own)
    return {dataset.name: dataset for dataset in found}


def require_data(
    runs: Mapping[str, Iterable[ResolvedRun]],
    files: Mapping[str, Path],
    source: str,
    places: Mapping[str, Path],
) -> None:
    """Refuse two data sets of one name, and a source that cannot give one.

    Raises
    ------
    UserError
        Naming the data set, and what can be done.
    """
    known = datasets_of(runs)
    _require_one_of_a_name(runs, known, files)
    for name, dataset in known.items():
        if source == "torchvision" and source_kind(dataset, source) == FROM_FILES:
            find_place(dataset, source, places.get(name))


def _require_one_of_a_name(
    runs: Mapping[str, Iterable[ResolvedRun]],
    known: Mapping[str, Dataset],
    files: Mapping[str, Path],
) -> None:
    for study, own in runs.items():
        for run in own:
            dataset = whole_dataset_of(run.recipe)
            if dataset != known[dataset.name]:
                raise UserError(
                    f"{files[study]}: datasets.{dataset.name}: another study declares a data set of"
                    " this name otherwise; they are kept by their names, so give one of them"
                    " another"
                )
