"""Suggestions for misspelt words and for words of other frameworks."""

import difflib
from collections.abc import Iterable

from regrade.studies.foreign_advice import advise
from regrade.studies.foreign_words import plain, translate

LONGEST = 80
"""Characters of a word that is compared: comparing takes time that grows with its square."""
ALIKE = 0.7
"""How alike two words must be for one to be meant by the other: `points` are no `minutes`."""
SURE = 0.85
"""How alike they are where nothing else can be meant."""


def meant(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that a word is, or is in another spelling or framework."""
    words = list(known)
    ours = translate(word)
    alike = [known for known in words if plain(known) == plain(word)]
    return ours if ours in words else next(iter(alike), None)


def likely(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that stands there under another name, or misspelt, if it is one."""
    words = list(known)
    if _advice(word, words):
        return None
    return meant(word, words) or _alike(word, words, ALIKE)


def suggest(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean ...?` or advice for a misspelt or foreign word, or nothing."""
    words = list(known)
    if advice := _advice(word, words):
        return f" ({advice})"
    ours = likely(word, words)
    return f"; did you mean {ours!r}?" if ours else ""


def choice(word: str, known: Iterable[str], told: str = "allowed") -> str:
    """Return a suggestion for a word, and all that are allowed where it may be another one."""
    words = list(known)
    hint = suggest(word, words)
    is_sure = advise(word, words) or meant(word, words) or _alike(word, words, SURE)
    return hint if hint and is_sure else f"{hint}; {told}: {', '.join(words)}"


def _advice(word: str, words: list[str]) -> str | None:
    return None if word in words else advise(word, words)


def _alike(word: str, words: list[str], cutoff: float) -> str | None:
    """Return the word most like another, or that has its letters in another order: `sdg`."""
    if len(word) > LONGEST:
        return None
    close = difflib.get_close_matches(word, words, n=1, cutoff=cutoff)
    swapped = [known for known in words if sorted(known) == sorted(word)]
    return next(iter([*close, *swapped]), None)
