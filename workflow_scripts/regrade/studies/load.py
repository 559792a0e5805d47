"""Loading a study file: the schema first, then everything that a schema cannot say."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from regrade.studies import expressions
from regrade.studies.blocks import write_out
from regrade.studies.curve_file import curve_mistakes
from regrade.studies.epoch_mistakes import curve_beyond, epoch_mistakes
from regrade.studies.expression_hints import of_kind
from regrade.studies.extension import open_study, study_folders
from regrade.studies.images import dataset_of
from regrade.studies.index_files import IndexReader
from regrade.studies.measured import why_not_measured
from regrade.studies.mistakes import Keys, Mistake
from regrade.studies.number_mistakes import (
    count_mistakes,
    published_mistakes,
    runs_mistakes,
    stated_mistakes,
)
from regrade.studies.origins import origin_mistakes
from regrade.studies.own_names import why_no_study
from regrade.studies.published import PublishedCurve
from regrade.studies.recipe_checks import check_datasets, check_recipes
from regrade.studies.resolve import (
    resolve,
    resolved_name,
)
from regrade.studies.sections import unmatched
from regrade.studies.spelling import suggest
from regrade.studies.spreads import has_spread
from regrade.studies.study import Study
from regrade.studies.vocabulary import CURVES, HISTORY_COLUMNS, Kind

CURVE_COLUMNS = tuple(HISTORY_COLUMNS[name] for name in CURVES)
"""Columns of published curves: named as in history.csv."""


def load_study(path: Path) -> Study:
    """Read and check a study file whole, with the assignment that it extends.

    Raises
    ------
    UserError
        Listing every mistake of the file: line, key path, what was found, what is allowed.
    """
    document = open_study(path)
    indices = IndexReader(study_folders(document.data, path))
    written = write_out(indices.read(document.data))
    document.refuse(indices.mistakes)
    document.refuse(written.mistakes)
    study = document.read(Study, written)
    checks: list[Callable[[], Iterator[Mistake]]] = [
        partial(_check_name, study, path),
        partial(check_datasets, study, path),
        partial(check_recipes, study),
        partial(_check_published, study, path.parent / "curves"),
        partial(_check_displays, study),
        partial(_check_claims, study),
        partial(_check_stated, study),
        partial(_check_sections, study),
        partial(origin_mistakes, study),
    ]
    document.refuse(mistake for check in checks for mistake in check())
    document.refuse([*_check_measured(study), *_check_lengths(study, path.parent / "curves")])
    return study


def _check_name(study: Study, path: Path) -> Iterator[Mistake]:
    if study.study != path.stem:
        yield Mistake(
            ("study",), f"found {study.study!r}: it must be the file's name {path.stem!r}"
        )
    if reason := why_no_study(study.study):
        yield Mistake(("study",), reason)


def _variants(study: Study) -> dict[str, Iterable[str]]:
    return {name: run.variants for name, run in study.runs.items()}


def _check_expression(
    study: Study, keys: Keys, text: str, kinds: tuple[Kind, ...], run: str | None = None
) -> Iterator[Mistake]:
    try:
        node = expressions.quantity(text, run) if run else expressions.parse(text)
        kind = expressions.check(node, _variants(study))
    except expressions.ExpressionError as error:
        yield Mistake(keys, str(error))
        return
    if kinds == (Kind.NUMBER,) and has_spread(node):
        yield Mistake(keys, f"{text!r}: spreads over seeds are compared in predicates alone")
    if kind not in kinds:
        hint = of_kind(text, kind) if Kind.NUMBER in kinds else ""
        yield Mistake(keys, f"{text!r} is a {kind}; a {' or a '.join(kinds)} belongs here{hint}")


def _check_published(study: Study, curves: Path) -> Iterator[Mistake]:
    for name, run in study.runs.items():
        keys: Keys = ("runs", name, "published")
        for position, number in enumerate(run.published.numbers):
            here = (*keys, "numbers", position)
            mistakes = list(
                _check_expression(study, (*here, "quantity"), number.quantity, (Kind.NUMBER,), name)
            )
            yield from mistakes or published_mistakes(here, number)
            if (number.rounding == "digitised") != (number.uncertainty is not None):
                yield Mistake(here, "`uncertainty` belongs to digitised numbers, and only to them")
            yield from runs_mistakes(here, number)
            if number.variant and number.variant not in run.variants:
                yield Mistake((*here, "variant"), f"run {name} has no variant {number.variant!r}")
        for position, curve in enumerate(run.published.curves):
            here = (*keys, "curves", position)
            for told in _curve_mistakes(curves, curve):
                yield Mistake((*here, "file"), told)


def _curve_mistakes(curves: Path, curve: PublishedCurve) -> Iterator[str]:
    path = curves / curve.file
    try:
        is_below = path.resolve().is_relative_to(curves.resolve())
        is_there = is_below and path.is_file()
    except (OSError, ValueError, RuntimeError) as error:
        yield f"{curve.file!r} is no path: {error}"
        return
    if not is_below:
        yield f"{curve.file!r} leads out of the folder {curves}: curves lie below it"
    elif not is_there:
        yield f"no file {path}"
    else:
        yield from curve_mistakes(path, curve.first_epoch, CURVE_COLUMNS)


def _check_displays(study: Study) -> Iterator[Mistake]:
    for name, display in study.displays.items():
        keys: Keys = ("displays", name)
        yield from _check_runs(study, (*keys, "runs"), display.runs)
        known = [run for run in display.runs if run in study.runs]
        quantities = {
            key: text
            for key in ("quantity", "x", "y")
            if (text := getattr(display, key, None)) is not None
        }
        listed = dict(enumerate(getattr(display, "quantities", [])))
        for run in known:
            for key, text in quantities.items():
                yield from _check_expression(study, (*keys, key), text, (Kind.NUMBER,), run)
            for position, text in listed.items():
                yield from _check_expression(
                    study, (*keys, "quantities", position), text, (Kind.NUMBER,), run
                )


def _check_runs(study: Study, keys: Keys, runs: Iterable[str]) -> Iterator[Mistake]:
    for position, run in enumerate(runs):
        if run not in study.runs:
            yield Mistake((*keys, position), f"unknown run {run!r}{suggest(run, study.runs)}")


def _check_claims(study: Study) -> Iterator[Mistake]:
    for name, claim in study.claims.items():
        keys: Keys = ("claims", name)
        if (claim.predicate is None) == (claim.untestable is None):
            yield Mistake(keys, "it needs either a predicate or `untestable` with the reason")
        if claim.predicate:
            yield from _check_expression(
                study, (*keys, "predicate"), claim.predicate, (Kind.TRUTH,)
            )
    for name, erratum in study.errata.items():
        keys = ("errata", name)
        yield from _check_runs(study, (*keys, "runs"), erratum.runs)
        if erratum.predicate:
            yield from _check_expression(
                study, (*keys, "predicate"), erratum.predicate, (Kind.TRUTH,)
            )


def _check_stated(study: Study) -> Iterator[Mistake]:
    for name, stated in study.stated.items():
        keys: Keys = ("stated", name)
        yield from _check_runs(study, (*keys, "run"), [stated.run])
        if (stated.to is not None) != (stated.kind in ("ratio", "gain", "percent")):
            yield Mistake(keys, "`to` belongs to ratios, gains and percentages, and only to them")
        if stated.unit and stated.kind not in ("value", "gain"):
            yield Mistake((*keys, "unit"), "only values and gains have a unit")
        mistakes = [
            mistake
            for key, text in (("of", stated.of), ("to", stated.to))
            if text is not None
            for mistake in _check_expression(study, (*keys, key), text, (Kind.NUMBER,))
        ]
        yield from mistakes or stated_mistakes(keys, stated)


def _check_sections(study: Study) -> Iterator[Mistake]:
    for place, section in enumerate(study.sections):
        for key, names in (("displays", study.displays), ("claims", study.claims)):
            for position, pattern in unmatched(names, getattr(section, key)):
                hint = suggest(pattern, names)
                keys: Keys = ("sections", place, key, position)
                yield Mistake(keys, f"{pattern!r} is the name of none of the {key}{hint}")


def _check_measured(study: Study) -> Iterator[Mistake]:
    """Refuse what no replicate could ever give; recipes and expressions must be whole."""
    recipes = {run.name: run.recipe for run in resolve(study)}

    def longest(asked: expressions.Reference) -> int:
        return recipes[resolved_name(study, asked.run, asked.variant)].stop.longest

    for keys, node in _graded(study):
        for wanted in expressions.references(node):
            name = resolved_name(study, wanted.run, wanted.variant)
            if reason := why_not_measured(recipes[name], wanted.name):
                yield Mistake(keys, f"{name} has no {wanted.name}: {reason}")
            classes = dataset_of(recipes[name]).classes
            for told in expressions.class_mistakes(node, wanted, classes):
                yield Mistake(keys, told)
        for told in (*epoch_mistakes(node, longest), *count_mistakes(node)):
            yield Mistake(keys, told)


def _check_lengths(study: Study, curves: Path) -> Iterator[Mistake]:
    """Refuse a curve of the report's own that is longer than every variant of its run."""
    longest: dict[str, int] = {}
    for run in resolve(study):
        longest[run.run] = max(longest.get(run.run, 0), run.recipe.stop.longest)
    for name, found in study.runs.items():
        for position, curve in enumerate(found.published.curves):
            told = curve_beyond(curves / curve.file, curve, longest[name])
            if told and curve.role == "primary":
                yield Mistake(("runs", name, "published", "curves", position, "file"), told)


def _graded(study: Study) -> Iterator[tuple[Keys, ast.expr]]:
    """Yield every expression that gets a verdict."""
    for name, run in study.runs.items():
        for position, number in enumerate(run.published.numbers):
            keys: Keys = ("runs", name, "published", "numbers", position, "quantity")
            yield keys, expressions.quantity(number.quantity, name, number.variant)
    for part in ("claims", "errata"):
        for name, entry in getattr(study, part).items():
            if entry.predicate:
                yield (part, name, "predicate"), expressions.parse(entry.predicate)
