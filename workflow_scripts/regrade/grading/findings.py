"""What became of comparisons, and of several of them together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

ALPHA = 0.05
"""The chance of a wrong verdict that each comparison allows."""
SEPARATOR = " · "
"""Between what became of one comparison and of the next, where evidence is one text."""


@dataclass(frozen=True)
class Finding:
    """What became of a comparison, or of several.

    Both p-values are two-sided, so that a 95 % interval on one side of the bar is 0.05 or less.
    Without chance they are 0 or 1; both are 1 where something has no value.
    """

    holds: float
    """p-value of its holding: small where it holds."""
    fails: float
    """p-value of its failing."""
    evidence: tuple[str, ...]
    missing: tuple[str, ...] = ()
    """Why something has no value."""
    seeds_needed: int | None = None
    """Seeds of each run with which it would likely be decided, where that is known."""

    @property
    def truth(self) -> bool | None:
        """What is established, if anything."""
        if self.holds <= ALPHA:
            return True
        return False if self.fails <= ALPHA else None

    @property
    def p(self) -> float:
        """The p-value of what it comes nearer to."""
        return min(self.holds, self.fails)


def certain(truth: bool | None, *evidence: str, missing: tuple[str, ...] = ()) -> Finding:
    """Return a finding without chance."""
    return Finding(float(truth is not True), float(truth is not False), evidence, missing)


def negation(finding: Finding) -> Finding:
    """Return what becomes of the opposite."""
    return replace(finding, holds=finding.fails, fails=finding.holds)


def conjunction(findings: Sequence[Finding]) -> Finding:
    """Return what becomes of all together.

    All hold where each does at its own level, uncorrected: an intersection-union test (Berger
    1982, Technometrics 24, 295-300). One of k fails by chance more often than a single one, so
    that its p-value counts k times (Bonferroni).
    """
    chances = sum(0 < finding.fails < 1 or 0 < finding.holds < 1 for finding in findings)
    return Finding(
        max(finding.holds for finding in findings),
        min(1.0, max(chances, 1) * min(finding.fails for finding in findings)),
        tuple(text for finding in findings for text in finding.evidence),
        tuple(text for finding in findings for text in finding.missing),
        max((f.seeds_needed for f in findings if f.truth is None and f.seeds_needed), default=None),
    )


def disjunction(findings: Sequence[Finding]) -> Finding:
    """Return what becomes of at least one of them."""
    return negation(conjunction([negation(finding) for finding in findings]))
