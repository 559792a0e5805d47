"""The parts of a report: which figures, tables and claims belong together, in which order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from regrade.studies.study import Study

FURTHER = "Further figures, tables and claims"
"""Title of the part that holds what no section names."""


@dataclass(frozen=True)
class Part:
    """A part of a report, with the names of what it holds in the order of the study's file."""

    title: str
    displays: tuple[str, ...]
    claims: tuple[str, ...]


def parts(study: Study) -> list[Part]:
    """Group figures, tables and claims by the study's sections.

    What several sections name belongs to the first of them. What none names forms a last part,
    which is missing where it would be empty.
    """
    displays, claims = list(study.displays), list(study.claims)
    found = []
    for section in study.sections:
        shown = _take(displays, section.displays)
        said = _take(claims, section.claims)
        found.append(Part(section.title, shown, said))
    if displays or claims:
        found.append(Part(FURTHER, tuple(displays), tuple(claims)))
    return found


def unmatched(names: Iterable[str], patterns: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield each pattern, with its place in the list, that matches no name."""
    known = list(names)
    for position, pattern in enumerate(patterns):
        if not any(fnmatchcase(name, pattern) for name in known):
            yield position, pattern


def _take(names: list[str], patterns: Iterable[str]) -> tuple[str, ...]:
    """Remove the names that match from the list, and return them."""
    wanted = list(patterns)
    taken = [name for name in names if any(fnmatchcase(name, pattern) for pattern in wanted)]
    for name in taken:
        names.remove(name)
    return tuple(taken)
