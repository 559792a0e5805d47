"""Which networks a study speaks of before training: only those are drawn and fed."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from regrade.studies.expressions import parse, quantity, references
from regrade.studies.resolve import ResolvedRun
from regrade.studies.study import Study
from regrade.studies.vocabulary import PER_SEED


def spoken_of(study: Study, runs: Iterable[ResolvedRun]) -> set[str]:
    """Return the trained runs whose initial loss or the like the study speaks of.

    A run that is named stands for all its variants: claims are judged on each.
    """
    names = {
        found.run
        for node in _expressions(study)
        for found in references(node)
        if found.name in PER_SEED
    }
    return {run.trained_as for run in runs if run.run in names}


def _expressions(study: Study) -> Iterator[ast.expr]:
    claims = [claim.predicate for claim in study.claims.values()]
    errata = [erratum.predicate for erratum in study.errata.values()]
    yield from map(parse, filter(None, [*claims, *errata]))
    for name, run in study.runs.items():
        for number in run.published.numbers:
            yield quantity(number.quantity, name, None)
    for display in study.displays.values():
        single = [getattr(display, word, None) for word in ("quantity", "x", "y")]
        for text in filter(None, (*single, *getattr(display, "quantities", ()))):
            for name in display.runs:
                yield quantity(text, name, None)
