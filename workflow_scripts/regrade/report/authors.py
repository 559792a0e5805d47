"""Short names of studies: the surname of the first author, told apart where two are the same."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

_REMARK = re.compile(r"\s*\([^()]*\)")
"""What is said of an author in parentheses, such as a university."""
_SEPARATOR = re.compile(r"[,;&]|\band\b")
_DEGREE = re.compile(r"(?:P[Hh]\.?\s?D|[MB]\.?(?:Sc?|A|D|Eng)|Dr|[JS]r|I{2,3}|IV)\.?")
"""What stands behind a name and is no author; in the case of letters that tells it from one."""


def surname(names: str) -> str:
    """Shorten a list of authors to the surname of the first; the text itself where it has none."""
    parts = [part.strip() for part in _SEPARATOR.split(_REMARK.sub("", names))]
    authors = [part for part in parts if part and not _DEGREE.fullmatch(part)]
    if not authors:
        return names
    words = [word for word in authors[0].split() if not _DEGREE.fullmatch(word)]
    last = (words or [authors[0]])[-1]
    return f"{last} et al." if len(authors) > 1 else last


def short_names(authors: Mapping[str, str]) -> dict[str, str]:
    """Name studies by their authors, with the study's own name where several would be called alike.

    Parameters
    ----------
    authors
        Study: its authors, as its report names them.
    """
    found = {study: surname(names) for study, names in authors.items()}
    shared = Counter(found.values())
    return {
        study: f"{name} ({study})" if shared[name] > 1 else name for study, name in found.items()
    }
