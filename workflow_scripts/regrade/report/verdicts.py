"""The verdicts, in one table: in which order they are counted, and how each is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from regrade.grading.verdicts import Verdict

PLAIN = "plain"


class Look(NamedTuple):
    """How a verdict is shown."""

    look: str = PLAIN
    """Its style."""
    sign: str = "–"
    """Beside its colour."""


VERDICTS: dict[str, Look] = {
    Verdict.REPRODUCED: Look("good", "✓"),
    Verdict.HOLDS: Look("good", "✓"),
    Verdict.ATYPICAL: Look("unsure", "~"),
    Verdict.NOT_REPRODUCED: Look("bad", "✗"),
    Verdict.FAILS: Look("bad", "✗"),
    Verdict.INCONCLUSIVE: Look("unsure", "?"),
    Verdict.UNDECIDED: Look("unsure", "?"),
    Verdict.NOT_MEASURED: Look(),
    Verdict.NOT_PUBLISHED: Look(),
    Verdict.UNTESTABLE: Look(),
}
"""In the order in which they are counted."""
Count = tuple[str, int]
_PLACES = {verdict: place for place, verdict in enumerate(VERDICTS)}


def look(word: str) -> str:
    """Return the style of a verdict; other words are plain."""
    return VERDICTS[word].look if word in VERDICTS else PLAIN


def in_order(verdicts: Iterable[str]) -> list[str]:
    """Sort verdicts, each once; one that the table lacks is an error and not left out."""
    return sorted(set(verdicts), key=_PLACES.__getitem__)


def counts(verdicts: Iterable[str]) -> list[Count]:
    """Count verdicts, in their order."""
    found = Counter(verdicts)
    return [(verdict, found[verdict]) for verdict in in_order(found)]
