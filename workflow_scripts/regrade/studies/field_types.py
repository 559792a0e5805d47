"""Types of fields that several words of study files have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import StringConstraints

from regrade.studies import forms
from regrade.studies.vocabulary import CURVES, PRINTED_UNITS

Name = Annotated[str, StringConstraints(pattern=forms.NAME)]
"""The name of a run or architecture: a letter, then letters, digits and underscores."""
Id = Annotated[str, StringConstraints(pattern=forms.ID)]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Variant = Literal["as-told", "as-run"]
Decimal = Annotated[str, StringConstraints(pattern=forms.DECIMAL)]
"""A number as it is printed, in quotes, so that its last zeros count."""

if TYPE_CHECKING:
    Unit = str
    HistoryColumn = str
else:
    Unit = Literal[*PRINTED_UNITS]
    HistoryColumn = Literal[*CURVES]
