"""Suggestions for misspelt words and for words of other frameworks."""

import difflib
from collections.abc import Iterable

from regrade.studies.foreign_advice import advise
from regrade.studies.foreign_words import plain, translate

LONGEST = 80
"""Characters of a word that is compared: comparing takes time that grows with its square."""


def meant(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that a word is, or is in another spelling or framework."""
    words = list(known)
    ours = translate(word)
    alike = [known for known in words if plain(known) == plain(word)]
    return ours if ours in words else next(iter(alike), None)


def suggest(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean ...?` or advice for a misspelt or foreign word, or nothing."""
    words = list(known)
    if word not in words and (advice := advise(word, words)):
        return f" ({advice})"
    if ours := meant(word, words):
        return f"; did you mean {ours!r}?"
    close = difflib.get_close_matches(word, words, n=1) if len(word) <= LONGEST else []
    return f"; did you mean {close[0]!r}?" if close else ""
