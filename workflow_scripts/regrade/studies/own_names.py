"""Names that no study can have, because files of the report are called so."""

from __future__ import annotations

OWN_NAMES = frozenset(
    {
        "all",
        *("index", "methods", "claims", "compare"),
        *("numbers", "complexity", "errata", "checks", "agreement"),
    }
)
"""What all studies of a call, the report's own pages and the tables of all studies are called."""


def why_no_study(name: str) -> str:
    """Tell why no study can have a name that has the right form; empty where one can.

    Capitals make no other name: not every file system tells them apart.
    """
    if name.lower() not in OWN_NAMES:
        return ""
    return (
        f"{name!r} cannot name a study: a page or a table of all studies is called so, or"
        f" `studies={name}` means all of them; choose another name, such as {name}_report"
    )
