"""The words of verdicts, as the tables have them."""

from enum import StrEnum


class Verdict(StrEnum):
    """What becomes of a number or a claim."""

    REPRODUCED = "reproduced"
    """The mean of our runs is the published value; our runs bear a claim out."""
    HOLDS = "holds"
    """A claim is true of the report's own numbers."""
    ATYPICAL = "atypical"
    """A single run can give the published value, the mean does not."""
    NOT_REPRODUCED = "not reproduced"
    FAILS = "fails"
    """A claim is false of the report's own numbers."""
    INCONCLUSIVE = "inconclusive"
    """An interval straddles a bar, or there is none."""
    UNDECIDED = "undecided"
    """The report's printed digits leave a claim open."""
    NOT_MEASURED = "not measured"
    """What it takes is missing, or may not decide anything."""
    NOT_PUBLISHED = "not published"
    UNTESTABLE = "untestable"
    """No numbers could tell."""
